"""Small frames that a schema accepts, built value by value."""

from __future__ import annotations

import math
import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.pattern import parse_pattern
from wombat.schema.proof.evaluate import Frame, accepts, holds
from wombat.schema.types import INTEGERS, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.model import Column, FrameSchema

_STEPS: Final = {
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
    "ns": timedelta(microseconds=1),
}
_PLAIN: Final[dict[str, tuple[Any, ...]]] = {
    "bool": (True, False),
    "binary": (b"a", b""),
    "date": (date(2026, 1, 1),),
    "time": (time(12, 0),),
    "duration": (timedelta(0),),
    "any": (1,),
}


def minimal_frame(schema: FrameSchema, *, without: tuple[str, ...] = ()) -> Frame | None:
    """A frame of one row that the schema accepts as produced, or None where none was found.

    Optional columns named in `without` are left out.
    """
    types, row = {}, {}
    for name, column in schema.columns.items():
        if name in without:
            continue
        value = next(values(column), None)
        if value is None and not schema.nulls_allowed(name):
            return None
        types[name], row[name] = stored_type(column.type), value
    frame = Frame(types, (row,))
    return frame if not accepts(schema, frame) else None


def stored_type(kind: LogicalType) -> LogicalType:
    """The type that a value of a column has; a column of any type is shown with whole numbers."""
    return LogicalType("int64") if kind.kind == "any" else kind


def values(column: Column) -> Iterator[Any]:
    """Some values that a column accepts, simple ones first; perhaps none."""
    checks = column.checks()
    for value in _candidates(column):
        if _fits(value, column.type) and all(holds(check, value) for check in checks):
            yield value


def _candidates(column: Column) -> Iterator[Any]:
    yield from column.within or ()
    yield from column.type.of
    if column.type.family in ("text", "binary"):
        yield from _texts(column)
        return
    limits = [getattr(column, word) for word in ("min", "max", "gt", "lt")]
    yield from _simple(column.type)
    for limit in limits:
        if limit is not None:
            yield limit
            yield from _beside(limit, column.type)
    low = column.min if column.min is not None else column.gt
    high = column.max if column.max is not None else column.lt
    if isinstance(low, float) and isinstance(high, float):
        yield low + (high - low) / 2


def _simple(kind: LogicalType) -> Iterator[Any]:
    if kind.family == "integer":
        yield from (1, 0)
    elif kind.family == "float":
        yield from (1.0, 0.0, 0.5)
    elif kind.kind == "decimal":
        yield from (Decimal(n).scaleb(-(kind.scale or 0)) for n in (1, 0))
    elif kind.kind == "timestamp":
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        yield moment if kind.timezone else moment.replace(tzinfo=None)
    else:
        yield from _PLAIN[kind.kind]


def _beside(limit: Any, kind: LogicalType) -> Iterator[Any]:
    """The next values above and below a limit."""
    try:
        if kind.family == "integer":
            yield from (limit + 1, limit - 1)
        elif kind.family == "float":
            yield from (_next_float(limit, math.inf, kind), _next_float(limit, -math.inf, kind))
        elif kind.kind == "decimal":
            step = Decimal(1).scaleb(-(kind.scale or 0))
            yield from (limit + step, limit - step)
        elif kind.kind in ("timestamp", "duration", "date"):
            step_ = timedelta(days=1) if kind.kind == "date" else _STEPS[kind.unit or "us"]
            yield from (limit + step_, limit - step_)
        elif kind.kind == "time":
            whole = datetime.combine(date(2026, 1, 1), limit)
            yield from ((whole + d).time() for d in (_STEPS["us"], -_STEPS["us"]))
    except (OverflowError, ValueError):
        return


def _next_float(number: float, to: float, kind: LogicalType) -> float:
    if kind.kind == "float64":
        return math.nextafter(number, to)
    bits = struct.unpack("<i", struct.pack("<f", number))[0]
    if number == 0:
        return math.copysign(struct.unpack("<f", struct.pack("<i", 1))[0], to)
    up = (to > 0) == (number > 0)
    return float(struct.unpack("<f", struct.pack("<i", bits + (1 if up else -1)))[0])


def _texts(column: Column) -> Iterator[Any]:
    made: list[str] = []
    if column.match is not None:
        made += parse_pattern(column.match).samples()
    least = (column.length or (0, None))[0] or 0
    if least <= 10_000:
        made += ["a" * max(least, 1), "a" * least]
    yield from (text.encode() if column.type.kind == "binary" else text for text in made)


def _fits(value: Any, kind: LogicalType) -> bool:
    if kind.family == "integer":
        low, high = INTEGERS[kind.kind]
        return bool(low <= value <= high)
    if kind.family == "float":
        return math.isfinite(value)
    if kind.kind == "decimal":
        return bool(abs(value.scaleb(kind.scale or 0)) < 10 ** (kind.precision or 0))
    if kind.kind == "timestamp":
        return bool(1678 <= value.year <= 2261)  # within nanoseconds, so within every unit
    return True
