"""What a boundary makes of a frame before it is judged: casts, defaults, columns dropped, fills."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.schema.casts import Lossy, cast_value, castable, same_storage
from wombat.schema.pattern import parse_pattern
from wombat.schema.proof.budget import spend
from wombat.schema.proof.frame import Frame, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.schema.model import Column, FrameSchema
    from wombat.schema.policy import Cast
    from wombat.schema.proof.frame import Side
    from wombat.schema.types import LogicalType


def column_of(schema: FrameSchema, name: str) -> Column | None:
    """What the schema says of a column of that name: its own, or the first pattern's that fits."""
    if name in schema.columns:
        return schema.columns[name]
    place = pattern_of(schema, name)
    return None if place is None else schema.patterns[place].column


def pattern_of(schema: FrameSchema, name: str) -> int | None:
    """The first pattern that a name belongs to; None for the schema's own columns and others."""
    if name in schema.columns:
        return None
    places = range(len(schema.patterns))
    spend(len(places))
    fits = (n for n in places if parse_pattern(schema.patterns[n].match).matches(name))
    return next(fits, None)


def columns_of(schema: FrameSchema, names: Iterable[str]) -> dict[str, Column]:
    """Those of the names that the schema speaks of."""
    if not schema.patterns:
        return {name: schema.columns[name] for name in names if name in schema.columns}
    found = {name: column_of(schema, name) for name in names}
    return {name: column for name, column in found.items() if column is not None}


def shape(
    schema: FrameSchema, frame: Frame, *, side: Side = "produced", cast: Cast = "none"
) -> tuple[Frame, list[Violation]]:
    """The frame that is stored, or that the consumer sees, and the casts that would lose values.

    In turn: casts where the policy allows them (a column with a value that wouldn't survive stays
    as it is), defaults for absent columns, extra columns dropped where they are to be, nulls
    filled. NaN is null from the beginning.
    """
    lost: list[Violation] = []
    known = columns_of(schema, frame.types)
    types, cells = (
        dict(frame.types),
        {n: [_plain(row[n]) for row in frame.rows] for n in frame.types},
    )
    if cast == "safe":
        for name, column in known.items():
            lost += _cast(name, column, types, cells)
    if (schema.extra or ("forbid" if side == "produced" else "drop")) == "drop":
        types = {name: kind for name, kind in types.items() if name in known}
    types = _with_defaults(schema, types, cells, len(frame.rows))
    for name, kind in types.items():
        wanted = schema.columns.get(name) or known.get(name)
        if wanted and wanted.fill_null is not None and same_storage(kind, wanted.type):
            cells[name] = [wanted.fill_null if one is None else one for one in cells[name]]
    rows = tuple({name: cells[name][n] for name in types} for n in range(len(frame.rows)))
    return Frame(types, rows), lost


def is_null(value: Any) -> bool:
    """Whether there is no value; NaN counts as none."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124  # NaN


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return None if is_null(value) else value


def _cast(
    name: str, column: Column, types: dict[str, LogicalType], cells: dict[str, list[Any]]
) -> list[Violation]:
    here = types[name]
    if same_storage(here, column.type) or not castable(here, column.type):
        return []
    made, lost = [], []
    for number, value in enumerate(cells[name]):
        try:
            made.append(None if value is None else cast_value(value, here, column.type))
        except Lossy:
            lost.append(Violation(name, "cast", number))
    if not lost:
        types[name], cells[name] = column.type, made
    return lost


def _with_defaults(
    schema: FrameSchema, types: dict[str, LogicalType], cells: dict[str, list[Any]], rows: int
) -> dict[str, LogicalType]:
    """Each absent column with a default stands behind the column before it in the schema that is
    there, else before the one after it, else at the end."""
    order = list(types)
    for name, column in schema.columns.items():
        if column.default is None or name in types:
            continue
        own = list(schema.columns)
        before = [one for one in own[: own.index(name)] if one in order]
        after = [one for one in own[own.index(name) :] if one in order]
        place = order.index(before[-1]) + 1 if before else order.index(after[0]) if after else None
        order.insert(len(order) if place is None else place, name)
        cells[name] = [column.default] * rows
    kinds = {name: schema.columns[name].type for name in order if name not in types}
    return {name: types[name] if name in types else kinds[name] for name in order}


def stored(schema: FrameSchema) -> FrameSchema:
    """What is true of frames once they are stored: shaped, so that a column with a default is
    there, one with `fill_null` has no nulls, and extra columns are gone or allowed."""
    columns = {name: _stored(column) for name, column in schema.columns.items()}
    patterns = tuple(replace(one, column=_stored(one.column)) for one in schema.patterns)
    return replace(
        schema,
        columns=columns,
        patterns=patterns,
        extra="allow" if schema.extra == "allow" else "forbid",
    )


def _stored(column: Column) -> Column:
    if column.default is None and column.fill_null is None:
        return column
    return replace(
        column,
        required=column.required or column.default is not None,
        nullable=column.nullable and column.fill_null is None,
        default=None,
        fill_null=None,
    )
