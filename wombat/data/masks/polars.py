"""Row masks by polars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from wombat.data.distinct import few_apart
from wombat.data.nested import as_text, is_nested
from wombat.schema.constants import physical
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from wombat.data.masks import Bits, Masks
    from wombat.data.probes import Probe
    from wombat.schema.types import LogicalType

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
_FEW: Final = 12
"""So many comparisons are faster than one look into a set."""


class Polars:
    """Every check of a slice is one expression of one query."""

    name = "polars"

    def failing(self, table: pa.Table, probes: Sequence[Probe]) -> list[int]:
        if not probes:
            return []
        frame, names = _frame(table)
        asked = [_bad(one, names).sum().alias(f"p{n}") for n, one in enumerate(probes)]
        return [int(count) for count in frame.lazy().select(asked).collect().row(0)]

    def rows(self, table: pa.Table, probes: Sequence[Probe]) -> list[Bits]:
        frame, names = _frame(table)
        asked = [
            _bad(one, names).fill_null(value=False).alias(f"p{n}") for n, one in enumerate(probes)
        ]
        return [one.to_numpy() for one in frame.lazy().select(asked).collect()]

    def repeated(self, table: pa.Table) -> Bits | None:
        if few_apart(table):
            return None
        frame, _ = _frame(_flat(table))
        if frame.width == 1:
            values = frame.to_series()
            return None if values.n_unique() == len(values) else values.is_duplicated().to_numpy()
        return _repeated(frame)


def _flat(table: pa.Table) -> pa.Table:
    """Lists and structs as text: to polars a struct without values is the same as none."""
    for place, one in enumerate(table.schema):
        if is_nested(one.type):
            table = table.set_column(place, one.name, as_text(table.column(place)))
    return table


def _repeated(frame: pl.DataFrame) -> Bits | None:
    """Rows are numbers first; only those whose numbers collide are compared as such."""
    digests = frame.hash_rows()
    if digests.n_unique() == len(digests):
        return None
    found: Bits = digests.is_duplicated().to_numpy().copy()
    likely = np.flatnonzero(found)
    again = frame[likely].select(pl.struct(pl.all()).is_duplicated()).to_series().to_numpy()
    found[likely] = again
    return found if again.any() else None


def _frame(table: pa.Table) -> tuple[pl.DataFrame, dict[str, str]]:
    """The table with its columns numbered, as polars reads some names as patterns."""
    names = {name: f"c{number}" for number, name in enumerate(table.column_names)}
    made = pl.from_arrow(table.rename_columns(list(names.values())))
    assert isinstance(made, pl.DataFrame)  # noqa: S101  # a table never becomes a series
    return made, names


def _bad(probe: Probe, names: dict[str, str]) -> pl.Expr:
    columns = [pl.col(names[name]) for name in probe.columns]
    kind = probe.kind
    if kind.unit == "s":  # polars has no seconds
        kind = replace(kind, unit="ms")
    if probe.rule is None:
        return ~_GOOD[probe.check.name](columns[0], probe.check.value, kind)
    left = _physical(columns[0], kind)
    if probe.rule.value is not None:
        right = _literal(probe.rule.value, kind)
    else:
        right = _physical(columns[-1], kind)
        if probe.mixed:
            left, right = left.cast(pl.Int128), right.cast(pl.Int128)
    return ~_COMPARE[probe.rule.operator or "eq"](left, right)


def _bound(word: str) -> Callable[[pl.Expr, Any, LogicalType], pl.Expr]:
    def good(column: pl.Expr, value: Any, kind: LogicalType) -> pl.Expr:
        return _COMPARE[word](_physical(column, kind), _literal(value, kind))

    return good


def _among(column: pl.Expr, members: Sequence[Any], kind: LogicalType) -> pl.Expr:
    values = _physical(column, kind)
    if not members:
        return pl.when(column.is_not_null()).then(pl.lit(value=False))
    if len(members) <= _FEW or kind.kind == "decimal":
        return pl.any_horizontal(*(values == _literal(value, kind) for value in members))
    plain = [physical(v, kind) if kind.family == "temporal" else v for v in members]
    dtype = pl.Int64 if kind.family == "temporal" else _NUMBERS.get(kind.kind)
    return values.is_in(pl.Series(plain, dtype=dtype).implode())


def _length(column: pl.Expr, limits: tuple[int | None, int | None], kind: LogicalType) -> pl.Expr:
    least, most = limits
    size = column.str.len_chars()
    if kind.kind == "binary":
        size = column.bin.size()
    if kind.kind == "list":
        size = column.list.len()
    good = size >= (least or 0)
    return good if most is None else good & (size <= most)


_COMPARE: Final[dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
}
_GOOD: Final[dict[str, Callable[[pl.Expr, Any, LogicalType], pl.Expr]]] = {
    "min": _bound("ge"),
    "max": _bound("le"),
    "gt": _bound("gt"),
    "lt": _bound("lt"),
    "equals": _bound("eq"),
    "in": _among,
    "enum": _among,
    "not_in": lambda column, members, kind: ~_among(column, members, kind),
    "match": lambda column, text, _: column.str.contains(parse_pattern(text).rust()),
    "starts_with": lambda column, text, _: column.str.starts_with(text),
    "ends_with": lambda column, text, _: column.str.ends_with(text),
    "contains": lambda column, text, _: column.str.contains(text, literal=True),
    "length": _length,
}


def _physical(column: pl.Expr, kind: LogicalType) -> pl.Expr:
    return column.to_physical().cast(pl.Int64) if kind.family == "temporal" else column


def _literal(value: Any, kind: LogicalType) -> pl.Expr:
    if kind.family == "temporal":
        return pl.lit(physical(value, kind), dtype=pl.Int64)
    if kind.kind == "decimal":
        return pl.lit(value, dtype=pl.Decimal(kind.precision, kind.scale or 0))
    return pl.lit(value, dtype=_NUMBERS.get(kind.kind))


MASKS: Final[Masks] = Polars()
