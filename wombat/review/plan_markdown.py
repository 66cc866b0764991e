"""A plan as Markdown: readable as it is, and harmless where it is rendered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.review.outline import SAID
from wombat.review.pieces import facts, pieces, selected, short, starts, totals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.review.outline import Outline, PipelineLine, TaskLine

GRAPH_TASKS: Final = 40
"""A larger graph is no picture any more."""


def plan_markdown(shown: Outline, *, graph: str | None = None) -> str:
    """A heading a pipeline and an item a task; `graph` is Mermaid, shown where it is small.

    Lists, no tables, as GitLab shows a job's Markdown files raw. Whatever a user wrote is code, in
    which neither HTML nor a mention, a link or a picture means anything.
    """
    lines = ["# Wombat plan", "", f"{totals(shown.counts)}.", ""]
    if said := selected(shown.counts):
        lines += [f"**{said}**", ""]
    if graph is not None and 1 < shown.counts.get("tasks", 0) <= GRAPH_TASKS:
        lines += ["```mermaid", graph.rstrip("\n"), "```", ""]
    for line in shown.pipelines:
        lines += [*_pipeline(line), ""]
    return "\n".join(lines)


def code(text: str) -> str:
    """Text as a code span, whatever it holds."""
    shown = short(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if not shown or "`" in (shown[0], shown[-1]) or shown.strip() != shown else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _pipeline(line: PipelineLine) -> Iterator[str]:
    fate = line.fate
    yield f"## {code(line.name)}" + (f": {SAID[fate.state]}" if fate else "")
    yield ""
    for reason in fate.reasons if fate else ():
        yield f"- why: {code(reason)}"
    if fate is not None and fate.state in ("unchanged", "off"):
        return
    if line.description:
        yield f"- {code(line.description)}"
    yield f"- {' · '.join((*facts(line, code), *starts(line)))}"
    yield from (_task(line, task) for task in line.tasks)


def _task(line: PipelineLine, task: TaskLine) -> str:
    name = code(f"{line.name}/{task.name}")
    return f"- {task.stage} · {' · '.join((name, *pieces(task, code)))}"
