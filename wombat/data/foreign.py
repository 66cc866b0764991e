"""Files of others read as one frame: a table of a known format, or a folder of Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import pyarrow as pa

from wombat.data.arrow import arrow_type, canonical_table, wanted_type
from wombat.data.cells import BadTable, Cells, parsed
from wombat.data.judged_cells import taken_of
from wombat.data.parquet import read_parquet
from wombat.data.tables import read_cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.schema.model import FrameSchema

FOLDER: Final = "folder"
SUFFIXES: Final = (".parquet", ".pq")
_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
_LOG: Final = "_delta_log"


def read_foreign(folder: Path, name: str | None, kind: str, schema: FrameSchema) -> Cells:
    """What a consumer takes of it, canonical, and which of its cells aren't of the schema's types.

    `kind` is a format of `read_cells`, of the one file `name`; or FOLDER: all Parquet files below,
    where steps `KEY=VALUE` of a path are columns, and what begins with `_` or `.` is none of it.
    Raises BadTable, TaskFailed for what no boundary carries.
    """
    if kind == FOLDER:
        return Cells(_stacked(list(_parts(folder, schema))))
    assert name is not None  # noqa: S101  # a file has a name
    if kind == "parquet":
        return Cells(_parquet(folder / name, name, schema))
    return taken_of(read_cells(folder / name, kind, schema), schema)


def _parts(folder: Path, schema: FrameSchema) -> Iterator[tuple[str, pa.Table]]:
    """Each file's path and table, in the order of their paths."""
    if (folder / _LOG).is_dir():
        raise BadTable(f"it is a Delta table: which of its files count stands in {_LOG}")
    files = {one.relative_to(folder).as_posix(): one for one in folder.rglob("*") if one.is_file()}
    for path, file in sorted(files.items()):
        *steps, name = path.split("/")
        if any(step.startswith(("_", ".")) for step in (*steps, name)):
            continue
        if not name.endswith(SUFFIXES):
            raise BadTable(f"{path} isn't called as a Parquet file is; expected those alone")
        yield path, _keyed(_parquet(file, path, schema), path, steps, schema)


def _parquet(file: Path, path: str, schema: FrameSchema) -> pa.Table:
    try:
        return canonical_table(read_parquet(file, schema), schema)
    except (pa.ArrowException, OSError):
        # pyarrow's message may show a cell
        raise BadTable(f"{path} can't be read as parquet") from None


def _keyed(table: pa.Table, path: str, steps: list[str], schema: FrameSchema) -> pa.Table:
    """With a column for each step `KEY=VALUE` of its path, in the type that the schema wants."""
    pairs = [step.partition("=") for step in steps]
    for place, (key, value) in enumerate((unquote(k), v) for k, mark, v in pairs if mark):
        if key in table.column_names:
            raise BadTable(f"{path} has a column '{key}', which a step of its path says, too")
        text = None if value == _NULL else unquote(value)
        column = pa.chunked_array([pa.repeat(pa.scalar(text, pa.string()), table.num_rows)])
        column = _typed(key, column, schema)
        table = table.add_column(place, pa.field(key, column.type), column)
    return table


def _typed(key: str, column: pa.ChunkedArray, schema: FrameSchema) -> pa.ChunkedArray:
    """Text that can't be of the type stays text: the schema then tells."""
    wanted = wanted_type(schema, key)
    kind = arrow_type(wanted) if wanted else None
    if kind is None or pa.types.is_nested(kind) or kind == column.type:
        return column
    converted, bad = parsed(key, column, kind)
    return column if bad else converted


def _stacked(parts: list[tuple[str, pa.Table]]) -> pa.Table:
    """One below the other; BadTable where one has other columns than the first."""
    if not parts:
        raise BadTable("there is no Parquet file in it")
    before, first = parts[0]
    known = {field.name: field.type for field in first.schema}
    for path, table in parts:
        here = {field.name: field.type for field in table.schema}
        for name in (*known, *here):
            kinds = {known.get(name, "missing"), here.get(name, "missing")}
            if len(kinds - {pa.null()}) > 1:
                said = f"'{name}' is {here.get(name, 'missing')}"
                raise BadTable(f"{path}: {said}, in {before} {known.get(name, 'missing')}")
    tables = [table.select(first.column_names) for _, table in parts]
    return pa.concat_tables(tables, promote_options="default").combine_chunks()
