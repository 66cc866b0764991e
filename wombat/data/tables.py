"""Tables that commands wrote: Parquet, Arrow, CSV and JSON lines, by the declared format."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from wombat.data.arrow import arrow_type, canonical_table, wanted_type
from wombat.data.cells import BadLines, BadTable, Cells
from wombat.data.csv_tables import USUAL, Dialect, csv_names, read_csv
from wombat.data.jsonl_tables import read_jsonl
from wombat.data.parquet import read_parquet
from wombat.errors import TaskFailed, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wombat.schema.model import FrameSchema


def read_cells(
    file: Path, kind: str, schema: FrameSchema | None = None, dialect: Dialect = USUAL
) -> Cells:
    """The canonical table of a file, and which of its cells aren't of the schema's types.

    Raises BadTable where it isn't of its format, TaskFailed for what no boundary carries.
    """
    reader = FORMATS.get(kind)
    if reader is None:
        raise BadTable(f"'{kind}' is no table format; expected {', '.join(FORMATS)}")
    try:
        cells = reader(file, schema, dialect)
    except BadLines:
        raise
    except (BadTable, pa.ArrowException, OSError) as fault:
        # pyarrow's message may show a cell
        why = f": {fault}" if isinstance(fault, BadTable) else ""
        raise BadTable(f"{file.name} can't be read as {kind}{why}") from fault
    return replace(cells, table=canonical_table(cells.table, schema))


def read_table(file: Path, kind: str) -> pa.Table:
    """The canonical table of a file that somebody names, whose types are what they look like.

    Raises UsageFault `unreadable-table`.
    """
    try:
        return read_cells(file, kind).table
    except (BadTable, TaskFailed) as fault:
        said = fault.message if isinstance(fault, TaskFailed) else str(fault)
        shown = said if said.startswith(file.name) else f"{file.name}: {said}"
        raise UsageFault(shown, code="unreadable-table") from None


def _types(schema: FrameSchema | None, names: Iterable[str]) -> dict[str, pa.DataType]:
    wanted = {name: wanted_type(schema, name) for name in names}
    found = {name: arrow_type(kind) for name, kind in wanted.items() if kind is not None}
    return {name: kind for name, kind in found.items() if kind is not None}


def _csv(file: Path, schema: FrameSchema | None, dialect: Dialect) -> Cells:
    # text has no types: the schema's are the only ones that can be meant
    named = schema is not None and schema.patterns
    types = _types(schema, csv_names(file, dialect) if named else schema.columns if schema else ())
    return _in_microseconds(read_csv(file, types, dialect), schema)


def _jsonl(file: Path, schema: FrameSchema | None, _: Dialect) -> Cells:
    types = _types(schema, schema.columns if schema else ())
    return _in_microseconds(read_jsonl(file, types), schema)


def _in_microseconds(cells: Cells, schema: FrameSchema | None) -> Cells:
    """Moments of which no schema says more are in microseconds, however many digits stand there."""
    table = cells.table
    for place, field in enumerate(table.schema):
        unit = pa.types.is_timestamp(field.type) and field.type.unit
        if not unit or unit == "us" or wanted_type(schema, field.name) is not None:
            continue
        try:
            column = table.column(place).cast(pa.timestamp("us", field.type.tz))
        except pa.ArrowInvalid:
            continue  # it has nanoseconds
        table = table.set_column(place, pa.field(field.name, column.type), column)
    return replace(cells, table=table)


def _arrow(file: Path, _: FrameSchema | None, __: Dialect) -> Cells:
    with pa.OSFile(str(file)) as stream:
        return Cells(pa.ipc.open_file(stream).read_all())


def _parquet(file: Path, _: FrameSchema | None, __: Dialect) -> Cells:
    return Cells(read_parquet(file))


FORMATS: Final[dict[str, Callable[[Path, FrameSchema | None, Dialect], Cells]]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
    "arrow": _arrow,
}
