"""JSON lines as commands write them: an object a line, whose types are the schema's."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from wombat.data.cells import (
    BadLines,
    BadTable,
    Cells,
    Unread,
    convert,
    lines_said,
    misfits,
    parsed,
)
from wombat.data.json_values import NotJson, from_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KINDS: Final = {
    bool: "true or false", int: "a number", float: "a number", str: "text",
    list: "a list", dict: "an object",
}  # fmt: skip


def read_jsonl(file: Path, types: Mapping[str, pa.DataType]) -> Cells:
    """A table whose columns have these types, and what they look like where they have none.

    Dates, times of day and moments are text, durations whole numbers of their unit. A key that a
    line lacks is null there. Raises BadTable.
    """
    known = {name: _written(kind) for name, kind in types.items()}
    try:
        table = _read(file, known)
        for name in types:
            table = _put(table, name, _typed(table.column(name), types[name]))
        return Cells(table)
    except pa.ArrowInvalid:
        return _by_cells(file, types, known)
    except pa.ArrowNotImplementedError:
        raise BadTable("a column's type can't be written so: write parquet") from None


def _written(kind: pa.DataType) -> pa.DataType:
    """How a type is said in JSON."""
    if pa.types.is_duration(kind):
        return pa.int64()
    return pa.string() if pa.types.is_temporal(kind) else kind


def _typed(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_duration(wanted):
        return column.cast(wanted)
    return convert(column, wanted) if pa.types.is_temporal(wanted) else column


def _put(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), pa.field(name, column.type), column)


def _read(source: Any, known: Mapping[str, pa.DataType], unknown: str = "infer") -> pa.Table:
    schema = pa.schema(list(known.items()))
    options = arrow_json.ParseOptions(
        explicit_schema=schema if len(schema) else None, unexpected_field_behavior=unknown
    )
    return arrow_json.read_json(source, parse_options=options)


def _by_cells(
    file: Path, types: Mapping[str, pa.DataType], known: Mapping[str, pa.DataType]
) -> Cells:
    """Each typed column read alone first, then all without the cells that aren't of their type."""
    numbered = [(n, one) for n, one in enumerate(file.read_bytes().splitlines(), 1) if one.strip()]
    lines = np.array([number for number, _ in numbered], np.int64)
    records = _records(numbered)
    unread: dict[str, Unread] = {}
    texts = [line for _, line in numbered]
    for name, kind in known.items():
        rows = [n for n, one in enumerate(records) if not _seems(one.get(name), kind)]
        rest = [n for n, one in enumerate(records) if name in one and _seems(one[name], kind)]
        lone = [json.dumps({name: records[n][name]}).encode() for n in rest]
        rows += [rest[int(n)] for n in misfits(name, len(lone), _Fits(lone, {name: kind}))]
        unread |= _noted(name, sorted(rows), records, texts)
    try:
        table = _read(io.BytesIO(b"\n".join(texts)), known)
    except pa.ArrowInvalid:
        raise _mixed(records, lines, known) from None
    for name, kind in types.items():
        if not pa.types.is_temporal(kind) or pa.types.is_duration(kind):
            table = _put(table, name, _typed(table.column(name), kind))
            continue
        column, bad = parsed(name, table.column(name), kind)
        table = _put(table, name, column)
        rows = [*(unread[name].rows if name in unread else ()), *(bad.rows if bad else ())]
        unread |= _noted(name, sorted(map(int, rows)), records, texts)
    return Cells(table, tuple(unread.values()), lines)


def _records(numbered: Sequence[tuple[int, bytes]]) -> list[dict[str, Any]]:
    records, wrong = [], []
    for number, line in numbered:
        try:
            record = from_bytes(line)
        except NotJson:
            record = None
        if isinstance(record, dict):
            records.append(record)
        else:
            wrong.append(number)
    if wrong and not records:
        raise BadTable("no line is an object of JSON")
    if wrong:
        verb = "is no object" if len(wrong) == 1 else "are no objects"
        raise BadLines(f"{lines_said(wrong)} {verb} of JSON in UTF-8 with keys that stand once")
    return records


class _Fits:
    """Whether lines can be read as columns of some types."""

    def __init__(self, lines: Sequence[bytes], known: Mapping[str, pa.DataType]) -> None:
        self.lines, self.known = lines, known

    def __call__(self, first: int, last: int) -> bool:
        try:
            _read(io.BytesIO(b"\n".join(self.lines[first:last])), self.known, "ignore")
        except pa.ArrowInvalid:
            return False
        return True


def _noted(
    name: str, rows: list[int], records: Sequence[dict[str, Any]], lines: list[bytes]
) -> dict[str, Unread]:
    """The cells as unread ones; their lines then lack them."""
    if not rows:
        return {}
    texts = tuple(_text(records[row][name]) for row in rows)
    for row in rows:
        left = {key: value for key, value in json.loads(lines[row]).items() if key != name}
        lines[row] = json.dumps(left).encode()
    return {name: Unread(name, np.array(rows, np.int64), texts)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _seems(value: Any, kind: pa.DataType) -> bool:
    """Whether a value of JSON may be of a type: by what it is, not by how large it is."""
    types = pa.types
    if value is None or types.is_decimal(kind):
        return not isinstance(value, bool | list | dict)
    if types.is_boolean(kind):
        return isinstance(value, bool)
    if types.is_integer(kind):
        return type(value) is int
    if types.is_floating(kind):
        return type(value) in (int, float)
    if types.is_nested(kind):
        return isinstance(value, list if types.is_list(kind) else dict)
    return isinstance(value, str)


def _mixed(
    records: Sequence[dict[str, Any]], lines: Any, known: Mapping[str, pa.DataType]
) -> BadTable:
    """The error for a column without a type of its own that is two things."""
    first: dict[str, tuple[str, int]] = {}
    for number, record in zip(lines, records, strict=True):
        for name, value in record.items():
            if value is None or name in known:
                continue
            kind = _KINDS[type(value)]
            was, line = first.setdefault(name, (kind, number))
            if was != kind:
                said = f"'{name}' is {was} on line {line:,} and {kind} on line {number:,}"
                return BadLines(f"{said}; expected one type")
    return BadTable("lists or objects in it have elements of several types")
