"""CSV as commands write it: text whose types are the schema's."""

from __future__ import annotations

import csv as python_csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from wombat.data.cells import BadLines, BadTable, Cells, lines_said, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.data.cells import Places


def read_csv(file: Path, types: Mapping[str, pa.DataType]) -> Cells:
    """A table whose columns have these types, and what they look like where they have none.

    An empty cell is null, empty text in quotes isn't. Raises BadTable.
    """
    try:
        return Cells(_read(file, types))
    except pa.ArrowNotImplementedError:
        raise _unsayable(file, types) from None
    except pa.ArrowInvalid:
        lines = _lines(file)
        return _by_cells(file, types, lines)


def csv_names(file: Path) -> list[str]:
    """The names in the heading."""
    try:
        with csv.open_csv(file, parse_options=_parse()) as reader:
            return list(reader.schema.names)
    except pa.ArrowInvalid:
        return []  # reading it all says why


def _read(file: Path, types: Mapping[str, pa.DataType]) -> pa.Table:
    options = csv.ConvertOptions(
        column_types=dict(types),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return csv.read_csv(file, parse_options=_parse(), convert_options=options)


def _parse() -> csv.ParseOptions:
    return csv.ParseOptions(newlines_in_values=True)


def _by_cells(file: Path, types: Mapping[str, pa.DataType], lines: Places) -> Cells:
    """Every typed column read as text first."""
    try:
        table = _read(file, dict.fromkeys(types, pa.string()))
    except pa.ArrowInvalid:
        raise BadTable("it is no table of commas and quotes") from None
    unread = []
    for name in table.column_names:
        if name in types and table.column_names.count(name) == 1:
            column, bad = parsed(name, table.column(name), types[name])
            place = table.column_names.index(name)
            table = table.set_column(place, pa.field(name, column.type), column)
            unread += [bad] if bad else []
    known = lines if len(lines) == table.num_rows else None
    return Cells(table, tuple(unread), known)


def _lines(file: Path) -> Places:
    """The line on which each row begins. Raises BadTable for text that isn't UTF-8, BadLines for
    rows with another number of cells than the heading."""
    try:
        heading, *records = _records(file)
    except UnicodeDecodeError:
        raise BadTable(f"line {_not_text(file):,} isn't UTF-8") from None
    except (ValueError, python_csv.Error):
        raise BadTable("it is no table of commas and quotes") from None
    wrong = [one for one in records if one[1] != heading[1]]
    if wrong:
        cells = sorted({count for _, count in wrong})
        have = f"{cells[0]} cells" if len(cells) == 1 else f"{cells[0]} to {cells[-1]} cells"
        said = lines_said([line for line, _ in wrong])
        verb = "has" if len(wrong) == 1 else "have"
        raise BadLines(f"{said} {verb} {have}; expected {heading[1]}, as the heading")
    return np.array([line for line, _ in records], np.int64)


def _records(file: Path) -> Iterator[tuple[int, int]]:
    """Of the heading and each row the line where it begins and the number of its cells."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader: Any = python_csv.reader(stream, strict=True)
        before = 0
        for record in reader:
            if record:
                yield before + 1, len(record)
            before = reader.line_num


def _not_text(file: Path) -> int:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def _unsayable(file: Path, types: Mapping[str, pa.DataType]) -> BadTable:
    """The error for a type that no cell can hold."""
    for name, kind in types.items():
        if pa.types.is_nested(kind) and name in csv_names(file):
            return BadTable(f"'{name}' is {kind}, which no cell of CSV can hold: write jsonl")
    return BadTable("a column's type can't be written so: write jsonl or parquet")
