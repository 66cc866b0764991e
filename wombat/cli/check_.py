"""`wombat check`: every mistake, at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from collections import Counter

    from wombat.api.project import Checked
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat check    or    wombat check churn --format json")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the mistakes are written.",
)
@common
def check(console: Console, pipelines: tuple[str, ...], form: str) -> int:
    """Find every mistake in pipelines and schemas, and judge every edge; run nothing.

    Exit 0 when all is well, 10 when something is wrong. No code of the project runs.
    """
    keep_all_memory()
    from wombat.api.project import check as check_project
    from wombat.review.diagnostics import as_json

    found = check_project(console.folder, only=pipelines)
    console.folder = found.root
    if form == "json" or console.json:
        console.json = True
        console.result("", {"diagnostics": as_json(found.diagnostics), "edges": dict(found.edges)})
    else:
        console.diagnostics(found.diagnostics)
        if not found.failed:
            console.result(_well(found))
    return 10 if found.failed else 0


def _well(found: Checked) -> str:
    pipelines, tasks = len(found.plans), sum(len(plan.tasks) for plan in found.plans.values())
    return (
        f"{_count(pipelines, 'pipeline')}, {_count(tasks, 'task')}, "
        f"{_count(found.schemas, 'schema')}: no mistakes{_edges(found.edges)}"
    )


def _edges(counts: Counter[str]) -> str:
    said = ", ".join(f"{counts[k]} {k}" for k in ("proven", "unknown", "untyped") if counts[k])
    return f"; edges: {said}" if said else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


COMMAND: Final = check
