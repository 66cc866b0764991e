"""Where a table's row groups end: where its rows say so, so that inserted rows move one group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALLEST: Final = 1 << 15
LARGEST: Final = 1 << 18
BITS: Final = 16
"""One row of 2^16 may begin a group."""
BLOCK: Final = 1 << 20
_ODD: Final = pa.scalar(0x9E3779B97F4A7C15, pa.uint64())
_NONE: Final = pa.scalar(0, pa.uint64())
_HALF: Final = pa.scalar(32, pa.uint64())
_LIMIT: Final = pa.scalar(1 << (64 - BITS), pa.uint64())


def group_lengths(table: pa.Table) -> list[int]:
    """Rows of each group, in order: they depend on the rows alone. A table without rows has one."""
    lengths: list[int] = []
    start = 0
    for row in _candidates(table):
        while row - start > LARGEST:
            lengths.append(LARGEST)
            start += LARGEST
        if row - start >= SMALLEST:
            lengths.append(row - start)
            start = row
    while table.num_rows - start > LARGEST:
        lengths.append(LARGEST)
        start += LARGEST
    return [*lengths, table.num_rows - start]


def _candidates(table: pa.Table) -> Iterator[int]:
    """Rows whose digest is low; a block at a time, which bounds the memory."""
    for start in range(0, table.num_rows, BLOCK):
        part = table.slice(start, BLOCK)
        low = pc.less(_row_digests(part), _LIMIT)
        for row in pc.indices_nonzero(low):
            yield start + row.as_py()


def _row_digests(part: pa.Table) -> pa.Array:
    """Of each row, 64 bits that depend on its own values alone."""
    digests = pa.repeat(pa.scalar(1, pa.uint64()), part.num_rows)
    for word in _words(part):
        mixed = pc.multiply(pc.bit_wise_xor(digests, word), _ODD)
        digests = pc.bit_wise_xor(mixed, pc.shift_right(mixed, _HALF))
    return pc.multiply(digests, _ODD)


def _words(part: pa.Table) -> Iterator[pa.Array]:
    """Columns as numbers: texts cost eight times as much, and tell less apart than two numbers.

    Tables without such columns (decimals, lists, structs) have groups of the largest size.
    """
    numbers = [c for c in part.columns if pa.types.is_primitive(c.type) and _width(c.type) >= 32]
    texts = [c for c in part.columns if pa.types.is_string(c.type) or pa.types.is_binary(c.type)]
    for column in numbers:
        yield _each(column, _numbers)
    for column in texts[:2] if len(numbers) < 2 else ():
        yield _each(column, _text_digests)


def _width(kind: pa.DataType) -> int:
    return int(kind.bit_width) if kind.bit_width in (8, 16, 32, 64) else 0


def _each(column: pa.ChunkedArray, call: Callable[[pa.Array], pa.Array]) -> pa.ChunkedArray:
    return pa.chunked_array([call(chunk) for chunk in column.chunks], pa.uint64())


def _numbers(chunk: pa.Array) -> pa.Array:
    plain = chunk.view(getattr(pa, f"uint{chunk.type.bit_width}")())
    return pc.fill_null(plain.cast(pa.uint64()), 0)


def _text_digests(chunk: pa.Array) -> pa.Array:
    """Of the length and the last eight bytes, where numbered names differ: never all of a text."""
    lengths = pc.fill_null(pc.binary_length(chunk), 0).cast(pa.uint64())
    offsets, data = chunk.buffers()[1:]
    if not data or not data.size:
        return lengths
    starts = pa.Array.from_buffers(pa.int32(), len(chunk), [None, offsets], offset=chunk.offset)
    ends = pc.add(starts.cast(pa.uint64()), lengths)
    letters = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    digests = lengths
    for number in range(1, 9):
        back = pa.scalar(number, pa.uint64())
        inside = pc.greater_equal(lengths, back)
        letter = letters.take(pc.if_else(inside, pc.subtract(ends, back), _NONE))
        known = pc.if_else(inside, letter.cast(pa.uint64()), _NONE)
        digests = pc.add(pc.multiply(digests, _ODD), known)
    return digests
