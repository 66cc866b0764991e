"""`wombat add`: an artifact of others into the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat add ml:models/train.model@production --as model")
@click.argument("address")
@click.option(
    "--as", "name", metavar="NAME", help="Its name in wombat.lock; by default the output's."
)
@common
def add(console: Console, address: str, name: str | None) -> None:
    """Lock what ADDRESS names now in wombat.lock: tasks that take ADDRESS get that very content.

    It moves with 'wombat lock --upgrade NAME'. The producer's retention keeps it as long as it is
    locked and used, where your credentials may write the pin.
    """
    from wombat.api.locking import add as add_entry
    from wombat.api.session import open_session
    from wombat.cli.locks import said, tree

    line = add_entry(open_session(console.folder), address, name=name)
    console.result(said(line), tree(line))


COMMAND: Final = add
