"""The graph of a pipeline as SVG: a column a stage, a box a task, a line an edge."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wombat.review.outlook_words import fate_words
from wombat.review.pieces import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.review.outline import TaskLine

    Corner = tuple[int, int]

LARGEST: Final = 60
"""Tasks of a picture that can still be read."""
_WIDE, _HIGH, _ACROSS, _DOWN, _EDGE = 176, 44, 56, 16, 8
_LONGEST: Final = 24


def picture(tasks: Sequence[TaskLine]) -> str:
    """One SVG element; a box has its task's fate as its class, a line its edge's verdict."""
    places = _places(tasks)
    wide = max(x for x, _ in places.values()) + _WIDE + _EDGE
    high = max(y for _, y in places.values()) + _HIGH + _EDGE
    head = f'<svg role="img" aria-label="graph" width="{wide}" height="{high}" viewBox="0 0 {wide} '
    body = [f'{head}{high}" xmlns="http://www.w3.org/2000/svg">']
    body += (line for task in tasks for line in _lines(task, places))
    body += (_box(task, *places[task.name]) for task in tasks)
    return "".join([*body, "</svg>"])


def _places(tasks: Sequence[TaskLine]) -> dict[str, Corner]:
    """The upper left corner of each box; stages that have no task take no room."""
    columns = {stage: n for n, stage in enumerate(sorted({task.stage for task in tasks}))}
    rows: dict[int, int] = {}
    places = {}
    for task in tasks:
        row = rows[task.stage] = rows.get(task.stage, -1) + 1
        x = _EDGE + columns[task.stage] * (_WIDE + _ACROSS)
        places[task.name] = (x, _EDGE + row * (_HIGH + _DOWN))
    return places


def _lines(task: TaskLine, places: Mapping[str, Corner]) -> Iterator[str]:
    for one in task.inputs:
        maker = one.source.partition(".")[0] if one.kind == "task" else ""
        if maker in places:
            said = escape(f"{short(one.source)} → {short(one.name)}: {one.verdict or one.type}")
            yield _line(places[maker], places[task.name], one.verdict or "untyped", said)
    for need in task.needs:
        if need in places:
            yield _line(places[need], places[task.name], "after", f"after {escape(short(need))}")


def _line(start: Corner, end: Corner, kind: str, said: str) -> str:
    x1, y1 = start[0] + _WIDE, start[1] + _HIGH // 2
    x2, y2 = end[0], end[1] + _HIGH // 2
    bend = max(_ACROSS // 2, (x2 - x1) // 2)
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return f'<path class="{kind}" d="{path}"><title>{said}</title></path>'


def _box(task: TaskLine, x: int, y: int) -> str:
    state = task.outlook.state if task.outlook else "none"
    said = fate_words(task.outlook) if task.outlook else "effect" if task.effect else ""
    parts = f"{task.parts} parts" if task.parts else ""
    below = " · ".join(one for one in (said, parts) if one)
    return (
        f'<g class="{state}"><rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="6"/>'
        f'<text x="{x + 10}" y="{y + 19}">{escape(_cut(task.name))}</text>'
        f'<text class="s" x="{x + 10}" y="{y + 35}">{escape(_cut(below, _LONGEST + 6))}</text>'
        f"<title>{escape(short(task.name))}</title></g>"
    )


def _cut(text: str, room: int = _LONGEST) -> str:
    shown = short(text)
    return shown if len(shown) <= room else f"{shown[: room - 1]}…"
