"""`wombat diff`: what changed between two versions of an artifact."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console

WIDTH: Final = 80
"""Where there is no terminal to ask."""


@click.command(
    epilog="Example:  wombat diff churn/features@main churn/features    or    "
    "wombat diff churn/features --format markdown"
)
@click.argument("a")
@click.argument("b", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    help="Text for a terminal, Markdown for a merge request, JSON for tools.",
)
@click.option("--all", "every", is_flag=True, help="Show columns that hardly changed, too.")
@click.option("--exit-code", is_flag=True, help="Exit 1 where the data differs, as git diff does.")
@common
def diff(
    console: Console, a: str, b: str | None, *, form: str, every: bool, exit_code: bool
) -> int:
    """Show what changed from version A of an artifact to version B: columns, rows, nulls, values.

    Both are addresses, also of other projects, or local Parquet, CSV, JSON lines or Arrow files. A
    alone is compared with the version before it. Only records are read, and no data: a frame's
    statistics were recorded when it was stored.
    """
    from wombat.api.diffing import diff as diff_versions
    from wombat.api.session import open_session

    found = diff_versions(open_session(console.folder), *_placed(console, a, b))
    if form == "json" or console.json:
        from wombat.review.data_diff import diff_as_json

        console.json = True
        console.result("", diff_as_json(found))
    elif form == "markdown":
        from wombat.review.diff_markdown import diff_markdown

        console.result(diff_markdown(found, every=every).rstrip("\n"))
    else:
        from wombat.cli.terminal import plain
        from wombat.review.diff_text import diff_text

        width = shutil.get_terminal_size((WIDTH, 24)).columns
        console.result(
            diff_text(found, width=width, plain=plain(), every=every or console.verbose,
                      style=_style).rstrip("\n")
        )  # fmt: skip
    return int(exit_code and not found.same)


def _placed(console: Console, *given: str | None) -> tuple[str, str | None]:
    """Files are looked for where -C says."""
    placed = [_file(console, one) for one in given if one is not None]
    return placed[0], placed[1] if len(placed) > 1 else None


def _file(console: Console, text: str) -> str:
    path = console.folder / text
    return os.path.relpath(path) if path.is_file() else text


def _style(text: str, role: str) -> str:
    """Styled where standard output is a terminal that may have colours."""
    from wombat.cli.console import STYLES

    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return click.style(text, **STYLES[role]) if colours and role in STYLES else text


COMMAND: Final = diff
