"""`wombat plan`: what would run, on what, and how sure its edges are."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from wombat.cli.console import Console

WIDTH: Final = 100
"""Where there is no terminal to ask."""


@click.command(epilog="Example:  wombat plan churn    or    wombat plan --format markdown")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    help="Text for a terminal, Markdown for a comment, JSON for tools.",
)
@click.option(
    "--stored", is_flag=True, help="Judge edges to artifacts by what their refs hold in the store."
)
@common
def plan(console: Console, pipelines: tuple[str, ...], form: str, *, stored: bool) -> int:
    """Show PIPELINEs (all of them, if none is named): each task with its jobs and edges.

    Reads the checkout alone, and runs none of its code. With --stored exit 10 where what a ref
    holds doesn't suit an input.
    """
    keep_all_memory()
    from wombat.api.plans import plan_as_json, plan_as_markdown, plan_as_text, plans_of
    from wombat.review.diagnostics import visible

    plans = plans_of(console.folder, only=pipelines, stored=stored)
    if form == "json" or console.json:
        console.json = True
        console.result("", plan_as_json(plans))
    elif form == "markdown":
        console.result(plan_as_markdown(plans).rstrip("\n"))
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        console.result(plan_as_text(plans, width=width).rstrip("\n"))
    refuted = [edge for one in plans for edge in one.edges if edge.verdict == "refuted"]
    for edge in refuted:
        console.say_error(visible(f"{edge.output} → {edge.consumer}: {edge.reason}"))
    return 10 if refuted else 0


COMMAND: Final = plan
