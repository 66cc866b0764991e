"""Arrow schemas as ours, and ours as Arrow's: types, nullability and order; values aren't said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from wombat.data.arrow import plain_type
from wombat.errors import TaskFailed
from wombat.schema.model import Column, FrameSchema
from wombat.schema.types import Element, LogicalType

if TYPE_CHECKING:
    from pathlib import Path


def schema_of_arrow(arrow: pa.Schema, name: str) -> tuple[FrameSchema, list[str]]:
    """The schema of a table's columns, and what it doesn't say: dictionaries, wide types, metadata.

    Raises TaskFailed `return-mismatch` for names that stand twice, ValueError for a type that no
    boundary carries.
    """
    twice = sorted({one for one in arrow.names if arrow.names.count(one) > 1})
    if twice:
        raise TaskFailed(f"column '{twice[0]}' stands twice", code="duplicate-column")
    columns, lost = {}, []
    for field in arrow:
        plain = plain_type(field.type)
        columns[field.name] = Column(logical(plain, field.type), nullable=field.nullable)
        if not _same(plain, field.type):
            lost.append(f"columns.{field.name}: {field.type} is {columns[field.name].type} here")
    return FrameSchema(name, columns), lost


def _same(plain: pa.DataType, written: pa.DataType) -> bool:
    # names and nullability of elements are read off what was written
    return bool(pa.types.is_nested(plain) or plain == written)


def logical(plain: pa.DataType, written: pa.DataType | None = None) -> LogicalType:
    """The logical type of a canonical Arrow type; nullability of elements as `written` says it.

    Raises ValueError for types that have none.
    """
    from wombat.data.arrow import logical_type

    if pa.types.is_list(plain):
        inner = getattr(written, "value_field", None)
        return LogicalType("list", item=_element(plain.value_type, inner))
    if pa.types.is_struct(plain):
        said = {} if written is None else {one.name: one for one in _fields(written)}
        fields = [(one.name, _element(one.type, said.get(one.name))) for one in plain]
        return LogicalType("struct", fields=tuple(fields))
    found = logical_type(plain)
    if found.kind == "any":
        raise ValueError(f"the Arrow type {written or plain}")
    return found


def _fields(written: pa.DataType) -> list[pa.Field]:
    """Of a struct; a map is stored as a list of structs, and its keys are never null."""
    return list(written) if pa.types.is_struct(written) else []


def _element(plain: pa.DataType, field: pa.Field | None) -> Element:
    kind = logical(plain, field.type if field is not None else None)
    return Element(kind, nullable=field is None or field.nullable)


def arrow_of_schema(schema: FrameSchema) -> tuple[pa.Schema, list[str]]:
    """Arrow's schema of the columns in their canonical types, and what it can't say."""
    fields, lost = [], []
    for name, column in schema.columns.items():
        if column.type.kind == "any":
            lost.append(f"columns.{name} (any type)")
            continue
        said = column.type.kind == "enum" or column.checks() or column.custom or column.unique
        lost += [f"columns.{name} (its checks)"] if said else []
        lost += [f"columns.{name}.required"] if not column.required else []
        lost += [
            f"columns.{name}.{word}"
            for word in ("default", "fill_null")
            if getattr(column, word) is not None
        ]
        fields.append(pa.field(name, _arrow(column.type), nullable=schema.nulls_allowed(name)))
    words = ("key", "unique", "rows", "patterns", "rules", "drift")
    lost += [word for word in words if getattr(schema, word)]
    return pa.schema(fields), lost


def _arrow(kind: LogicalType) -> pa.DataType:
    from wombat.data.arrow import arrow_type

    if kind.item is not None:
        inner = pa.field("element", _arrow(kind.item.type), nullable=kind.item.nullable)
        return pa.list_(inner)
    if kind.fields:
        return pa.struct(
            [pa.field(name, _arrow(one.type), nullable=one.nullable) for name, one in kind.fields]
        )
    return arrow_type(kind)


def read_arrow_schema(file: Path) -> pa.Schema:
    """The schema of a Parquet or Arrow file, or of one that holds an Arrow schema alone.

    Raises pa.ArrowException or OSError for others; no data is read.
    """
    import pyarrow.parquet as pq

    with pa.OSFile(str(file)) as stream:
        head = stream.read(6)
    if head[:4] == b"PAR1":
        return pq.read_schema(file)
    with pa.OSFile(str(file)) as stream:
        if head == b"ARROW1":
            return pa.ipc.open_file(stream).schema
        return pa.ipc.read_schema(stream)
