"""Row masks by pyarrow and numpy, for where polars isn't installed."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import arrow_type
from wombat.data.distinct import few_apart
from wombat.data.nested import as_text, is_nested
from wombat.schema.constants import physical
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.data.masks import Bits, Masks
    from wombat.data.probes import Probe
    from wombat.schema.types import LogicalType

    Codes = np.ndarray[Any, np.dtype[np.int64]]


class Pyarrow:
    """Each check is a few kernels over a slice."""

    name = "pyarrow"

    def failing(self, table: pa.Table, probes: Sequence[Probe]) -> list[int]:
        return [pc.sum(_bad(table, one)).as_py() or 0 for one in probes]

    def rows(self, table: pa.Table, probes: Sequence[Probe]) -> list[Bits]:
        filled = (pc.fill_null(_bad(table, one), False) for one in probes)
        return [one.to_numpy(zero_copy_only=False) for one in filled]

    def repeated(self, table: pa.Table) -> Bits | None:
        if table.num_rows < 2 or few_apart(table):
            return None
        codes = _codes(table.column(0))
        for column in table.columns[1:]:
            codes = _paired(codes, _codes(column))
        return _twice(codes)


def _twice(codes: Codes) -> Bits | None:
    ordered = np.sort(codes)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return None
    found: Bits = np.isin(codes, np.unique(again))
    return found


def _codes(column: pa.ChunkedArray) -> Codes:
    """A number for each value, the same for the same: a number of 64 bits is its own."""
    kind = column.type
    if not column.null_count and (pa.types.is_integer(kind) or pa.types.is_temporal(kind)):
        wide = column.cast(pa.int32()) if pa.types.is_date32(kind) else column
        wide = wide.cast(pa.int64()) if pa.types.is_temporal(kind) else wide
        found: Codes = wide.to_numpy().astype(np.int64)  # wraps uint64, one to one
        return found
    if is_nested(kind):
        column = as_text(column)
    elif pa.types.is_floating(kind):
        column = pc.add(column, pa.scalar(0, kind))  # both zeros are one number
    if pa.types.is_null(kind):
        return np.zeros(len(column), np.int64)
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    codes: Codes = encoded.indices.to_numpy().astype(np.int64)
    return codes


def _paired(first: Codes, second: Codes) -> Codes:
    """One number for each pair: places in the order of each column, side by side."""
    low = np.unique(first, return_inverse=True)[1].astype(np.int64)
    high = np.unique(second, return_inverse=True)[1].astype(np.int64)
    found: Codes = low * (int(high.max()) + 1) + high
    return found


def _bad(table: pa.Table, probe: Probe) -> Any:
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
    if pa.types.is_list(column.type):
        size = pc.list_value_length(column)
    else:
        text = pa.types.is_string(column.type)
        size = pc.utf8_length(column) if text else pc.binary_length(column)
    wide = size.cast(pa.int64())
    good = pc.greater_equal(wide, least or 0)
    return good if most is None else pc.and_(good, pc.less_equal(wide, most))


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
MASKS: Final[Masks] = Pyarrow()
