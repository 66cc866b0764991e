"""Which rows fail a check of values, or of a pair of columns: a few kernels of Arrow each."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import arrow_type
from wombat.data.nested import is_nested
from wombat.schema.constants import physical
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.data.probes import Probe
    from wombat.schema.types import LogicalType


def failing(table: pa.Table, probe: Probe) -> Any:
    """Of each row, as an Arrow array, whether it fails; null where a value isn't there."""
    columns = [table.column(name) for name in probe.columns]
    if probe.rule is None:
        return pc.invert(_GOOD[probe.check.name](columns[0], probe.check.value, probe.kind))
    compare = probe.rule.operator or "eq"
    if probe.rule.value is not None:
        return pc.invert(_ordered(compare, columns[0], probe.rule.value, probe.kind))
    left, right = columns[0], columns[-1]
    if is_nested(left.type):
        return pc.invert(_compared(compare, left, right))
    if probe.mixed:
        left, right = (one.cast(pa.decimal128(20, 0)) for one in (left, right))
    return pc.invert(_COMPARE[compare](left, right))


def _compared(compare: str, left: pa.ChunkedArray, right: pa.ChunkedArray) -> Any:
    """Lists and structs, for which there is no kernel."""
    call = getattr(operator, compare)
    pairs = zip(left.to_pylist(), right.to_pylist(), strict=True)
    return pa.chunked_array(
        [pa.array([None if a is None or b is None else call(a, b) for a, b in pairs], pa.bool_())]
    )


_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": pc.equal,
    "ne": pc.not_equal,
    "lt": pc.less,
    "le": pc.less_equal,
    "gt": pc.greater,
    "ge": pc.greater_equal,
}


def _bound(word: str) -> Callable[[Any, Any, LogicalType], Any]:
    return lambda column, value, kind: _ordered(word, column, value, kind)


def _ordered(word: str, column: pa.ChunkedArray, value: Any, kind: LogicalType) -> Any:
    return _COMPARE[word](_physical(column), _scalar(value, kind))


def _physical(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments, days and durations as whole numbers: exact in every unit and range."""
    if not pa.types.is_temporal(column.type):
        return column
    return column.cast(pa.int32()) if pa.types.is_date32(column.type) else column.cast(pa.int64())


def _scalar(value: Any, kind: LogicalType) -> pa.Scalar:
    if kind.family == "temporal":
        return pa.scalar(physical(value, kind), pa.int32() if kind.kind == "date" else pa.int64())
    return pa.scalar(value, arrow_type(kind))


def _among(column: pa.ChunkedArray, members: Sequence[Any], kind: LogicalType) -> Any:
    values = _physical(column)
    known = pa.array([_scalar(value, kind).as_py() for value in members], values.type)
    found = pc.is_in(values, value_set=known)
    if not column.null_count:
        return found
    return pc.if_else(column.is_valid(), found, pa.scalar(None, pa.bool_()))


def _length(column: pa.ChunkedArray, limits: tuple[int | None, int | None], _: LogicalType) -> Any:
    least, most = limits
    if pa.types.is_string(column.type):
        size = pc.binary_length(column)
        if _surely(size, least or 0, most):
            return pc.greater_equal(size, 0)  # null where the text is
        size = pc.utf8_length(column)
    else:
        listed = pa.types.is_list(column.type)
        size = pc.list_value_length(column) if listed else pc.binary_length(column)
    wide = size.cast(pa.int64())
    good = pc.greater_equal(wide, least or 0)
    return good if most is None else pc.and_(good, pc.less_equal(wide, most))


def _surely(sizes: pa.ChunkedArray, least: int, most: int | None) -> bool:
    """Whether so many bytes are characters enough and not too many: one has at most four."""
    ends = pc.min_max(sizes)
    if not ends["min"].is_valid:
        return True
    few = most is None or ends["max"].as_py() <= most
    return bool(few and ends["min"].as_py() > 4 * (least - 1))


_GOOD: Final[dict[str, Callable[[Any, Any, LogicalType], Any]]] = {
    "min": _bound("ge"),
    "max": _bound("le"),
    "gt": _bound("gt"),
    "lt": _bound("lt"),
    "equals": _bound("eq"),
    "in": _among,
    "enum": _among,
    "not_in": lambda column, members, kind: pc.invert(_among(column, members, kind)),
    "match": lambda column, text, _: pc.match_substring_regex(column, parse_pattern(text).re2()),
    "starts_with": lambda column, text, _: pc.starts_with(column, text),
    "ends_with": lambda column, text, _: pc.ends_with(column, text),
    "contains": lambda column, text, _: pc.match_substring(column, text),
    "length": _length,
}
