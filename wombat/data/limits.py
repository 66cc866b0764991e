"""What a column may be made of and how far its values may lie: what every library holds alike."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_LAST: Final = (1 << 63) - 1  # its negative minus one is how pandas writes "no moment"
_FIRST_DAY: Final = -719_162  # 0001-01-01
_LAST_DAY: Final = 2_932_896  # 9999-12-31
_DAY: Final = 86_400
_NANOSECONDS: Final = _DAY * 10**9
_SINGLE: Final = (
    *(pa.types.is_boolean, pa.types.is_integer, pa.types.is_float32, pa.types.is_float64),
    *(pa.types.is_string, pa.types.is_binary, pa.types.is_date32, pa.types.is_time64),
    *(pa.types.is_duration, pa.types.is_null),
)


def unknown_column(name: str, arrow: object, hint: str | None = None) -> TaskFailed:
    return TaskFailed(
        f"column '{name}' is {arrow}, which no artifact carries",
        code="return-mismatch",
        hint=hint or "convert it to numbers, text or timestamps",
    )


def check_type(name: str, arrow: pa.DataType) -> None:
    """That every library has this canonical type; TaskFailed `return-mismatch`."""
    types = pa.types
    if types.is_list(arrow):
        check_type(name, arrow.value_type)
    elif types.is_struct(arrow):
        names = [one.name for one in arrow]
        if not names or len(set(names)) < len(names):
            raise unknown_column(name, arrow, "a struct needs fields, each with a name of its own")
        for one in arrow:
            check_type(name, one.type)
    elif types.is_timestamp(arrow):
        if not _is_zone(arrow.tz):
            raise unknown_column(name, arrow, "convert it to UTC, or to a zone like Europe/Berlin")
    elif types.is_decimal128(arrow):
        if not 0 <= arrow.scale <= arrow.precision:
            raise unknown_column(name, arrow, "a decimal needs a scale from 0 to its precision")
    elif not any(test(arrow) for test in _SINGLE):
        raise unknown_column(name, arrow)


def _is_zone(name: str | None) -> bool:
    """A zone by its name; libraries differ over bare offsets."""
    if name is None:
        return True
    if name.startswith(("+", "-")):
        return False
    return _known(name) or not _known("Europe/Berlin")  # without a database nothing is known


@cache
def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def check_values(name: str, column: pa.ChunkedArray) -> None:
    """That dates, times, moments and durations lie where every library can say them.

    Raises TaskFailed `return-mismatch`, without the value.
    """
    for part in _parts(column):
        low, high = _range(part.type)
        ticks = part.cast(pa.int32() if pa.types.is_date32(part.type) else pa.int64())
        found = pc.min_max(ticks)
        if found["min"].is_valid and (found["min"].as_py() < low or found["max"].as_py() > high):
            raise _beyond(name, part.type)
        if pa.types.is_time64(part.type) and _finer_than_microseconds(ticks):
            raise TaskFailed(
                f"column '{name}' has a time of day with nanoseconds; expected microseconds",
                code="return-mismatch",
                hint="round it to microseconds",
            )


def check_texts(name: str, column: pa.ChunkedArray | pa.Array) -> None:
    """That texts are UTF-8, which Arrow takes on trust; other plain columns are left alone.

    Raises TaskFailed `return-mismatch`, without the value.
    """
    if not pa.types.is_string(column.type):
        return
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raise TaskFailed(
            f"column '{name}' has text that isn't UTF-8",
            code="return-mismatch",
            hint="decode it with the encoding that it has",
        ) from None


def _parts(column: pa.ChunkedArray) -> Iterator[pa.ChunkedArray]:
    """The temporal columns in a column: itself, or what lists and structs hold."""
    kind = column.type
    if pa.types.is_temporal(kind):
        yield column
    elif pa.types.is_list(kind):
        yield from _parts(pc.list_flatten(column))
    elif pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            yield from _parts(pc.struct_field(column, [number]))


def _range(kind: pa.DataType) -> tuple[int, int]:
    """The first and the last tick: the years 1 to 9999, a day, or 292,000 years either way."""
    if pa.types.is_date32(kind):
        return _FIRST_DAY, _LAST_DAY
    if pa.types.is_time64(kind):
        return 0, _NANOSECONDS - 1
    ticks = _TICKS[kind.unit]
    if pa.types.is_duration(kind):
        last = min(_LAST, _LAST * ticks // 10**6)
        return -last, last
    first, last = _FIRST_DAY * _DAY * ticks, (_LAST_DAY + 1) * _DAY * ticks - 1
    return max(first, -_LAST), min(last, _LAST)


def _finer_than_microseconds(ticks: pa.ChunkedArray) -> bool:
    thousands = pc.multiply(pc.divide(ticks, 1000), 1000)
    return bool(pc.any(pc.not_equal(ticks, thousands)).as_py())


def _beyond(name: str, kind: pa.DataType) -> TaskFailed:
    what = "a time of day outside a day" if pa.types.is_time64(kind) else f"a {kind} out of range"
    expected = "at most 292,000 years" if pa.types.is_duration(kind) else "the years 1 to 9999"
    rest = "" if pa.types.is_time64(kind) else f"; expected {expected}"
    return TaskFailed(
        f"column '{name}' has {what}{rest}",
        code="return-mismatch",
        hint="a null says that there is no value",
    )
