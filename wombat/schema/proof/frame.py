"""Small frames of Python values, and what doesn't hold in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from wombat.schema.types import LogicalType

Side = Literal["produced", "taken"]
Table = tuple[tuple[str, ...], ...]
SHOWN_ROWS: Final = 4
SHOWN_TEXT: Final = 60


@dataclass(frozen=True, slots=True)
class Frame:
    """A small frame: each column's type, in order, and rows of Python values; None is null.

    Lists are lists, structs are dicts in the order of their fields.
    """

    types: dict[str, LogicalType]
    rows: tuple[dict[str, Any], ...]

    def table(self) -> Table:
        """A header row, then the first rows as text; where there are more, the last row is `…`."""
        names = tuple(self.types)
        shown = [tuple(cell(row[name]) for name in names) for row in self.rows[:SHOWN_ROWS]]
        more = [tuple("…" for _ in names)] if len(self.rows) > SHOWN_ROWS and names else []
        return (names, *shown, *more)


@dataclass(frozen=True, slots=True)
class Violation:
    """What doesn't hold: of a column or (None) of the frame; in a row, or (None) in all.

    `names` are the columns of a set or a rule.
    """

    column: str | None
    check: str
    row: int | None = None
    names: tuple[str, ...] = ()


def cell(value: object) -> str:
    """A value in one line; text is quoted where it wouldn't be told from nothing."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, str) and (not text.isprintable() or text != text.strip() or not text):
        text = json.dumps(text)
    return text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]}…"
