"""A plan as text: a task a line, wrapped between its pieces, never within one."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from wombat.review.outline import SAID
from wombat.review.outlook_words import forecast_words, outlook_words, tasks_words
from wombat.review.pieces import count, facts, selected, short, starts, totals, wiring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.review.outline import Outline, PipelineLine, TaskLine

WIDTH: Final = 100
NARROWEST: Final = 40
WIDEST_NAME: Final = 32
INDENT: Final = "  "
REUSED: Final = 40
"""Tasks of a pipeline that are reused, and told one by one."""


def plan_text(shown: Outline, *, width: int = WIDTH, every: bool = False) -> str:
    """Every pipeline with its tasks in the order of the run, then the totals.

    Where many tasks are reused, only how many they are, unless `every` one is wanted.
    """
    width = max(width, NARROWEST)
    blocks = ["\n".join(_pipeline(line, width, every=every)) for line in shown.pipelines]
    said = (totals(shown.counts), selected(shown.counts), tasks_words(shown.tasks))
    last = [text for text in said if text]
    return "\n\n".join([*blocks, "\n".join(last)]) + "\n"


def _pipeline(line: PipelineLine, width: int, *, every: bool) -> Iterator[str]:
    yield from _heading(line, width)
    if line.fate is not None and line.fate.state in ("unchanged", "off"):
        return
    if line.description:
        yield from _filled(short(line.description), INDENT, width)
    yield from _wrapped(INDENT, (*facts(line, short), *starts(line)), " · ", len(INDENT), width)
    if line.forecast is not None:
        for said in forecast_words(line.forecast, short):
            yield from _filled(said, INDENT, width)
    tasks = line.tasks if every else told_tasks(line)
    widest = max((len(_name(line, task)) for task in tasks), default=0)
    for task in tasks:
        start = f"{task.stage:>4}  {_name(line, task):<{min(widest, WIDEST_NAME)}}  "
        hang = min(len(start), width // 2)
        if task.outlook is not None:
            yield from _wrapped(start, outlook_words(task.outlook, short), "  ", hang, width)
            start = " " * hang
        yield from _wrapped(start, wiring(task, short), "  ", hang, width)
    if rest := len(line.tasks) - len(tasks):
        yield f"   …  {count(rest, 'more task')} reused"


def told_tasks(line: PipelineLine) -> tuple[TaskLine, ...]:
    """Its tasks without those that are reused, where these are many."""
    busy = tuple(one for one in line.tasks if not one.outlook or one.outlook.state != "reuse")
    return busy if len(line.tasks) - len(busy) > REUSED else line.tasks


def _heading(line: PipelineLine, width: int) -> Iterator[str]:
    """The name, with what becomes of it: one reason beside it, several below."""
    if line.fate is None:
        yield line.name
        return
    said = f"{line.name}: {SAID[line.fate.state]}"
    reasons = [short(reason) for reason in line.fate.reasons]
    if len(reasons) == 1:
        yield from _filled(f"{said}, {reasons[0]}", "", width)
        return
    yield said
    for reason in reasons:
        yield from _filled(f"- {reason}", INDENT, width)


def _name(line: PipelineLine, task: TaskLine) -> str:
    return f"{line.name}/{task.name}"


def _filled(text: str, indent: str, width: int) -> list[str]:
    """Text over several lines; words that are too long stay whole, so that they can be copied."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _wrapped(
    start: str, words: Iterable[str], between: str, hang: int, width: int
) -> Iterator[str]:
    """`start` and the pieces, as many a line as fit; further lines are indented by `hang`."""
    line, empty = start, True
    for word in words:
        if not empty and len(line) + len(between) + len(word) > width:
            yield line.rstrip()
            line, empty = " " * hang, True
        line += word if empty else between + word
        empty = False
    yield line.rstrip()
