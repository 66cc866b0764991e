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
@common
def plan(console: Console, pipelines: tuple[str, ...], form: str) -> None:
    """Show PIPELINEs (all of them, if none is named): each task with its jobs and edges.

    Reads the checkout alone, and runs none of its code.
    """
    keep_all_memory()
    from wombat.api.plans import plan_as_json, plan_as_markdown, plan_as_text

    if form == "json" or console.json:
        console.json = True
        console.result("", plan_as_json(console.folder, only=pipelines))
    elif form == "markdown":
        console.result(plan_as_markdown(console.folder, only=pipelines).rstrip("\n"))
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        console.result(plan_as_text(console.folder, only=pipelines, width=width).rstrip("\n"))


COMMAND: Final = plan
