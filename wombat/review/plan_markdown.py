"""A plan as Markdown: readable as it is, and harmless where it is rendered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.review.outline import SAID
from wombat.review.outlook_words import forecast_words, tasks_words
from wombat.review.pieces import count, facts, pieces, selected, short, starts, totals
from wombat.review.plan_text import told_tasks

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
    for said in (selected(shown.counts), tasks_words(shown.tasks)):
        lines += [f"**{said}**", ""] if said else []
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
    if line.forecast is not None:
        yield f"- {' · '.join(forecast_words(line.forecast, code))}"
    told = told_tasks(line)
    yield from (_task(line, task) for task in told)
    if rest := len(line.tasks) - len(told):
        yield f"- … {count(rest, 'more task')} reused"


def _task(line: PipelineLine, task: TaskLine) -> str:
    name = code(f"{line.name}/{task.name}")
    return f"- {task.stage} · {' · '.join((name, *pieces(task, code)))}"
