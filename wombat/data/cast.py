"""Safe casts of columns: a value is the same afterwards, or its row is named."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import arrow_type
from wombat.data.nested import rebuilt
from wombat.schema.casts import EXACT
from wombat.schema.types import INTEGERS

if TYPE_CHECKING:
    from wombat.schema.types import LogicalType

    Bits = np.ndarray[Any, np.dtype[np.bool_]]

_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_LAST: Final = (1 << 63) - 1
_WIDE: Final = 76
_INTEGER_DIGITS: Final = 20


def cast_column(
    column: pa.ChunkedArray, made: LogicalType, wanted: LogicalType
) -> tuple[pa.ChunkedArray | None, Bits]:
    """The column in another type, or None and which rows hold a value that doesn't survive.

    The types are `castable` (wombat/schema/casts.py, which says the same of single values).
    """
    lossy = lossy_rows(column, made, wanted)
    if lossy.any():
        return None, lossy
    target = arrow_type(wanted)
    return _cast(column, target), lossy


def _cast(column: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray:
    """Of values that survive; Arrow itself refuses some of those pairs by their widths alone."""
    if pa.types.is_list(target) or pa.types.is_struct(target):
        kinds = iter(_leaf_types(target) * max(1, column.num_chunks))
        return rebuilt(column, lambda leaf: _cast(leaf, next(kinds))).cast(target)
    if pa.types.is_decimal(target):
        wide = _widened(column, target.scale)
        return wide.cast(target, safe=False)
    return column.cast(target, safe=False)


def _leaf_types(kind: pa.DataType) -> list[pa.DataType]:
    if pa.types.is_list(kind):
        return _leaf_types(kind.value_type)
    if pa.types.is_struct(kind):
        return [leaf for one in kind for leaf in _leaf_types(one.type)]
    return [kind]


def lossy_rows(column: Any, made: LogicalType, wanted: LogicalType) -> Bits:
    """Of each row, whether it holds a value that the cast would change; nulls never do."""
    if made.family == "nested":
        return _lossy_within(column, made, wanted)
    lost = _LOST[made.family](column, made, wanted)
    if lost is None:
        return np.zeros(len(column), bool)
    found: Bits = pc.fill_null(lost, False).to_numpy(zero_copy_only=False)
    return found


def _lossy_within(column: Any, made: LogicalType, wanted: LogicalType) -> Bits:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    lossy = np.zeros(len(column), bool)
    if made.item and wanted.item:
        inner = lossy_rows(pc.list_flatten(column), made.item.type, wanted.item.type)
        lossy[pc.list_parent_indices(column).to_numpy()[inner]] = True
        return lossy
    for number, (one, other) in enumerate(zip(made.fields, wanted.fields, strict=True)):
        lossy |= lossy_rows(pc.struct_field(column, [number]), one[1].type, other[1].type)
    there: Bits = column.is_valid().to_numpy(zero_copy_only=False)
    return lossy & there


def _of_integer(column: Any, made: LogicalType, wanted: LogicalType) -> Any:
    if wanted.family == "decimal":
        return _beyond_digits(_widened(column, 0), _INTEGER_DIGITS, wanted)
    if wanted.family == "float":
        low, high = -EXACT[wanted.kind], EXACT[wanted.kind]
    else:
        low, high = INTEGERS[wanted.kind]
    least, most = INTEGERS[made.kind]
    if low <= least and most <= high:
        return None
    # within the column's own range the limits are numbers of its type
    below = pc.less(column, pa.scalar(max(low, least), column.type))
    above = pc.greater(column, pa.scalar(min(high, most), column.type))
    return pc.or_(below, above)


def _of_float(column: Any, made: LogicalType, wanted: LogicalType) -> Any:
    if wanted.family == "float":
        if (made.kind, wanted.kind) != ("float64", "float32"):
            return None
        return pc.not_equal(column.cast(pa.float32(), safe=False).cast(pa.float64()), column)
    low, high = INTEGERS[wanted.kind]
    wide = column.cast(pa.float64())
    broken = pc.not_equal(pc.trunc(wide), wide)  # the infinities are whole, and too far
    # both ends as floats: the least is one; the first number beyond the range is one too
    return pc.or_(
        broken, pc.or_(pc.less(wide, float(low)), pc.greater_equal(wide, float(high + 1)))
    )


def _of_decimal(column: Any, made: LogicalType, wanted: LogicalType) -> Any:
    wide = _widened(column, made.scale or 0)
    if wanted.family == "integer":
        low, high = INTEGERS[wanted.kind]
        return pc.or_(_beyond_scale(wide, 0), _outside(wide, Decimal(low), Decimal(high)))
    digits = (made.precision or 0) - (made.scale or 0)
    too_fine = _beyond_scale(wide, wanted.scale or 0)
    return pc.or_(too_fine, _beyond_digits(wide, digits, wanted))


def _widened(column: Any, scale: int) -> Any:
    """With digits enough for every number that a canonical column holds."""
    if pa.types.is_integer(column.type):
        column = column.cast(pa.decimal128(_INTEGER_DIGITS, 0))
    return column.cast(pa.decimal256(_WIDE, scale), safe=False)


def _beyond_scale(wide: Any, scale: int) -> Any:
    return pc.not_equal(pc.round(wide, ndigits=scale, round_mode="towards_zero"), wide)


def _beyond_digits(wide: Any, digits: int, wanted: LogicalType) -> Any:
    """Values with more digits before the point than are wanted; they have at most `digits`."""
    room = (wanted.precision or 0) - (wanted.scale or 0)
    if digits <= room:
        return pc.and_(wide.is_null(), False)
    edge = Decimal(10) ** room  # the least number with a digit too many
    return pc.or_(_at_least(wide, edge), _at_most(wide, -edge))


def _outside(wide: Any, low: Decimal, high: Decimal) -> Any:
    return pc.or_(_at_least(wide, high + 1), _at_most(wide, low - 1))


def _at_least(wide: Any, edge: Decimal) -> Any:
    return pc.greater_equal(wide, _wide_scalar(edge, wide.type))


def _at_most(wide: Any, edge: Decimal) -> Any:
    return pc.less_equal(wide, _wide_scalar(edge, wide.type))


def _wide_scalar(edge: Decimal, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(edge, pa.decimal256(_WIDE, kind.scale))


def _of_temporal(column: Any, made: LogicalType, wanted: LogicalType) -> Any:
    before, after = _PER_SECOND[made.unit or "us"], _PER_SECOND[wanted.unit or "us"]
    if before == after:
        return None
    ticks = column.cast(pa.int64())
    if after < before:
        step = before // after
        return pc.not_equal(pc.multiply(pc.divide(ticks, step), step), ticks)
    farthest = _LAST // (after // before)
    return pc.or_(pc.less(ticks, -farthest), pc.greater(ticks, farthest))


_LOST: Final = {
    "integer": _of_integer,
    "float": _of_float,
    "decimal": _of_decimal,
    "temporal": _of_temporal,
    "text": lambda *_: None,
    "bool": lambda *_: None,
    "binary": lambda *_: None,
}
