"""Row masks on polars series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wombat.schema.constants import physical
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from wombat.schema.model import Check
    from wombat.schema.types import LogicalType

Rows = Any
"""A numpy array of row positions, ascending."""

_NUMBERS: Final = {
    "int8": pl.Int8,
    "int16": pl.Int16,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "uint8": pl.UInt8,
    "uint16": pl.UInt16,
    "uint32": pl.UInt32,
    "uint64": pl.UInt64,
    "float32": pl.Float32,
    "float64": pl.Float64,
}


def mask(series: pl.Series, check: Check, kind: LogicalType) -> Rows:
    """Positions of the values that fail a check; nulls never do but for `null`."""
    column = pl.col(series.name)
    if kind.unit == "s":  # polars has no seconds
        kind = replace(kind, unit="ms")
    bad = column.is_null() if check.name == "null" else ~_good(column, check, kind)
    return series.to_frame().select(bad.fill_null(value=False).arg_true()).to_series().to_numpy()


def _good(column: pl.Expr, check: Check, kind: LogicalType) -> pl.Expr:
    if check.name in ("min", "max", "gt", "lt"):
        values, limit = _physical(column, kind), _literal(check.value, kind)
        return _compare(values, limit, check.name)
    if check.name in ("in", "enum"):
        values = _physical(column, kind)
        return pl.any_horizontal(*(values == _literal(value, kind) for value in check.value))
    if check.name == "match":
        return column.str.contains(parse_pattern(check.value).rust())
    least, most = check.value
    size = column.bin.size() if kind.kind == "binary" else column.str.len_chars()
    good = size >= (least or 0)
    return good if most is None else good & (size <= most)


def _physical(column: pl.Expr, kind: LogicalType) -> pl.Expr:
    return column.to_physical().cast(pl.Int64) if kind.family == "temporal" else column


def _literal(value: Any, kind: LogicalType) -> pl.Expr:
    if kind.family == "temporal":
        return pl.lit(physical(value, kind), dtype=pl.Int64)
    if kind.kind == "decimal":
        return pl.lit(value, dtype=pl.Decimal(kind.precision, kind.scale or 0))
    return pl.lit(value, dtype=_NUMBERS.get(kind.kind))


def _compare(values: pl.Expr, limit: pl.Expr, word: str) -> pl.Expr:
    if word == "min":
        return values >= limit
    if word == "max":
        return values <= limit
    return values > limit if word == "gt" else values < limit


def repeated(frame: pl.DataFrame, names: list[str]) -> Rows:
    """Positions of rows whose values stand in an earlier or later row too; nulls equal nulls."""
    return frame.select(pl.struct(names).is_duplicated().arg_true()).to_series().to_numpy()
