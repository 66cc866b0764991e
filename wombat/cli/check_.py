"""`wombat check`: every mistake, at its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from collections import Counter

    from wombat.api.project import Checked
    from wombat.cli.console import Console

HIDDEN: Final = "edge-unknown"
"""The note that only -v shows: there may be one an edge."""


@click.command(epilog="Example:  wombat check    or    wombat check churn --format json")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "gitlab"]),
    default="text",
    help="How the mistakes are written; gitlab is its Code Quality report.",
)
@click.option(
    "--against",
    "revision",
    is_flag=False,
    flag_value="",
    metavar="[REV]",
    help="Judge schemas that changed since REV by those who take them; in a merge request without "
    "REV its target.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write them there; people read text all the same.",
)
@common
def check(
    console: Console,
    pipelines: tuple[str, ...],
    form: str,
    revision: str | None,
    out: Path | None,
) -> int:
    """Find every mistake in pipelines and schemas, and judge every edge; run nothing.

    Exit 0 when all is well, 10 when something is wrong. No code of the project runs. With
    --against, what other projects recorded in the store counts, too.
    """
    keep_all_memory()
    from wombat.api.project import check as check_project

    found = check_project(console.folder, only=pipelines)
    if revision is not None:
        found = _held_against(found, revision)
    if out is not None:
        _write(console.folder / out, _written(found, form))
    console.folder = found.root
    shown = "json" if console.json else "text" if out is not None else form
    if shown == "text":
        _say(console, found)
    else:
        click.echo(_written(found, shown).rstrip("\n"))
    return 10 if found.failed else 0


def _held_against(found: Checked, revision: str) -> Checked:
    """With what a change of schemas does to those who take them."""
    from wombat.api.evolution import against

    return found.with_change(against(found.root, revision))


def _say(console: Console, found: Checked) -> None:
    console.diagnostics(
        one for one in found.diagnostics if console.verbose or one.severity != "note"
    )
    if not found.failed:
        console.result(_well(found))
        if found.edges["unknown"] and not console.verbose:
            console.say(
                "what is unknown, the data decides in each run: check -v says which and why"
            )


def _write(file: Path, text: str) -> None:
    from wombat.api.files import write_whole

    write_whole(file, text)


def _written(found: Checked, form: str) -> str:
    """What was found as a file: text, JSON, or GitLab's Code Quality report."""
    if form == "gitlab":
        from wombat.api.reviewing import codequality

        return codequality(found, found.diagnostics)
    from wombat.review.diagnostics import as_json, as_text

    if form == "markdown":
        from wombat.review.diagnostics_markdown import as_markdown

        return as_markdown(found.diagnostics, _well(found))
    if form == "json":
        import json

        tree = {
            "diagnostics": as_json(found.diagnostics),
            "edges": dict(found.edges),
            "verdicts": found.verdicts(),
            **_change(found),
        }
        return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
    return (as_text(found.diagnostics, found.root) or _well(found)) + "\n"


def _change(found: Checked) -> dict[str, Any]:
    change = found.change
    if change is None:
        return {}
    told = {"revision": change.revision, "changed": list(change.changed), "asked": change.asked}
    return {"against": told}


def _well(found: Checked) -> str:
    pipelines, tasks = len(found.plans), sum(len(plan.tasks) for plan in found.plans.values())
    return (
        f"{_count(pipelines, 'pipeline')}, {_count(tasks, 'task')}, "
        f"{_count(found.schemas, 'schema')}: no mistakes{_edges(found.edges)}{_compared(found)}"
    )


def _compared(found: Checked) -> str:
    """`; since main 2 schemas changed, which suits all 3 places that take them`."""
    change = found.change
    if change is None:
        return ""
    since = f"; since {change.revision[:12]}"
    if not change.changed:
        return f"{since} no schema changed"
    places = f"{_count(change.asked, 'place')} known to take it" if change.asked else "nobody known"
    return f"{since} {_count(len(change.changed), 'output')} changed, held against {places}"


def _edges(counts: Counter[str]) -> str:
    said = ", ".join(f"{counts[k]} {k}" for k in ("proven", "unknown", "untyped") if counts[k])
    return f"; {_count(counts.total(), 'edge')}: {said}" if said else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


COMMAND: Final = check
