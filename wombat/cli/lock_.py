"""`wombat lock`: which versions of others' artifacts this project takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat lock --upgrade model    or    wombat lock --check")
@click.option(
    "-U", "--upgrade", "upgrade", multiple=True, metavar="NAME", help="Move this entry; repeatable."
)
@click.option("--upgrade-all", "everything", is_flag=True, help="Move every entry.")
@click.option(
    "--check", "check", is_flag=True, help="Write nothing; exit 1 if something would change."
)
@common
def lock(console: Console, upgrade: tuple[str, ...], *, everything: bool, check: bool) -> int:
    """Bring wombat.lock up to what the pipelines take of other projects.

    Inputs without an entry get one, entries that nothing takes any more go, and the others stay at
    their content however their refs move, until --upgrade. With --check a lock that doesn't fit
    the pipelines, or whose content no store holds any more, is exit 1; an entry that is merely
    behind its ref is not, unless --upgrade or --upgrade-all asks for it.
    """
    from wombat.api.locking import lock as lock_all
    from wombat.api.session import open_session
    from wombat.cli.locks import said, tree
    from wombat.review.diagnostics import visible

    session = open_session(console.folder)
    done = lock_all(session, upgrade=upgrade, everything=everything, write=not check)
    lines = [said(line, check=check) for line in done.lines]
    stale = check and done.stale
    if stale:
        options = " --upgrade-all" if everything else "".join(f" --upgrade {n}" for n in upgrade)
        said_so = f"wombat.lock is stale; expected what 'wombat lock{options}' writes"
        console.say_error(visible(said_so))
    console.result(
        "\n".join(lines) or "nothing of other projects is taken",
        {"stale": done.stale, "entries": [tree(line) for line in done.lines]},
    )
    return 1 if stale else 0


COMMAND: Final = lock
