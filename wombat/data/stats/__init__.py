"""Statistics of a stored frame: out of its Parquet metadata and a sample of its rows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.data.stats.model import ColumnStats, FrameStats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    import pyarrow as pa

    from wombat.data.stats.sample import Sample
    from wombat.schema.model import Column, FrameSchema

ROOM: Final = 1 << 17
"""Bytes that the sketches of one frame's columns may take in a record."""


def frame_stats(
    file: Path,
    schema: FrameSchema | None = None,
    *,
    sample: Sample | None = None,
    earlier: FrameStats | None = None,
    first: Collection[str] = (),
    room: int = ROOM,
) -> FrameStats:
    """Of a canonical Parquet file, and of the sample of its table where that is at hand.

    Personal columns of the schema give counts only. Bins are those of the `earlier` version's
    statistics. Sketches of the columns `first`, then of the others in their order, stand there as
    long as they fit in `room` bytes. The same frame, schema and earlier version give the same.
    """
    from wombat.data.stats.footer import footer_stats

    asked = _asked(schema)
    rows, columns = footer_stats(file, lambda name: _hidden(asked(name)))
    if sample is None:
        return FrameStats(rows, columns)
    return _of_sample(sample, columns, earlier=earlier, schema=schema, first=first, room=room)


def _of_sample(
    sample: Sample,
    columns: dict[str, ColumnStats],
    *,
    earlier: FrameStats | None,
    schema: FrameSchema | None = None,
    first: Collection[str] = (),
    room: int = ROOM,
) -> FrameStats:
    asked = _asked(schema)
    found = {}
    for name in sample.table.column_names:
        one = columns.get(name, ColumnStats(sample.nulls[name]))
        column = asked(name)
        nullable = _nullable(schema, name, column)
        found[name] = replace(one, type=sample.types[name], nullable=nullable)
    told = _sketched(found, sample, asked, earlier)
    sampled = None if sample.whole else sample.table.num_rows
    return FrameStats(sample.rows, _fitting(told, first, room), sampled)


def table_stats(table: pa.Table, *, earlier: FrameStats | None = None) -> FrameStats:
    """Of a canonical table that isn't stored: as `frame_stats`, without a schema."""
    from wombat.data.stats.extremes import table_extremes
    from wombat.data.stats.sample import take_sample

    return _of_sample(take_sample(table), table_extremes(table), earlier=earlier)


def _sketched(
    found: dict[str, ColumnStats],
    sample: Sample,
    asked: Callable[[str], Column | None],
    earlier: FrameStats | None,
) -> dict[str, ColumnStats]:
    from wombat.data.stats.sketch import sketch

    told = dict(found)
    for name, values in sample.columns():
        column = asked(name)
        if _hidden(column):
            continue
        told[name] = sketch(
            found[name],
            values,
            sample.rows - sample.nulls[name],
            members=(column.type.of or None) if column else None,
            earlier=earlier.columns.get(name) if earlier else None,
        )
    return told


def _fitting(
    told: dict[str, ColumnStats], first: Collection[str], room: int
) -> dict[str, ColumnStats]:
    """What doesn't fit keeps its counts; the columns `first` always fit."""
    kept = dict(told)
    for name in sorted(told, key=lambda name: name not in first):
        room -= len(json.dumps(told[name].to_json()))
        if room < 0 and name not in first:
            kept[name] = told[name].counts_only()
    return kept


def _asked(schema: FrameSchema | None) -> Callable[[str], Column | None]:
    """What a schema says of a column: by its name, or by the patterns that fit it."""
    if schema is None:
        return lambda _: None
    from wombat.schema.pattern import parse_pattern

    patterns = [(parse_pattern(one.match), one.column) for one in schema.patterns]

    def asked(name: str) -> Column | None:
        if name in schema.columns:
            return schema.columns[name]
        fitting = [column for pattern, column in patterns if pattern.matches(name)]
        return next((one for one in fitting if one.pii), fitting[0] if fitting else None)

    return asked


def _hidden(column: Column | None) -> bool:
    return column is not None and column.pii


def _nullable(schema: FrameSchema | None, name: str, column: Column | None) -> bool | None:
    if schema is None or column is None:
        return None
    return column.nullable and name not in schema.key
