"""`wombat lineage`: where an artifact comes from, or who takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(
    epilog="Example:  wombat lineage churn/features@main    or    "
    "wombat lineage raw/orders --down --format mermaid"
)
@click.argument("address")
@click.option("--down", is_flag=True, help="Who takes it, instead of what it was made from.")
@click.option("--depth", type=click.IntRange(min=0), metavar="N", help="Follow N steps.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Follow N artifacts at most, the nearest first; by default 200.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "mermaid", "json"]),
    default="tree",
    help="A tree for a terminal, Mermaid for Markdown, JSON for tools.",
)
@common
def lineage(
    console: Console, address: str, *, down: bool, depth: int | None, limit: int | None, form: str
) -> int:
    """Show what an artifact was made from: by which task, run and commit, and from what in turn.

    It is followed by content, through runs that reused results, other pipelines and other projects,
    to files of the checkout, outside data and what was put. With --down: the tasks that take it in
    the newest version of each pipeline, what they made, and projects that pinned it. Only records
    are read.
    """
    from wombat.api.lineage import LIMIT
    from wombat.api.lineage import lineage as follow
    from wombat.api.lineage_down import consumers
    from wombat.api.session import open_session
    from wombat.review.lineage import lineage_mermaid, lineage_tree

    session = open_session(console.folder)
    found = (consumers if down else follow)(session, address, depth=depth, limit=limit or LIMIT)
    console.json = console.json or form == "json"
    console.result((lineage_mermaid if form == "mermaid" else lineage_tree)(found), found.to_json())
    return 0


COMMAND: Final = lineage
