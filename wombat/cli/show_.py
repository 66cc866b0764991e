"""`wombat show`: one artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat show churn/features@main --json")
@click.argument("address")
@common
def show(console: Console, address: str) -> None:
    """Show the artifact at ADDRESS: its run, type, schema, size, rows and content digest."""
    from wombat.api.listing import show_artifact
    from wombat.api.session import open_session
    from wombat.cli.tables import as_text

    table = show_artifact(open_session(console.folder), address)
    console.result(as_text(table), table.tree)


COMMAND: Final = show
