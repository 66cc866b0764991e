"""Tables that commands wrote: Parquet, Arrow, CSV and JSON lines, by the declared format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from wombat.data.arrow import arrow_type, canonical_table
from wombat.data.artifacts import mismatch
from wombat.data.parquet import read_parquet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.data.artifacts import Spec
    from wombat.schema.model import FrameSchema


def read_table(file: Path, spec: Spec) -> pa.Table:
    """The canonical table of a file; TaskFailed `return-mismatch` where it isn't of its format."""
    kind = spec.options.get("format") or "parquet"
    reader = FORMATS.get(kind)
    if reader is None:
        raise mismatch(spec, f"'{kind}' is no table format; expected {', '.join(FORMATS)}")
    try:
        return canonical_table(reader(file, spec.schema), spec.schema)
    except (pa.ArrowException, OSError) as fault:
        # pyarrow's message may show a cell
        raise mismatch(spec, f"{file.name} can't be read as {kind}") from fault


def _types(schema: FrameSchema | None) -> dict[str, Any]:
    if schema is None:
        return {}
    found = {name: arrow_type(column.type) for name, column in schema.columns.items()}
    return {name: kind for name, kind in found.items() if kind is not None}


def _csv(file: Path, schema: FrameSchema | None) -> pa.Table:
    from pyarrow import csv

    # text has no types: the schema's are the only ones that can be meant; an empty cell is null
    options = csv.ConvertOptions(
        column_types=_types(schema),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return csv.read_csv(file, convert_options=options)


def _jsonl(file: Path, schema: FrameSchema | None) -> pa.Table:
    from pyarrow import json

    known = pa.schema(list(_types(schema).items()))
    options = json.ParseOptions(explicit_schema=known if len(known) else None)
    return json.read_json(file, parse_options=options)


def _arrow(file: Path, _: FrameSchema | None) -> pa.Table:
    with pa.OSFile(str(file)) as stream:
        return pa.ipc.open_file(stream).read_all()


def _parquet(file: Path, _: FrameSchema | None) -> pa.Table:
    return read_parquet(file)


FORMATS: Final[dict[str, Callable[[Path, FrameSchema | None], pa.Table]]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
    "arrow": _arrow,
}
