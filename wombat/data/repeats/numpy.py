"""Rows that stand twice by numpy, for where polars isn't installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.distinct import are_close, close_repeats
from wombat.data.nested import as_text, is_nested

if TYPE_CHECKING:
    from wombat.data.repeats import Bits, Repeats

    Codes = np.ndarray[Any, np.dtype[np.int64]]

BLOCK: Final = 1 << 16
_ODD: Final = np.int64(0x1E3779B97F4A7C15)


class Numpy:
    """Values become numbers, numbers are sorted."""

    name = "numpy"

    def rows(self, table: pa.Table) -> Bits | None:
        if table.num_rows < 2:
            return None
        if are_close(table):
            return close_repeats(table.column(0))
        if table.num_columns == 1:
            return _twice(_codes(table.column(0)))
        return _repeated(table)


def _repeated(table: pa.Table) -> Bits | None:
    """Rows are mixed into one number each; only those whose numbers meet are compared as such."""
    mixed = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        mixed *= _ODD
        mixed ^= mixed >> np.int64(29)
        mixed += _codes(column)
    found = _twice(mixed)
    if found is None:
        return None
    likely = np.flatnonzero(found)
    few = table.take(pa.array(likely))
    codes = _codes(few.column(0))
    for column in few.columns[1:]:
        codes = _paired(codes, _codes(column))
    again = _twice(codes)
    if again is None:
        return None
    found[likely] = again
    return found


def _twice(codes: Codes) -> Bits | None:
    """Little more is kept than the numbers once more, in their order."""
    ordered = np.sort(codes)
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return None
    same[1:] &= ~same[:-1]
    some = ordered[1:][same]  # at least one of each that stands twice
    del ordered, same
    found = np.empty(len(codes), bool)
    for start in range(0, len(codes), BLOCK):
        block = codes[start : start + BLOCK]
        place = np.minimum(np.searchsorted(some, block), len(some) - 1)
        found[start : start + BLOCK] = some[place] == block
    return found


def _codes(column: pa.ChunkedArray) -> Codes:
    """A number for each value, the same for the same: a number of 64 bits is its own."""
    kind = column.type
    if not column.null_count and (pa.types.is_integer(kind) or pa.types.is_temporal(kind)):
        wide = column.cast(pa.int32()) if pa.types.is_date32(kind) else column
        wide = wide.cast(pa.int64()) if pa.types.is_temporal(kind) else wide
        found: Codes = wide.to_numpy().astype(np.int64, copy=False)  # wraps uint64, one to one
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
