"""What a Parquet file's footer says of each plain column: nothing else of it is read."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from wombat.data.stats.model import ColumnStats

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.digest import Json


def footer_stats(file: Path, hidden: Callable[[str], bool]) -> tuple[int, dict[str, ColumnStats]]:
    """Rows, and of each column nulls, least and greatest value; of `hidden` ones nulls alone.

    Nested columns are left out. Of texts no value is told: each is a piece of a row.
    """
    metadata = pq.read_metadata(file)
    columns: dict[str, ColumnStats] = {}
    for number in range(metadata.num_columns):
        described = metadata.schema.column(number)
        if described.path != described.name or described.max_repetition_level:
            continue
        shown = not hidden(described.name)
        columns[described.name] = _column(metadata, number, shown=shown)
    return metadata.num_rows, columns


def _column(metadata: Any, number: int, *, shown: bool) -> ColumnStats:
    groups = [metadata.row_group(n).column(number) for n in range(metadata.num_row_groups)]
    found = [group.statistics for group in groups if group.statistics is not None]
    nulls = sum(one.null_count for one in found)
    full = [one for one in found if one.has_min_max]
    if not shown or not full or len(found) < len(groups):
        return ColumnStats(nulls)
    try:
        lows, highs = [one.min for one in full], [one.max for one in full]
    except (ValueError, OverflowError):  # a moment finer than Python's, or beyond its years
        return ColumnStats(nulls)
    return ColumnStats(nulls, as_json(min(lows)), as_json(max(highs)))


def as_json(value: Any) -> Json:
    """A least or greatest value in a record; None for infinities, texts and bytes."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) != float("inf") else None
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | timedelta) else None
