"""Statistics of a stored frame, out of its Parquet metadata: nothing is read but the footer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.digest import Json
    from wombat.schema.model import FrameSchema

LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class ColumnStats:
    """Nulls (NaN counts as one), and the least and greatest value as JSON where known."""

    nulls: int
    min: Json = None
    max: Json = None


@dataclass(frozen=True, slots=True)
class FrameStats:
    """Rows, and each plain column's statistics; nested columns are left out."""

    rows: int
    columns: dict[str, ColumnStats]

    def to_json(self) -> dict[str, Any]:
        """`{rows, columns: {NAME: {nulls, min?, max?}}}`."""
        columns: dict[str, dict[str, Any]] = {}
        for name, one in self.columns.items():
            known = {"nulls": one.nulls, "min": one.min, "max": one.max}
            columns[name] = {word: value for word, value in known.items() if value is not None}
        return {"rows": self.rows, "columns": columns}


def frame_stats(file: Path, schema: FrameSchema | None = None) -> FrameStats:
    """Of a canonical Parquet file; personal columns of the schema give counts only."""
    metadata = pq.read_metadata(file)
    columns: dict[str, ColumnStats] = {}
    for number in range(metadata.num_columns):
        described = metadata.schema.column(number)
        if described.path != described.name or described.max_repetition_level:
            continue
        name = described.name
        hidden = schema is not None and name in schema.columns and schema.columns[name].pii
        columns[name] = _column(metadata, number, hidden=hidden)
    return FrameStats(metadata.num_rows, columns)


def _column(metadata: Any, number: int, *, hidden: bool) -> ColumnStats:
    groups = [metadata.row_group(n).column(number) for n in range(metadata.num_row_groups)]
    found = [group.statistics for group in groups if group.statistics is not None]
    nulls = sum(one.null_count for one in found)
    full = [one for one in found if one.has_min_max]
    if hidden or not full or len(found) < len(groups):
        return ColumnStats(nulls)
    try:
        lows, highs = [one.min for one in full], [one.max for one in full]
    except (ValueError, OverflowError):  # a moment finer than Python's, or beyond its years
        return ColumnStats(nulls)
    return ColumnStats(nulls, _json(min(lows)), _json(max(highs)))


def _json(value: Any) -> Json:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) != float("inf") else None
    if isinstance(value, str):
        return value if len(value) <= LONGEST else None
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | timedelta) else None
