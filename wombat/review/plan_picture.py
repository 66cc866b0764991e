"""The graph of a pipeline as SVG: a column a stage, a box a task, a line for what one takes of
another."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from wombat.review.outlook_words import fate_words
from wombat.review.pieces import short
from wombat.review.plan_layout import ACROSS, HIGH, WIDE, layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.review.outline import TaskLine
    from wombat.review.plan_layout import Point

LARGEST: Final = 60
"""Tasks of a picture that can still be read."""
LINES: Final[Mapping[str, str]] = {
    "after": "order alone",
    "proven": "proven",
    "untyped": "untyped",
    "unknown": "unknown",
    "refuted": "refuted",
}
"""Kinds of lines, in words. Where several edges make one line, it is of the last kind of them."""
_NAME, _BELOW = 22, 27
"""Letters that a box holds, each 0.61 of its size wide: that of fonts whose letters are alike."""


def picture(tasks: Sequence[TaskLine]) -> str:
    """One SVG element; a box has its task's fate as its class, a line the kind of its edges."""
    edges = edges_of(tasks)
    placed = layout({task.name: task.stage for task in tasks}, edges)
    size = f'width="{placed.wide}" height="{placed.high}"'
    head = f'<svg role="img" aria-label="graph" {size} viewBox="0 0 {placed.wide} {placed.high}"'
    order = sorted(edges, key=lambda pair: list(LINES).index(kind_of(edges[pair])))
    lines = (_line(placed.lines[pair], edges[pair]) for pair in order)
    boxes = (_box(task, *placed.boxes[task.name]) for task in tasks)
    return "".join([f'{head} xmlns="http://www.w3.org/2000/svg">', *lines, *boxes, "</svg>"])


def edges_of(tasks: Sequence[TaskLine]) -> dict[tuple[str, str], dict[str, str]]:
    """By maker and taker what is taken, each as a kind of line; the maker comes first in a plan."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    before: set[str] = set()
    for task in tasks:
        for maker, said, kind in _taken(task):
            if maker in before:
                found.setdefault((maker, task.name), {})[said] = kind
        before.add(task.name)
    return found


def kind_of(taken: Mapping[str, str]) -> str:
    """That which a reader has to see first."""
    return max(taken.values(), key=list(LINES).index)


def _taken(task: TaskLine) -> Iterator[tuple[str, str, str]]:
    for one in task.inputs:
        if one.kind == "task":
            said = f"{short(one.source)} → {short(one.name)}: {one.verdict or one.type}"
            yield one.source.partition(".")[0], said, one.verdict or "untyped"
    for need in task.needs:
        yield need, f"after {short(need)}", "after"


def _line(points: Sequence[Point], taken: Mapping[str, str]) -> str:
    (x, y), *_ = points
    path = [f"M{x} {y}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = ACROSS // 2
        curve = f"C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        path.append(f"H{x2}" if y1 == y2 else curve)
    said = escape("\n".join(taken))
    return f'<path class="{kind_of(taken)}" d="{"".join(path)}"><title>{said}</title></path>'


def _box(task: TaskLine, x: int, y: int) -> str:
    told = task.outlook
    said = fate_words(told) if told else "effect" if task.effect else ""
    parts = f"{task.parts} parts" if task.parts and (told is None or len(told.parts) < 2) else ""
    below = " · ".join(one for one in (said, parts) if one)
    return (
        f'<g class="{told.state if told else "none"}">'
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6"/>'
        f'<text x="{x + 10}" y="{y + 19}">{escape(_cut(task.name, _NAME))}</text>'
        f'<text class="s" x="{x + 10}" y="{y + 35}">{escape(_cut(below, _BELOW))}</text>'
        f"<title>{escape(short(task.name))}</title></g>"
    )


def _cut(text: str, room: int) -> str:
    """What is too long loses its middle: names of a pipeline often differ in their ends."""
    shown = short(text)
    if len(shown) <= room:
        return shown
    half = room // 2
    return f"{shown[: room - half - 1]}…{shown[-half:]}"
