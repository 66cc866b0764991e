"""`wombat ls`: pipelines, and what their refs hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat ls    or    wombat ls churn@main")
@click.argument("pipeline", required=False, metavar="[PIPELINE[@REF]]")
@common
def ls(console: Console, pipeline: str | None) -> None:
    """List the pipelines in the store, or the outputs that one of them holds at a ref."""
    from wombat.api.listing import list_outputs, list_pipelines
    from wombat.api.session import open_session
    from wombat.cli.tables import as_text

    session = open_session(console.folder)
    table = list_outputs(session, pipeline) if pipeline else list_pipelines(session)
    console.result(as_text(table), table.tree)


COMMAND: Final = ls
