"""Rows that stand twice by numpy, for where polars isn't installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.distinct import few_apart
from wombat.data.nested import as_text, is_nested

if TYPE_CHECKING:
    from wombat.data.repeats import Bits, Repeats

    Codes = np.ndarray[Any, np.dtype[np.int64]]


class Numpy:
    """Values become numbers, numbers are sorted."""

    name = "numpy"

    def rows(self, table: pa.Table) -> Bits | None:
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


REPEATS: Final[Repeats] = Numpy()
