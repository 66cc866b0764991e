"""The rows that a frame's statistics look at: by chance, and the same whatever library made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import logical_type

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE: Final = 1 << 16
"""Rows; half a percent is told from none by far fewer, and looking at them takes a moment."""
_ODD: Final = 0x9E3779B97F4A7C15
_MIXES: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Sample:
    """At most `SAMPLE` rows of a canonical table, in its order, each column in one piece; and what
    is known of the whole: its rows, and the nulls and the type of each column."""

    rows: int
    table: pa.Table
    nulls: dict[str, int]
    types: dict[str, str]

    @property
    def whole(self) -> bool:
        return bool(self.table.num_rows == self.rows)

    def columns(self) -> Iterator[tuple[str, pa.Array]]:
        """By name, without nulls."""
        for name, column in zip(self.table.column_names, self.table.columns, strict=True):
            yield name, one_piece(column).drop_null()


def take_sample(table: pa.Table) -> Sample:
    """The sample of a canonical table. Which rows depends on their number alone."""
    rows = table.num_rows
    chosen = table if rows <= SAMPLE else table.take(chosen_rows(rows))
    nulls = {name: table.column(name).null_count for name in table.column_names}
    types = {one.name: _said(one.type) for one in table.schema}
    return Sample(rows, chosen, nulls, types)


def chosen_rows(rows: int, count: int = SAMPLE) -> pa.Array:
    """Ascending positions: `count` draws of equal chance, doubles dropped.

    The draws are those of SplitMix64, so that no library's version changes them.
    """
    word = pc.multiply(pa.array(range(1, count + 1), pa.uint64()), _whole(_ODD))
    for bits, factor in _MIXES:
        word = pc.multiply(_folded(word, bits), _whole(factor))
    share = pc.multiply(
        pc.shift_right(_folded(word, 31), _whole(11)).cast(pa.float64()), 1.0 / (1 << 53)
    )
    drawn = pc.unique(pc.floor(pc.multiply(share, float(rows))).cast(pa.int64()))
    return drawn.take(pc.array_sort_indices(drawn))


def _folded(word: pa.Array, bits: int) -> pa.Array:
    return pc.bit_wise_xor(word, pc.shift_right(word, _whole(bits)))


def _whole(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())


def one_piece(column: pa.ChunkedArray) -> pa.Array:
    """A column without chunks: sums of floats depend on how they are cut."""
    made = column.combine_chunks()
    return pa.concat_arrays(made.chunks) if isinstance(made, pa.ChunkedArray) else made


def _said(arrow: pa.DataType) -> str:
    kind = logical_type(arrow)
    return str(arrow if kind.kind == "any" else kind)
