"""`wombat graph`: the tasks and the data between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat graph churn --format mermaid >> README.md")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid"]),
    default="text",
    help="Text for a terminal, Mermaid for Markdown.",
)
@common
def graph(console: Console, pipelines: tuple[str, ...], form: str) -> None:
    """Draw the tasks of pipelines, and the data between them."""
    keep_all_memory()
    from wombat.api.project import compile_all
    from wombat.review.graph import as_mermaid, as_text

    plans = compile_all(console.folder, only=pipelines).plans
    text = (
        as_mermaid(plans.values())
        if form == "mermaid"
        else "\n\n".join(as_text(plan) for plan in plans.values())
    )
    console.result(text.rstrip("\n"), {name: plan.to_json() for name, plan in plans.items()})


COMMAND: Final = graph
