"""The least and greatest values of a table that is in no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.stats.footer import as_json
from wombat.data.stats.model import ColumnStats

if TYPE_CHECKING:
    from collections.abc import Callable

_TOLD: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_temporal,
)


def table_extremes(table: pa.Table) -> dict[str, ColumnStats]:
    """Of each column, as a file's footer would say it: nothing of texts and of nested columns."""
    return {
        name: _column(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _column(column: pa.ChunkedArray) -> ColumnStats:
    if not any(test(column.type) for test in _TOLD):
        return ColumnStats(column.null_count)
    try:
        found = pc.min_max(column).as_py()
    except (ValueError, OverflowError, pa.ArrowException):  # finer than Python's moments
        return ColumnStats(column.null_count)
    return ColumnStats(column.null_count, as_json(found["min"]), as_json(found["max"]))
