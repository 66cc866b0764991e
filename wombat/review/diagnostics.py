"""Diagnostics as text with source line and caret, and as JSON."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wombat.errors import Diagnostic, Place

    Style = Callable[[str, str], str]
    """Text and the name of a role (error, warning, note, hint, code, caret) to styled text."""

MAX_WIDTH = 140


def plain_style(text: str, role: str) -> str:  # noqa: ARG001  # a style that has none
    return text


def as_text(found: Iterable[Diagnostic], root: Path, *, style: Style = plain_style) -> str:
    """Every diagnostic, a blank line between two; source lines are read below `root`."""
    return "\n\n".join("\n".join(_lines(one, root, style)) for one in found)


def _lines(one: Diagnostic, root: Path, style: Style) -> Iterator[str]:
    head = style(f"{one.severity}[{one.code}]", one.severity)
    yield f"{style(str(one.place), 'place')}: {head}: {one.message}"
    yield from _source(one.place, root, style)
    yield from _table(one.table)
    for place, said in one.related:
        yield f"  {style(str(place), 'place')}: {said}"
    if one.hint:
        yield f"  {style('hint:', 'hint')} {one.hint}"


def _source(place: Place, root: Path, style: Style) -> Iterator[str]:
    line = linecache.getline(str(root / place.path), place.line).rstrip("\n")
    if not line.strip() or not line.isprintable():
        return
    start = max(0, place.column - MAX_WIDTH // 2) if place.column > MAX_WIDTH - 20 else 0
    number = f"{place.line:>5} | "
    yield f"{style(number, 'source')}{line[start : start + MAX_WIDTH]}"
    yield " " * (len(number) + place.column - 1 - start) + style("^", "caret")


def _table(rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "        " + "  ".join(cells).rstrip()


def as_json(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """A list of plain mappings, for tools; places are path, line, column from 1."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "message": one.message,
            "hint": one.hint,
            **_place(one.place),
            "related": [{**_place(place), "message": said} for place, said in one.related],
            "table": [list(row) for row in one.table],
        }
        for one in found
    ]


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "column": place.column}


def summary(found: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is none."""
    every = list(found)
    counts = {kind: sum(d.severity == kind for d in every) for kind in ("error", "warning", "note")}
    return ", ".join(f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items() if n)
