"""Whether all values of a column differ, where numbers make that cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    Numbers = np.ndarray[Any, np.dtype[np.int64]]

SPREAD: Final = 8
"""Of so many times as many whole numbers as there are rows a mark each is kept: a byte a number."""
BLOCK: Final = 1 << 20


def few_apart(table: pa.Table) -> bool:
    """True where the one column is of whole numbers that lie close together, and all differ.

    False says nothing.
    """
    if table.num_columns != 1 or not table.num_rows:
        return False
    column = table.column(0)
    if not pa.types.is_integer(column.type) or column.null_count:
        return False
    ends = pc.min_max(column)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if high - low + 1 > SPREAD * table.num_rows:
        return False
    seen = np.zeros(high - low + 1, np.uint8)
    for start in range(0, table.num_rows, BLOCK):
        seen[_from(column.slice(start, BLOCK).to_numpy(), low)] = 1
    return bool(np.count_nonzero(seen) == table.num_rows)


def _from(values: Any, low: int) -> Numbers:
    """How far each lies above the least; exact in 64 bits, as the whole spread is small."""
    found: Numbers = (values.astype(np.uint64) - np.uint64(low % (1 << 64))).astype(np.int64)
    return found
