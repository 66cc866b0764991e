"""Values of ordered types as whole numbers, so that neighbours differ by one.

Integers are themselves, floats count what the type can hold (both zeros are one), moments and
durations their units, decimals units of the last place.
"""

from __future__ import annotations

import math
import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from operator import ge, gt
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.schema.casts import EXACT, LAST_NANOSECOND, MICROS, micros
from wombat.schema.constants import EPOCH, round_float
from wombat.schema.proof.spans import Spans, joined
from wombat.schema.types import INTEGERS, LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable

Number: TypeAlias = "int | float | Fraction"
ORDERED: Final = ("integer", "float", "temporal", "decimal")
_DIGITS: Final = Context(prec=100)
_DAY: Final = 86_400 * 10**6
_FORMS: Final = {"float32": ("<f", "<I", 31), "float64": ("<d", "<Q", 63)}
_NANOS: Final = {unit: 1000 * step for unit, step in MICROS.items()} | {"ns": 1}


@lru_cache(maxsize=1024)
def every(kind: LogicalType) -> Spans:
    """All values that a column of the type may hold at a boundary; NaN is null and none of them."""
    if kind.family == "integer":
        return (INTEGERS[kind.kind],)
    if kind.family == "float":
        last = ordinal(math.inf, kind)
        return ((-last, last),)
    if kind.kind == "decimal":
        most = 10 ** (kind.precision or 0) - 1
        return ((-most, most),)
    if kind.kind == "date":
        return ((date.min.toordinal(), date.max.toordinal()),)
    if kind.kind == "time":
        return ((0, _DAY - 1),)
    return (_moments(kind),)


def _moments(kind: LogicalType) -> tuple[int, int]:
    unit = kind.unit or "us"
    if kind.kind == "duration":
        last = LAST_NANOSECOND if unit == "ns" else LAST_NANOSECOND // MICROS[unit]
        return -last, last
    first = micros(datetime.min.replace(tzinfo=UTC)) * 1000 // _NANOS[unit]
    last = (micros(datetime.max.replace(tzinfo=UTC)) * 1000 + 999) // _NANOS[unit]
    return max(first, -LAST_NANOSECOND), min(last, LAST_NANOSECOND)


def ordinal(value: Any, kind: LogicalType) -> int:
    """The number of a value that the type holds."""
    if kind.family == "integer":
        return int(value)
    if kind.family == "float":
        return _float_ordinal(value, kind)
    if kind.kind == "decimal":
        return int(Decimal(value).scaleb(kind.scale or 0, _DIGITS))
    if kind.kind == "date":
        return int(value.toordinal())
    if kind.kind == "time":
        seconds: int = (value.hour * 60 + value.minute) * 60 + value.second
        return seconds * 10**6 + int(value.microsecond)
    return micros(value) * 1000 // _NANOS[kind.unit or "us"]


def _float_ordinal(value: float, kind: LogicalType) -> int:
    number, bits, sign = _FORMS[kind.kind]
    raw = int(struct.unpack(bits, struct.pack(number, value))[0])
    return -(raw ^ (1 << sign)) if raw >> sign else raw


def value_at(number: int, kind: LogicalType) -> Any:
    """The value of a number; None where Python has none for it (nanoseconds within a microsecond,
    years that it doesn't know)."""
    if kind.family == "integer":
        return number
    if kind.family == "float":
        form, bits, _ = _FORMS[kind.kind]
        size = struct.unpack(form, struct.pack(bits, abs(number)))[0]
        return float(size if number >= 0 else -size)
    if kind.kind == "decimal":
        digits = tuple(map(int, str(abs(number))))
        return Decimal((int(number < 0), digits, -(kind.scale or 0)))
    if kind.kind == "date":
        return date.fromordinal(number)
    if kind.kind == "time":
        return (EPOCH + timedelta(microseconds=number)).time()
    whole, rest = divmod(number * _NANOS[kind.unit or "us"], 1000)
    if rest:
        return None
    span = timedelta(microseconds=whole)
    if kind.kind == "duration":
        return span
    return EPOCH + span if kind.timezone else EPOCH.replace(tzinfo=None) + span


def number_at(place: int, kind: LogicalType) -> Number:
    """What a number stands for, exactly, in one measure for all types of a family."""
    if kind.family == "integer":
        return place
    if kind.family == "float":
        return float(value_at(place, kind))
    if kind.kind == "decimal":
        return Fraction(place, 10 ** (kind.scale or 0))
    return place * (_NANOS[kind.unit or "us"] if kind.unit else 1)


def found_at(number: Number, kind: LogicalType) -> int | None:
    """Where a type has exactly this, as a safe cast would bring it there; None where it has not."""
    if isinstance(number, float) and math.isinf(number):
        return ordinal(number, kind) if kind.family == "float" else None
    if kind.family == "float":
        return _in_floats(number, kind)
    scaled = Fraction(number)
    if kind.kind == "decimal":
        scaled *= 10 ** (kind.scale or 0)
    elif kind.unit:
        scaled /= _NANOS[kind.unit]
    if scaled.denominator != 1:
        return None
    (low, high), place = every(kind)[0], int(scaled)
    return place if low <= place <= high else None


def _in_floats(number: Number, kind: LogicalType) -> int | None:
    if isinstance(number, int):
        return ordinal(float(number), kind) if abs(number) <= EXACT[kind.kind] else None
    try:
        rounded = round_float(float(number), kind)
    except OverflowError:
        return None
    return ordinal(rounded, kind) if rounded == number else None


def pulled(wanted: Spans, there: LogicalType, here: LogicalType) -> Spans:
    """The places of one type whose numbers lie within the spans of another: what a cast brings
    there, if it survives."""
    found = []
    for first, last in wanted:
        low, high = number_at(first, there), number_at(last, there)
        start, after = _first(here, low, ge), _first(here, high, gt)
        found.append((start, after - 1))
    return joined(found)


def _first(kind: LogicalType, number: Number, holds: Callable[[Any, Any], bool]) -> int:
    """The least place whose number, and those of all after it, stand so to a number; one past the
    last for none."""
    low, high = every(kind)[0]
    high += 1
    while low < high:
        middle = (low + high) // 2
        if holds(number_at(middle, kind), number):
            high = middle
        else:
            low = middle + 1
    return low
