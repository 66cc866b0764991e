"""Cells of text files: read as their column's type, and those found that aren't of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Callable

    Places = np.ndarray[Any, np.dtype[np.int64]]

MOST: Final = 2000
"""Of one column, how many different cells are looked for one by one."""
WRITTEN: Final = "_as_written"
"""Ends the name of a column of such texts, beside rows that were set aside."""
NUMBERS: Final = 3
_INTEGER: Final = r"^\s*[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)\s*$"
_DECIMAL: Final = r"^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$"
_FLOAT: Final = r"^\s*[+-]?([0-9.]+([eE][+-]?[0-9]+)?|(?i:inf|infinity|nan|nan\([^)]*\)))\s*$"
_DAY: Final = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"


class BadTable(ValueError):
    """Why a file is no table of its format; it names lines, and no cell."""


class BadLines(BadTable):
    """Lines that are none of a table; the others may be."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The cells of a column that aren't of its type: their rows from 0, and what stands there."""

    column: str
    rows: Places
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of a file of text, whose unread cells are null. `lines` are those on which the rows
    begin, from 1; None where every cell was read."""

    table: pa.Table
    unread: tuple[Unread, ...] = ()
    lines: Places | None = None


def convert(text: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """Text as that type, as every CSV is read; ArrowInvalid where one value isn't of it."""
    stream = io.BytesIO()
    written = pa.table({"cell": text})
    csv.write_csv(
        written, stream, csv.WriteOptions(include_header=False, quoting_style="all_valid")
    )
    if not len(text):
        return pa.chunked_array([], wanted)
    read = csv.read_csv(
        io.BytesIO(stream.getvalue()),
        read_options=csv.ReadOptions(column_names=["cell"]),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types={"cell": wanted},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return read.column(0)


def parsed(
    name: str, text: pa.ChunkedArray, wanted: pa.DataType
) -> tuple[pa.ChunkedArray, Unread | None]:
    """A column of text in its type; cells that aren't of it are null. Raises BadLines for more
    than can be looked for."""
    try:
        return convert(text, wanted), None
    except pa.ArrowInvalid:
        pass
    coded = text.combine_chunks().dictionary_encode()
    values, places = coded.dictionary, coded.indices.to_numpy(zero_copy_only=False)
    wrong = np.zeros(len(values) + 1, bool)  # the last stands for null
    wrong[_wrong(name, values, wanted)] = True
    there = np.where(text.is_valid().to_numpy(), places, len(values)).astype(np.int64)
    bad = wrong[there]
    good = pc.if_else(pa.array(bad), pa.scalar(None, pa.string()), text)
    rows = np.flatnonzero(bad)
    return convert(good, wanted), Unread(name, rows, tuple(text.take(pa.array(rows)).to_pylist()))


def _wrong(name: str, values: pa.Array, wanted: pa.DataType) -> Places:
    """The places of values that aren't of the type: most can be told by how they look."""
    seeming = np.ones(len(values), bool)
    if (shape := shape_of(wanted)) is not None:
        seeming = pc.match_substring_regex(values, shape).to_numpy(zero_copy_only=False)
    left = np.flatnonzero(seeming)

    def fits(first: int, last: int) -> bool:
        try:
            convert(pa.chunked_array([values.take(pa.array(left[first:last]))]), wanted)
        except pa.ArrowInvalid:
            return False
        return True

    return np.concatenate([np.flatnonzero(~seeming), left[misfits(name, len(left), fits)]])


def shape_of(wanted: pa.DataType) -> str | None:
    """What every value of a type looks like; many that aren't of it, too."""
    types = pa.types
    if types.is_integer(wanted) or types.is_duration(wanted):
        return _INTEGER
    if types.is_floating(wanted):
        return _FLOAT
    if types.is_decimal(wanted):
        return _DECIMAL
    if types.is_boolean(wanted):
        return r"^\s*(?i:true|false|0|1)\s*$"
    if types.is_date(wanted):
        return _DAY
    if types.is_timestamp(wanted):
        zone = r"[ T].*(Z|[+-][0-9]{2}(:?[0-9]{2})?)\s*$"
        return _DAY + (zone if wanted.tz else r"([ T][0-9:.]*)?\s*$")
    return r"^\s*[0-9]{2}:?[0-9]{2}" if types.is_time(wanted) else None


def misfits(name: str, count: int, fits: Callable[[int, int], bool]) -> Places:
    """The places that don't fit, found by halves: `fits` tells of those from one to before
    another whether all do. Raises BadLines for more than `MOST`."""
    found: list[int] = []
    open_ = [(0, count)] if count else []
    while open_:
        first, last = open_.pop()
        if fits(first, last):
            continue
        if last - first == 1:
            found.append(first)
            if len(found) > MOST:
                raise BadLines(f"more than {MOST:,} cells of '{name}' aren't of its type")
            continue
        middle = (first + last) // 2
        open_ += [(middle, last), (first, middle)]
    return np.array(found, np.int64)


def lines_said(lines: Any) -> str:
    """`line 3`, or `lines 3, 7, 9, …`."""
    shown = ", ".join(f"{int(line):,}" for line in lines[:NUMBERS])
    return f"line{'s' if len(lines) > 1 else ''} {shown}{', …' if len(lines) > NUMBERS else ''}"
