"""A witness in plain text: columns side by side, a caret below each cell that is at fault."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from wombat.errors import Guilty
from wombat.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Style = Callable[[str, str], str]
    Table = Sequence[Sequence[str]]

WIDTH: Final = 140
_LEAST: Final = 8
"""Cells aren't cut shorter."""
_GAP: Final = "  "
visible: Final = one_line
"""Text of a file on one line."""


def text_width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def witness_lines(table: Table, style: Style, width: int = WIDTH) -> Iterator[str]:
    """A line a row, no wider than `width` where cells can be cut so short."""
    if not table:
        return
    rows = [[visible(cell) for cell in row] for row in table]
    most = _most(rows, width)
    rows = [[_cut(cell, most) for cell in row] for row in rows]
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row, original in zip(rows, table, strict=True):
        guilty = [isinstance(cell, Guilty) for cell in original]
        cells = [_padded(cell, n) for cell, n in zip(row, widths, strict=True)]
        shown = [
            style(cell, "caret") if bad else cell for cell, bad in zip(cells, guilty, strict=True)
        ]
        yield _GAP.join(shown).rstrip()
        if any(guilty):
            marks = [
                "^" * max(1, text_width(c)) if bad else ""
                for c, bad in zip(row, guilty, strict=True)
            ]
            line = _GAP.join(_padded(mark, n) for mark, n in zip(marks, widths, strict=True))
            yield style(line.rstrip(), "caret")


def _most(rows: list[list[str]], width: int) -> int:
    """The most that a cell may take so that every row fits."""
    most = max((text_width(cell) for row in rows for cell in row), default=0)
    while most > _LEAST and _whole(rows, most) > width:
        most -= 1
    return most


def _whole(rows: list[list[str]], most: int) -> int:
    columns = list(zip(*rows, strict=True))
    taken = sum(min(most, max(map(text_width, column))) for column in columns)
    return taken + len(_GAP) * (len(columns) - 1)


def _cut(text: str, most: int) -> str:
    if text_width(text) <= most:
        return text
    kept = text
    while kept and text_width(kept) > most - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))
