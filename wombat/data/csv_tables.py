"""CSV as commands write it: text whose types are the schema's."""

from __future__ import annotations

import csv as python_csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from wombat.data.cells import BadLines, BadTable, Cells, lines_said, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.data.cells import Places, Unread


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is written. A cell that is one of `nulls`, without quotes, is null."""

    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    nulls: tuple[str, ...] = ("",)
    encoding: str = "utf-8"

    def parse(self) -> csv.ParseOptions:
        return csv.ParseOptions(
            delimiter=self.delimiter, quote_char=self.quote, newlines_in_values=True
        )

    def read(self) -> csv.ReadOptions:
        return csv.ReadOptions(encoding=self.encoding)

    def convert(self, types: Mapping[str, pa.DataType]) -> csv.ConvertOptions:
        return csv.ConvertOptions(
            column_types=dict(types),
            null_values=list(self.nulls),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            decimal_point=self.decimal,
        )

    def codec(self) -> str:
        """Python's name of the encoding, where a mark of the order of bytes is none of the text."""
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding

    def points(self, text: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
        """Numbers with a point where the dialect has its sign, and the other way round."""
        if self.decimal == "." or not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            return text
        for old, new in ((".", _ASIDE), (self.decimal, "."), (_ASIDE, self.decimal)):
            text = pc.replace_substring(text, old, new)
        return text


USUAL: Final = Dialect()
_ASIDE: Final = "\0"


def dialect_of(words: Mapping[str, Any]) -> Dialect:
    """Of an output's words."""
    given: dict[str, Any] = {k: tuple(v) if k == "nulls" else v for k, v in words.items()}
    return Dialect(**given)


def read_csv(file: Path, types: Mapping[str, pa.DataType], dialect: Dialect = USUAL) -> Cells:
    """A table whose columns have these types, and what they look like where they have none.

    An empty cell is null, empty text in quotes isn't. Raises BadTable.
    """
    try:
        return Cells(_read(file, types, dialect))
    except pa.ArrowNotImplementedError:
        raise _unsayable(file, types, dialect) from None
    except (pa.ArrowInvalid, UnicodeError):
        lines = _lines(file, dialect)
        return _by_cells(file, types, lines, dialect)


def csv_names(file: Path, dialect: Dialect = USUAL) -> list[str]:
    """The names in the heading."""
    try:
        with csv.open_csv(
            file, read_options=dialect.read(), parse_options=dialect.parse()
        ) as reader:
            return list(reader.schema.names)
    except (pa.ArrowInvalid, UnicodeError):
        return []  # reading it all says why


def _read(file: Path, types: Mapping[str, pa.DataType], dialect: Dialect) -> pa.Table:
    return csv.read_csv(
        file,
        read_options=dialect.read(),
        parse_options=dialect.parse(),
        convert_options=dialect.convert(types),
    )


def _by_cells(
    file: Path, types: Mapping[str, pa.DataType], lines: Places, dialect: Dialect
) -> Cells:
    """Every typed column read as text first."""
    try:
        table = _read(file, dict.fromkeys(types, pa.string()), dialect)
    except pa.ArrowInvalid:
        raise _no_table(dialect) from None
    unread = []
    for name in table.column_names:
        if name in types and table.column_names.count(name) == 1:
            kind = types[name]
            column, bad = parsed(name, dialect.points(table.column(name), kind), kind)
            place = table.column_names.index(name)
            table = table.set_column(place, pa.field(name, column.type), column)
            unread += [_as_written(bad, kind, dialect)] if bad else []
    known = lines if len(lines) == table.num_rows else None
    return Cells(table, tuple(unread), known)


def _as_written(bad: Unread, kind: pa.DataType, dialect: Dialect) -> Unread:
    texts = dialect.points(pa.chunked_array([pa.array(bad.texts, pa.string())]), kind)
    return replace(bad, texts=tuple(texts.to_pylist()))


def _no_table(dialect: Dialect) -> BadTable:
    if dialect == USUAL:
        return BadTable("it is no table of commas and quotes")
    return BadTable(f"it is no table of '{dialect.delimiter}' and quotes")


def _lines(file: Path, dialect: Dialect) -> Places:
    """The line on which each row begins. Raises BadTable for text of another encoding, BadLines
    for rows with another number of cells than the heading."""
    try:
        heading, *records = _records(file, dialect)
    except UnicodeDecodeError:
        raise _no_text(file, dialect) from None
    except (ValueError, python_csv.Error):
        raise _no_table(dialect) from None
    wrong = [one for one in records if one[1] != heading[1]]
    if wrong:
        cells = sorted({count for _, count in wrong})
        have = f"{cells[0]} cells" if len(cells) == 1 else f"{cells[0]} to {cells[-1]} cells"
        said = lines_said([line for line, _ in wrong])
        verb = "has" if len(wrong) == 1 else "have"
        raise BadLines(f"{said} {verb} {have}; expected {heading[1]}, as the heading")
    return np.array([line for line, _ in records], np.int64)


def _records(file: Path, dialect: Dialect) -> Iterator[tuple[int, int]]:
    """Of the heading and each row the line where it begins and the number of its cells."""
    with file.open(encoding=dialect.codec(), newline="") as stream:
        reader: Any = python_csv.reader(
            stream, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
        )
        before = 0
        for record in reader:
            if record:
                yield before + 1, len(record)
            before = reader.line_num


def _no_text(file: Path, dialect: Dialect) -> BadTable:
    """The error for bytes that aren't of the encoding; lines of two bytes a character have none."""
    name = dialect.encoding.upper()
    with file.open("rb") as stream:
        for number, line in enumerate(stream if name != "UTF-16" else (), 1):
            try:
                line.decode(dialect.encoding)
            except UnicodeDecodeError:
                return BadTable(f"line {number:,} isn't {name}")
    return BadTable(f"it isn't {name}")


def _unsayable(file: Path, types: Mapping[str, pa.DataType], dialect: Dialect) -> BadTable:
    """The error for a type that no cell can hold."""
    for name, kind in types.items():
        if pa.types.is_nested(kind) and name in csv_names(file, dialect):
            return BadTable(f"'{name}' is {kind}, which no cell of CSV can hold: write jsonl")
    return BadTable("a column's type can't be written so: write jsonl or parquet")
