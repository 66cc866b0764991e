"""What a boundary makes of a frame before it is judged: casts, defaults, extra columns, fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import arrow_type, column_of, logical_type, selected
from wombat.data.cast import cast_column
from wombat.data.cures import cure
from wombat.data.report import Finding
from wombat.data.structure import is_stored
from wombat.data.told import counted
from wombat.schema.casts import castable
from wombat.schema.constants import physical

if TYPE_CHECKING:
    from wombat.schema.constants import Constant
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Policy
    from wombat.schema.types import LogicalType


@dataclass(frozen=True, slots=True)
class Shaped:
    """The table as it is stored, or as the consumer sees it; `casts` tell of columns that were of
    another type. Columns in `lossy` hold values that a cast would have changed, and are as they
    were."""

    table: pa.Table
    casts: tuple[Finding, ...] = ()
    lossy: tuple[Finding, ...] = ()


def shapes(schema: FrameSchema | None, policy: Policy) -> bool:
    """Whether a frame of that schema may be another once it is shaped, projections apart."""
    if schema is None:
        return False
    columns = (*schema.columns.values(), *(one.column for one in schema.patterns))
    filled = any(one.default is not None or one.fill_null is not None for one in columns)
    return policy.cast == "safe" or filled or schema.extra == "drop"


def shape(
    table: pa.Table, schema: FrameSchema, policy: Policy, library: str | None = None
) -> Shaped:
    """Casts where the policy allows them, then defaults, extra columns, and filled nulls.

    A table that is right already comes back as it is. What is told is cured in `library`.
    """
    made: list[Finding] = []
    lossy: list[Finding] = []
    for name in table.column_names if policy.cast == "safe" else ():
        column = _cast(table, schema, name, policy)
        if isinstance(column, Finding):
            lossy.append(column)
        elif column is not None:
            made.append(_told(schema, name, table.field(name).type, library))
            table = _with_column(table, name, column)
    if schema.extra == "drop":
        known = [name for name in table.column_names if column_of(schema, name)]
        table = table if known == table.column_names else selected(table, known)
    table = _with_defaults(table, schema)
    for name in table.column_names:
        column = column_of(schema, name)
        if (
            column
            and column.fill_null is not None
            and is_stored(table.field(name).type, column.type)
        ):
            table = _filled(table, name, column.fill_null, column.type)
    return Shaped(table, tuple(made), tuple(lossy))


def _told(schema: FrameSchema, name: str, kind: pa.DataType, library: str | None) -> Finding:
    """That a column was of another type."""
    here, column = logical_type(kind), column_of(schema, name)
    assert column is not None  # noqa: S101  # it was cast into its type
    said = f"column '{name}' is {here}, cast to {column.type}"
    return Finding(name, "cast", said, "warn", cure=cure(name, here, column.type, library))


def reshapes(fields: pa.Schema, schema: FrameSchema, policy: Policy) -> bool:
    """Whether a frame with these columns may be another once it is shaped, projections apart."""
    known = {name: column_of(schema, name) for name in fields.names}
    there = {name: one for name, one in known.items() if one is not None}
    cast = policy.cast == "safe" and any(
        _to_cast(fields.field(name).type, one.type) for name, one in there.items()
    )
    added = any(one.default is not None and n not in there for n, one in schema.columns.items())
    return cast or added or any(one.fill_null is not None for one in there.values())


def _to_cast(here: pa.DataType, wanted: LogicalType) -> bool:
    return not is_stored(here, wanted) and castable(logical_type(here), wanted)


def _cast(
    table: pa.Table, schema: FrameSchema, name: str, policy: Policy
) -> pa.ChunkedArray | Finding | None:
    """The column in the schema's type, or what would be lost; None where there is no cast."""
    wanted = column_of(schema, name)
    kind = table.field(name).type
    if wanted is None or not _to_cast(kind, wanted.type):
        return None
    here = logical_type(kind)
    column, lost = cast_column(table.column(name), here, wanted.type)
    if column is not None:
        return column
    rows = np.flatnonzero(lost)
    values = counted(len(rows), "value")
    said = f"column '{name}' is {here}, and {values} would change as {wanted.type}"
    first = tuple(int(row) for row in rows[: policy.cases])
    return Finding(name, "cast", said, "error", len(rows), table.num_rows, first)


def _with_column(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    place = table.column_names.index(name)
    return table.set_column(place, pa.field(name, column.type), column)


def _with_defaults(table: pa.Table, schema: FrameSchema) -> pa.Table:
    """Each absent column with a default stands behind the column before it in the schema that is
    there, else before the one after it, else at the end."""
    own = list(schema.columns)
    for number, (name, column) in enumerate(schema.columns.items()):
        names = table.column_names
        if column.default is None or name in names:
            continue
        before = [names.index(one) for one in own[:number] if one in names]
        after = [names.index(one) for one in own[number:] if one in names]
        place = before[-1] + 1 if before else after[0] if after else len(names)
        value = scalar_of(column.default, column.type)
        filled = pa.chunked_array([pa.repeat(value, table.num_rows)], value.type)
        table = table.add_column(place, pa.field(name, value.type), filled)
    return table


def _filled(table: pa.Table, name: str, value: Constant, kind: LogicalType) -> pa.Table:
    column = table.column(name)
    if not column.null_count:
        return table
    return _with_column(table, name, pc.fill_null(column, scalar_of(value, kind)))


def scalar_of(value: Constant, kind: LogicalType) -> pa.Scalar:
    """A constant of a schema in the canonical type of its column."""
    arrow = arrow_type(kind)
    if kind.family == "temporal":
        whole = pa.scalar(physical(value, kind), pa.int32() if kind.kind == "date" else pa.int64())
        return whole.cast(arrow)
    return pa.scalar(value, arrow)
