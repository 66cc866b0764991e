"""Which types a safe cast may bring into each other, and which values survive it unchanged.

| from | to | a value survives where |
|---|---|---|
| integer | integer | it lies in the range |
| integer | float64, float32 | it lies within 2**53, 2**24 on either side |
| integer | decimal | its digits fit |
| float | integer | it is whole and lies in the range; -0.0 becomes 0 |
| float64 | float32 | it is one of that type; so are the infinities |
| float32 | float64 | always |
| decimal | decimal, integer | its digits fit, those behind the point too |
| timestamp, duration | the same in another unit | it is whole in it and lies in its range |
| timestamp | the same moment in another zone | always; never from or to one without a zone |
| list, struct | the same with other elements | each of its elements survives; names stay |

Nothing becomes text, text is never parsed, and truth values, dates and times of day are no numbers.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.constants import EPOCH, round_float
from wombat.schema.types import INTEGERS, LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT: Final = {"float64": 1 << 53, "float32": 1 << 24}
"""Whole numbers up to here, on either side, are exact in a float."""
MICROS: Final = {"s": 10**6, "ms": 1000, "us": 1, "ns": 1}
"""Microseconds in a unit; Python's values have nothing finer, real nanoseconds have."""
LAST_NANOSECOND: Final = (1 << 63) - 1
_PAIRS: Final = {
    ("integer", "integer"),
    ("integer", "float"),
    ("integer", "decimal"),
    ("float", "integer"),
    ("float", "float"),
    ("decimal", "decimal"),
    ("decimal", "integer"),
}


class Lossy(ValueError):
    """The value wouldn't survive the cast."""


def castable(made: LogicalType, wanted: LogicalType) -> bool:
    """Whether a column of one type may be brought into another: some values survive, perhaps not
    all. True where nothing is to be done."""
    if same_storage(made, wanted) or (made.family, wanted.family) in _PAIRS:
        return True
    if made.kind != wanted.kind:
        return False
    if made.kind == "timestamp":
        return bool(made.timezone) == bool(wanted.timezone)
    if made.kind == "list" and made.item and wanted.item:
        return castable(made.item.type, wanted.item.type)
    if made.kind == "struct":
        names = [name for name, _ in made.fields] == [name for name, _ in wanted.fields]
        pairs = zip(made.fields, wanted.fields, strict=False)
        return names and all(castable(one.type, other.type) for (_, one), (_, other) in pairs)
    return made.kind == "duration"


def same_storage(made: LogicalType, wanted: LogicalType) -> bool:
    """Whether no cast is needed: the same but for the members of enumerations and for nulls inside,
    which are checks of values; or anything goes."""
    if made is wanted or wanted.kind == "any" or made == wanted:
        return True
    if made.kind in ("string", "enum") and wanted.kind in ("string", "enum"):
        return True
    if made.kind == wanted.kind == "list" and made.item and wanted.item:
        return same_storage(made.item.type, wanted.item.type)
    if made.kind == wanted.kind == "struct" and len(made.fields) == len(wanted.fields):
        pairs = zip(made.fields, wanted.fields, strict=True)
        return all(a == b and same_storage(x.type, y.type) for (a, x), (b, y) in pairs)
    return False


def cast_value(value: Any, made: LogicalType, wanted: LogicalType) -> Any:
    """A value that is there in another type, equal to what it was; raises Lossy.

    The types are `castable`. Nulls inside of lists and structs stay.
    """
    if same_storage(made, wanted):
        return value
    return _CASTS[wanted.family](value, made, wanted)


def _to_integer(value: Any, made: LogicalType, wanted: LogicalType) -> int:
    low, high = INTEGERS[wanted.kind]
    if made.family == "float" and not math.isfinite(value):
        raise Lossy
    if value != int(value) or not low <= value <= high:
        raise Lossy
    return int(value)


def _to_float(value: Any, made: LogicalType, wanted: LogicalType) -> float:
    if made.family == "integer":
        if abs(value) > EXACT[wanted.kind]:
            raise Lossy
        return float(value)
    try:
        rounded = round_float(value, wanted)
    except OverflowError:
        raise Lossy from None
    if rounded != value:
        raise Lossy
    return rounded


def _to_decimal(value: Any, _: LogicalType, wanted: LogicalType) -> Decimal:
    with localcontext() as context:
        context.prec = 100
        units = Decimal(value).scaleb(wanted.scale or 0)
        if units != int(units) or abs(units) >= 10 ** (wanted.precision or 0):
            raise Lossy
        return Decimal(int(units)).scaleb(-(wanted.scale or 0))


def _to_temporal(value: Any, _: LogicalType, wanted: LogicalType) -> Any:
    ticks = micros(value)
    too_far = wanted.unit == "ns" and abs(ticks) * 1000 > LAST_NANOSECOND
    if too_far or ticks % MICROS[wanted.unit or "us"]:
        raise Lossy
    return value


def micros(value: datetime | timedelta) -> int:
    """Whole microseconds, of a moment since 1970."""
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)) - EPOCH
    return value // timedelta(microseconds=1)


def _to_nested(value: Any, made: LogicalType, wanted: LogicalType) -> Any:
    if made.item and wanted.item:
        kinds = made.item.type, wanted.item.type
        return [None if one is None else cast_value(one, *kinds) for one in value]
    pairs = zip(made.fields, wanted.fields, strict=True)
    return {
        name: None if value[name] is None else cast_value(value[name], here.type, there.type)
        for (name, here), (_, there) in pairs
    }


_CASTS: Final[dict[str, Callable[[Any, LogicalType, LogicalType], Any]]] = {
    "integer": _to_integer,
    "float": _to_float,
    "decimal": _to_decimal,
    "temporal": _to_temporal,
    "nested": _to_nested,
}
