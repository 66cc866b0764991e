"""What is wrong with a frame as such: names, types and order of columns, how many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.data.arrow import column_of, logical_type
from wombat.data.cures import cure
from wombat.data.report import Finding
from wombat.data.told import counted
from wombat.schema.casts import same_storage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pyarrow as pa

    from wombat.schema.model import Column, FrameSchema
    from wombat.schema.types import LogicalType


def fitting(
    fields: pa.Schema, schema: FrameSchema, skip: Collection[str] = ()
) -> dict[str, Column]:
    """The columns that the schema speaks of and that are in its types, in the schema's order."""
    named = [name for name in schema.columns if name in fields.names]
    others = [name for name in fields.names if name not in schema.columns]
    known = {name: column_of(schema, name) for name in (*named, *others) if name not in skip}
    return {n: one for n, one in known.items() if one and is_stored(fields.field(n).type, one.type)}


def is_stored(here: pa.DataType, wanted: LogicalType) -> bool:
    """Whether a column of a canonical type is stored as a type says."""
    return wanted.kind == "any" or same_storage(logical_type(here), wanted)


def structure(
    fields: pa.Schema,
    rows: int,
    schema: FrameSchema,
    skip: Collection[str] = (),
    library: str | None = None,
) -> Iterator[Finding]:
    """Missing, mistyped and extra columns, patterns, order and rows; types of `skip` are known.

    Types are cured in `library`.
    """
    for name, column in schema.columns.items():
        if name not in fields.names:
            if column.required:
                yield Finding(name, "missing", f"column '{name}' is missing")
        elif name not in skip:
            yield from _types(fields, name, column, library)
    for name in fields.names:
        if name in schema.columns:
            continue
        pattern = column_of(schema, name)
        if pattern is not None and name not in skip:
            yield from _types(fields, name, pattern, library)
        elif pattern is None and (schema.extra or "forbid") == "forbid":
            yield Finding(name, "extra", f"column '{name}' isn't in {schema.name}")
    yield from _counts(fields.names, rows, schema)


def _types(fields: pa.Schema, name: str, column: Column, library: str | None) -> Iterator[Finding]:
    here = fields.field(name).type
    if not is_stored(here, column.type):
        kind = logical_type(here)
        shown = here if kind.kind == "any" else kind
        said = f"column '{name}' is {shown}; expected {column.type}"
        yield Finding(name, "type", said, cure=cure(name, kind, column.type, library))


def _counts(names: list[str], rows: int, schema: FrameSchema) -> Iterator[Finding]:
    others = [name for name in names if name not in schema.columns]
    for pattern in schema.patterns:
        count = sum(column_of(schema, name) is pattern.column for name in others)
        if count < pattern.at_least:
            verb = "matches" if count == 1 else "match"
            said = f"{counted(count, 'column')} {verb} {pattern.match!r}"
            said += f"; expected at least {pattern.at_least}"
            yield Finding(None, "pattern", said)
    if schema.ordered and not _in_order(list(schema.columns), names):
        wanted = ", ".join(name for name in schema.columns if name in names)
        yield Finding(None, "order", f"the columns don't stand in their order: {wanted}")
    least, most = schema.rows or (None, None)
    if rows < (least or 0) or (most is not None and rows > most):
        expected = f"at least {least:,}" if most is None else f"{least or 0:,} to {most:,}"
        said = f"{counted(rows, 'row')}; expected {expected}"
        yield Finding(None, "rows", said)


def _in_order(own: list[str], names: list[str]) -> bool:
    """The schema's own columns stand side by side in its order."""
    places = [names.index(name) for name in own if name in names]
    return not places or places == list(range(places[0], places[0] + len(places)))
