"""`wombat remove`: an artifact of others out of the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat remove model")
@click.argument("name", metavar="NAME|ADDRESS")
@common
def remove(console: Console, name: str) -> None:
    """Take an entry out of wombat.lock.

    One that a task of a pipeline takes stays locked until the task no longer takes it. Its pin at
    the producer lapses by itself.
    """
    from wombat.api.locking import remove as remove_entry
    from wombat.api.session import open_session

    entry, gone = remove_entry(open_session(console.folder), name)
    stays = "stays locked as long as a task takes it"
    if not entry.added:
        stays += "; nothing changed: take it out of the task's inputs, then wombat lock"
    done = "removed" if gone else stays
    console.result(
        f"{entry.name} ({entry.address}): {done}",
        {"name": entry.name, "address": entry.address, "removed": gone},
    )


COMMAND: Final = remove
