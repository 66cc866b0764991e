"""The frames of a task's parts put together; their foreach keys become columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from wombat.data.parquet import NAME, read_parquet
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Parts = Sequence[tuple[Mapping[str, str], Path]]
    """Each part's foreach values and the folder of its artifact, in the order of the rows."""


def collect_table(parts: Parts) -> pa.Table:
    """One canonical table: the foreach keys first, as text, then the columns of the parts.

    A column that is null throughout in one part takes its type from the others. Raises TaskFailed
    `collect-schema` where parts differ in columns or types, or where a part has a column of a
    key's name with another value.
    """
    tables = [_keyed(read_parquet(folder / NAME), values) for values, folder in parts]
    for (values, _), table in zip(parts, tables, strict=True):
        _same(tables[0], table, values)
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _same(first: pa.Table, table: pa.Table, values: Mapping[str, str]) -> None:
    before = {field.name: field.type for field in first.schema}
    here = {field.name: field.type for field in table.schema}
    if list(before) != list(here) and set(before) == set(here):
        raise _mismatch(values, "the columns stand in another order")
    for name in (*before, *here):
        kinds = {before.get(name, "missing"), here.get(name, "missing")}
        if len(kinds - {pa.null()}) > 1:
            said = f"'{name}' is {here.get(name, 'missing')}, before {before.get(name, 'missing')}"
            raise _mismatch(values, said)


def _keyed(table: pa.Table, values: Mapping[str, str]) -> pa.Table:
    """The table with a column for each key; one that it has already must say the same."""
    for place, (name, value) in enumerate(values.items()):
        if name not in table.column_names:
            column = pa.repeat(pa.scalar(value, pa.string()), table.num_rows)
            table = table.add_column(place, pa.field(name, pa.string()), column)
        elif not all(str(cell) == value for cell in table.column(name).unique().to_pylist()):
            raise TaskFailed(
                f"the frame has a column '{name}' with other values than the foreach key",
                code="collect-schema",
                hint=f"rename the column '{name}' in the producer",
            )
    return table


def _mismatch(values: Mapping[str, str], said: str) -> TaskFailed:
    part = ", ".join(f"{key}={value}" for key, value in values.items())
    return TaskFailed(
        f"the parts can't be one frame: in [{part}] {said}",
        code="collect-schema",
        hint="give the producer's output a schema, or collect: dict",
    )
