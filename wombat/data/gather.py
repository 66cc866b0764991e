"""Parts of a foreach as one frame: one below the other, their keys as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa


def gather_tables(parts: Sequence[tuple[Mapping[str, str], pa.Table]]) -> pa.Table:
    """The tables below one another in the order given; each foreach key is a text column in front.

    Raises TaskFailed `collect-schema` where the parts' columns differ, or where a table has a
    column of a key's name with another value.
    """
    import pyarrow as pa

    first = parts[0][1]
    for _, table in parts[1:]:
        if not table.schema.equals(first.schema):
            raise TaskFailed(
                _difference(first, table),
                code="collect-schema",
                hint="give the producer's output a schema, or collect: dict",
            )
    return pa.concat_tables([_keyed(table, values) for values, table in parts]).combine_chunks()


def _difference(first: pa.Table, table: pa.Table) -> str:
    before = {field.name: str(field.type) for field in first.schema}
    here = {field.name: str(field.type) for field in table.schema}
    for name in (*before, *here):
        if before.get(name) != here.get(name):
            return (
                f"the parts' columns differ: '{name}' is {here.get(name, 'missing')}, before "
                f"{before.get(name, 'missing')}"
            )
    return "the parts' columns stand in different orders"


def _keyed(table: pa.Table, values: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa

    for place, (name, value) in enumerate(values.items()):
        if name not in table.column_names:
            column = pa.array([value] * table.num_rows, pa.string())
            table = table.add_column(place, pa.field(name, pa.string()), column)
        elif not all(str(cell) == value for cell in table.column(name).unique().to_pylist()):
            raise TaskFailed(
                f"the frame has a column '{name}' with other values than the foreach key",
                code="collect-schema",
                hint=f"rename the column '{name}' in the producer",
            )
    return table
