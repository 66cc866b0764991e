"""Checks of one column that no value passes together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.constants import physical
from wombat.schema.model import BOUNDS
from wombat.schema.never import clash
from wombat.schema.proof.evaluate import holds
from wombat.schema.types import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.schema.model import Check, Column
    from wombat.schema.types import LogicalType

_ENUMERATED: Final = 1000
"""So many whole numbers between two bounds are tried one by one."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The code of the mistake, what is wrong, and the word at which it is told."""

    code: str
    said: str
    word: str


def contradiction(column: Column) -> Contradiction | None:
    """The first one found; None says nothing."""
    interval = _interval(column)
    if interval is not None and interval[0] > interval[1]:
        upper = [word for word in ("max", "lt") if getattr(column, word) is not None]
        word = upper[0] if upper else "min" if column.min is not None else "gt"
        return Contradiction("bounds-empty", "no value lies within these bounds", word)
    if empty_floats := _floats(column):
        return empty_floats
    return _too_short(column) or _no_member(column, interval) or _clash(column)


def unfit(column: Column, value: Any) -> str | None:
    """The word of a check that a constant of the column's type fails."""
    return next((one.name for one in column.checks() if not holds(one, value)), None)


def _interval(column: Column) -> tuple[int, int] | None:
    """The whole numbers that the bounds leave, in the type's smallest units."""
    kind = column.type
    least, greatest = INTEGERS.get(kind.kind, (-(1 << 200), 1 << 200))
    if kind.family not in ("integer", "decimal", "temporal"):
        return None
    for word in BOUNDS:
        value = getattr(column, word)
        if value is None:
            continue
        number = _whole(value, kind)
        if word in ("min", "gt"):
            least = max(least, number + (word == "gt"))
        else:
            greatest = min(greatest, number - (word == "lt"))
    return least, greatest


def _whole(value: Any, kind: LogicalType) -> int:
    if isinstance(value, Decimal):
        return int(value.scaleb(kind.scale or 0))
    return value if isinstance(value, int) else physical(value, kind)


def _floats(column: Column) -> Contradiction | None:
    if column.type.family != "float":
        return None
    lows: list[Any] = [v for v in (column.min, column.gt) if v is not None]
    highs: list[Any] = [v for v in (column.max, column.lt) if v is not None]
    if not lows or not highs:
        return None
    low, high = max(lows), min(highs)
    if low < high or (low == high and column.gt != low and column.lt != high):
        return None
    word = "max" if column.max is not None else "lt"
    return Contradiction("bounds-empty", "no value lies within these bounds", word)


def _too_short(column: Column) -> Contradiction | None:
    most = column.length[1] if column.length else None
    for word in ("starts_with", "ends_with", "contains"):
        text = getattr(column, word)
        if text is not None and most is not None and len(text) > most:
            said = f"'{word}' asks for {len(text)} characters, 'length' allows {most}"
            return Contradiction("never-holds", f"{said}; expected room for them", "length")
    return None


def _no_member(column: Column, interval: tuple[int, int] | None) -> Contradiction | None:
    word, members = _domain(column, interval)
    checks = [one for one in column.checks() if one.name != word]
    if not members or any(_passes(checks, one) for one in members):
        return None
    failed = unfit(column, members[0])
    said = f"no value of '{word}' passes '{failed}'; expected one that does"
    if word == "bounds":
        said = "'not_in' leaves no value within the bounds; expected one that passes"
        return Contradiction("never-holds", said, "not_in")
    place = word if getattr(column, "within" if word == "in" else word, None) is not None else None
    return Contradiction("never-holds", said, place or failed or "type")


def _clash(column: Column) -> Contradiction | None:
    words = [one.name for one in clash(column.type, column.checks()) if one.name != "enum"]
    if not words:
        return None
    if words == ["match"]:
        return Contradiction("never-holds", "no text matches this pattern; expected some", "match")
    named = f"{', '.join(map(repr, words[:-1]))} and '{words[-1]}'"
    said = f"no value passes {named} together; expected one that does"
    return Contradiction("never-holds", said, words[-1])


def _passes(checks: list[Check], value: Any) -> bool:
    return all(holds(one, value) for one in checks)


def _domain(column: Column, interval: tuple[int, int] | None) -> tuple[str, Sequence[Any]]:
    """The values that a word lists, where one does; few whole numbers count as listed."""
    if column.equals is not None:
        return "equals", (column.equals,)
    if column.within is not None:
        return "in", column.within
    if column.type.kind == "enum":
        return "enum", column.type.of
    if column.type.kind == "bool":
        return "bool", (True, False)
    if column.type.family == "integer" and interval and interval[1] - interval[0] < _ENUMERATED:
        return "bounds", range(interval[0], interval[1] + 1)
    return "", ()
