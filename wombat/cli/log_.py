"""`wombat log`: the versions of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat log churn@main -n 5")
@click.argument("pipeline", metavar="PIPELINE[@BRANCH]")
@click.option("-n", "limit", type=click.IntRange(min=1), help="At most this many.")
@common
def log(console: Console, pipeline: str, limit: int | None) -> None:
    """Show the versions of a pipeline on a branch, the newest first, and what each changed."""
    from wombat.api.listing import show_log
    from wombat.api.session import open_session
    from wombat.cli.tables import as_text

    table = show_log(open_session(console.folder), pipeline, limit)
    console.result(as_text(table), table.tree)


COMMAND: Final = log
