"""Which whole numbers stand twice, where they lie so close together that a mark each is cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

    Numbers = np.ndarray[Any, np.dtype[np.int64]]
    Bits = np.ndarray[Any, np.dtype[np.bool_]]

SPREAD: Final = 8
"""Of so many times as many whole numbers as there are rows a mark each is kept: a byte a number."""
BLOCK: Final = 1 << 16
_TWICE: Final = 3


def are_close(table: pa.Table) -> bool:
    """Whether the one column is of whole numbers without nulls that lie close together."""
    if table.num_columns != 1 or not table.num_rows:
        return False
    column = table.column(0)
    if not pa.types.is_integer(column.type) or column.null_count:
        return False
    low, high = _ends(column)
    return bool(high - low + 1 <= SPREAD * table.num_rows)


def close_repeats(column: pa.ChunkedArray) -> Bits | None:
    """Of each row of such a column whether another is its equal; None where all differ."""
    low, high = _ends(column)
    seen = np.zeros(high - low + 1, np.uint8)
    for _, numbers in _blocks(column, low):
        seen[numbers] = 1
    if np.count_nonzero(seen) == len(column):
        return None
    seen[:] = 0
    for _, numbers in _blocks(column, low):
        before = numbers[seen[numbers] > 0]
        ordered = np.sort(numbers)
        here = ordered[1:][ordered[1:] == ordered[:-1]]
        seen[numbers] |= 1
        seen[before] = _TWICE
        seen[here] = _TWICE
    found = np.empty(len(column), bool)
    for start, numbers in _blocks(column, low):
        found[start : start + len(numbers)] = seen[numbers] == _TWICE
    return found


def _ends(column: pa.ChunkedArray) -> tuple[int, int]:
    ends = pc.min_max(column)
    return ends["min"].as_py(), ends["max"].as_py()


def _blocks(column: pa.ChunkedArray, low: int) -> Iterator[tuple[int, Numbers]]:
    """How far each number lies above the least, a block of rows at a time.

    Exact in 64 bits, as the whole spread is small.
    """
    for start in range(0, len(column), BLOCK):
        numbers = column.slice(start, BLOCK).to_numpy().astype(np.uint64)
        numbers -= np.uint64(low % (1 << 64))
        yield start, numbers.view(np.int64)
