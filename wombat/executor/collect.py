"""Collecting the parts of a foreach: frames one below the other, their keys as columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


def inner(annotation: Any) -> Any:
    """What a list's or dict's annotation says of its values; None where it says nothing."""
    if isinstance(annotation, str):
        _, bracket, rest = annotation.strip("'\"").partition("[")
        return rest.rstrip("]").rpartition(",")[2].strip() if bracket else None
    arguments = get_args(annotation)
    return arguments[-1] if arguments else None


def merge_frames(given: dict[str, Any], folders: Mapping[str, Path], shown: str) -> Path:
    """One frame of all parts, in the order of their labels; a folder with `data.parquet`.

    Each foreach key that is collected becomes a text column, before the others. Raises TaskFailed
    `collect-schema` where the parts' columns differ.
    """
    from wombat.data.engines import load_engine

    load_engine("pyarrow")  # says which extra is missing
    import pyarrow as pa

    from wombat.data.parquet import NAME, read_parquet, write_parquet

    tables: list[pa.Table] = []
    for label, folder in folders.items():
        table = read_parquet(folder / NAME)
        _same(tables, table, f"{shown}: input '{given['name']}'", label)
        tables.append(table)
    keyed = [
        _keyed(table, given["parts"][label]["values"], f"{shown}: input '{given['name']}'")
        for table, label in zip(tables, folders, strict=True)
    ]
    target = Path(given["folder"]) / "frame"
    target.mkdir()
    write_parquet(pa.concat_tables(keyed).combine_chunks(), target / NAME)
    given["parts"] = None
    return target


def _same(before: list[pa.Table], table: pa.Table, shown: str, label: str) -> None:
    if not before or before[0].schema.equals(table.schema):
        return
    first = {field.name: str(field.type) for field in before[0].schema}
    here = {field.name: str(field.type) for field in table.schema}
    names = [name for name in (*first, *here) if first.get(name) != here.get(name)]
    told = "the columns' order differs"
    if names:
        name = names[0]
        told = f"'{name}' is {here.get(name, 'missing')}, before {first.get(name, 'missing')}"
    raise TaskFailed(
        f"{shown}: part [{label}] has other columns than the parts before: {told}",
        code="collect-schema",
        hint="give the producer's output a schema, or collect: dict",
    )


def _keyed(table: pa.Table, values: Mapping[str, str], shown: str) -> pa.Table:
    """The table with a column for each key; one that it has already must say the same."""
    import pyarrow as pa

    for place, (name, value) in enumerate(values.items()):
        if name not in table.column_names:
            column = pa.array([value] * table.num_rows, pa.string())
            table = table.add_column(place, pa.field(name, pa.string()), column)
        elif not all(str(cell) == value for cell in table.column(name).unique().to_pylist()):
            raise TaskFailed(
                f"{shown}: the frame has a column '{name}' with other values than the foreach key",
                code="collect-schema",
                hint=f"rename the column '{name}' in the producer",
            )
    return table
