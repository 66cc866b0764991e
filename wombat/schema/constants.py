"""Constants of checks: from text to the column's type, and to JSON and back."""

from __future__ import annotations

import math
import re
import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.language.scalars import resolve
from wombat.language.source import Scalar
from wombat.schema.types import INTEGERS, LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.digest import Json

Constant: TypeAlias = "int | float | bool | str | date | time | datetime | timedelta | Decimal"

_DURATION: Final = re.compile(r"(-?\d+)(d|h|m|s|ms|us)")
_STEPS: Final = {"d": 86400 * 10**6, "h": 3600 * 10**6, "m": 60 * 10**6, "s": 10**6, "ms": 1000}
_STEP_OF_UNIT: Final = {"s": 10**6, "ms": 1000, "us": 1, "ns": 1}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NoConstant(ValueError):
    """The value isn't one of the column's type; the text says what was expected."""


def constant(value: Any, kind: LogicalType) -> Constant:
    """A scalar of a file, or a JSON value, as a value of that type; raises NoConstant."""
    return _READERS[kind.kind if kind.kind in _READERS else kind.family](value, kind)


def constant_to_json(value: Constant) -> Json:
    """Numbers, truth values and text as they are, all else as text that `constant` reads."""
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)}us"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def physical(value: Constant, kind: LogicalType) -> int:
    """A temporal constant as whole units since its zero: days, nanoseconds of a day, units."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return _in_units((moment - EPOCH) // timedelta(microseconds=1), kind.unit)
    if isinstance(value, date):
        return value.toordinal() - EPOCH.toordinal()
    if isinstance(value, time):
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return (seconds * 10**6 + value.microsecond) * 1000
    if isinstance(value, timedelta):
        return _in_units(value // timedelta(microseconds=1), kind.unit)
    raise TypeError(f"{kind} has no physical integers")


def _in_units(micros: int, unit: str | None) -> int:
    return micros * 1000 if unit == "ns" else micros // _STEP_OF_UNIT[unit or "us"]


def _plain(value: Any) -> Any:
    return resolve(value) if isinstance(value, Scalar) else value


def _words(value: Any, expected: str) -> str:
    if _plain(value) is None or not isinstance(value, str):
        raise NoConstant(expected)
    return str(value)


def _integer(value: Any, kind: LogicalType) -> int:
    low, high = INTEGERS[kind.kind]
    number = _plain(value)
    if type(number) is not int or not low <= number <= high:
        raise NoConstant(f"a whole number from {low} to {high}")
    return number


def _float(value: Any, kind: LogicalType) -> float:
    number = _plain(value)
    expected = f"a number that {kind.kind} holds"
    if type(number) not in (int, float) or not math.isfinite(number):
        raise NoConstant(expected)
    try:
        return round_float(float(number), kind)
    except OverflowError:
        raise NoConstant(expected) from None


def round_float(number: float, kind: LogicalType) -> float:
    """The nearest number of that type; OverflowError beyond its range."""
    if kind.kind != "float32":
        return number
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def _bool(value: Any, _: LogicalType) -> bool:
    if type(flag := _plain(value)) is not bool:
        raise NoConstant("true or false")
    return flag


def _text(value: Any, _: LogicalType) -> str:
    return _words(value, "text")


def _member(value: Any, kind: LogicalType) -> str:
    text = _words(value, "text")
    if text not in kind.of:
        raise NoConstant(f"one of {', '.join(kind.of[:10])}")
    return text


def _decimal(value: Any, kind: LogicalType) -> Decimal:
    expected = f"a number with at most {kind.scale} decimals that {kind} holds"
    if type(_plain(value)) not in (int, float, str):
        raise NoConstant(expected)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise NoConstant(expected) from None
    if not number.is_finite():
        raise NoConstant(expected)
    return _fitted(number, kind, expected)


def _fitted(number: Decimal, kind: LogicalType, expected: str) -> Decimal:
    scale, precision = kind.scale or 0, kind.precision or 0
    sign, digits, exponent = number.as_tuple()
    shift = int(exponent) + scale
    if shift > precision:
        raise NoConstant(expected)
    units = int("".join(map(str, digits))) * 10 ** max(shift, 0)
    units, rest = divmod(units, 10 ** max(-shift, 0))
    if rest or len(str(units)) > precision:
        raise NoConstant(expected)
    return Decimal((sign, tuple(map(int, str(units))), -scale))


def _date(value: Any, _: LogicalType) -> date:
    text = _words(value, "a date like 2026-01-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoConstant("a date like 2026-01-31") from None


def _time(value: Any, _: LogicalType) -> time:
    text = _words(value, "a time like 12:30:00")
    try:
        found = time.fromisoformat(text)
    except ValueError:
        raise NoConstant("a time like 12:30:00") from None
    if found.tzinfo:
        raise NoConstant("a time without time zone, like 12:30:00")
    return found


def _timestamp(value: Any, kind: LogicalType) -> datetime:
    example = "2026-01-31T12:00:00" + ("Z" if kind.timezone else "")
    expected = f"a moment like {example}"
    try:
        found = datetime.fromisoformat(_words(value, expected))
    except ValueError:
        raise NoConstant(expected) from None
    if bool(found.tzinfo) != bool(kind.timezone) or _finer(found.microsecond, kind):
        raise NoConstant(f"{expected}, in steps of 1 {kind.unit}")
    return found.astimezone(UTC) if found.tzinfo else found


def _duration(value: Any, kind: LogicalType) -> timedelta:
    expected = f"a duration like 90m or 500ms, in steps of 1 {kind.unit}"
    found = _DURATION.fullmatch(_words(value, expected))
    micros = int(found[1]) * _STEPS.get(found[2], 1) if found else 0
    if not found or _finer(micros, kind) or abs(micros) > 10**18:
        raise NoConstant(expected)
    return timedelta(microseconds=micros)


def _finer(micros: int, kind: LogicalType) -> bool:
    return micros % _STEP_OF_UNIT[kind.unit or "us"] != 0


def _none(_: Any, kind: LogicalType) -> Constant:
    raise NoConstant(f"no constant: {kind} has none")


_READERS: Final[dict[str, Callable[[Any, LogicalType], Constant]]] = {
    "integer": _integer,
    "float": _float,
    "bool": _bool,
    "string": _text,
    "enum": _member,
    "binary": _none,
    "any": _none,
    "date": _date,
    "time": _time,
    "timestamp": _timestamp,
    "duration": _duration,
    "decimal": _decimal,
}
