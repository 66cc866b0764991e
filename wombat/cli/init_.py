"""`wombat init`: a project that runs at once."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat init shop && cd shop && wombat run shop")
@click.argument(
    "target", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="[DIR]"
)
@click.option("--bare", is_flag=True, help="Without the example: folders and editor schemas only.")
@click.option(
    "--ci",
    type=click.Choice(["gitlab", "none"]),
    help="Whose CI files to write: gitlab, but none where origin is GitHub's.",
)
@click.option(
    "--upgrade",
    is_flag=True,
    help="Write again what wombat wrote: the CI template, the editor schemas.",
)
@common
def init(
    console: Console,
    target: Path,
    *,
    bare: bool,
    ci: Literal["gitlab", "none"] | None,
    upgrade: bool,
) -> None:
    """Begin a project in DIR (here, if none is given): an example pipeline that runs at once.

    Files that are there already stay as they are; with --upgrade those change that wombat wrote.
    """
    folder = target if target.is_absolute() else console.folder / target
    if upgrade:
        if bare or ci:
            raise click.UsageError("--upgrade excludes --bare and --ci.")
        _upgrade(console, folder)
        return
    from wombat.api.scaffold import begin

    done = begin(folder, example=not bare, ci=ci)
    for path in done.kept:
        console.say(f"kept   {path}")
    for path in done.written:
        console.say(f"wrote  {path}")
    for line in done.advice:
        console.say(line)
    first = f"cd {shlex.quote(str(target))} && " if target != Path() else ""
    then = "wombat check && wombat run shop" if not bare else "wombat check"
    tree = {"written": done.written, "kept": done.kept, "advice": done.advice}
    tree["needs"] = done.needs
    then += f"\nthen GitLab needs: {'; '.join(done.needs)}" if done.needs else ""
    console.result(f"next: {first}{then}", tree)


def _upgrade(console: Console, folder: Path) -> None:
    from wombat.api.vendored import upgrade

    done = upgrade(folder)
    for path in done.kept:
        console.say(f"as it was  {path}")
    for path in done.changed:
        console.say(f"changed    {path}")
    total = len(done.changed) + len(done.kept)
    console.result(
        f"{len(done.changed)} of {total} files changed",
        {"changed": done.changed, "kept": done.kept},
    )


COMMAND: Final = init
