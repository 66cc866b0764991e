"""The canonical Arrow table: one layout for the same data, whatever library made it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.limits import check_texts, check_type, check_values, unknown_column
from wombat.data.nested import is_nested, leaves, rebuilt, with_leaves
from wombat.errors import TaskFailed
from wombat.schema.pattern import parse_pattern
from wombat.schema.types import Element, LogicalType
from wombat.schema.zones import canonical_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wombat.schema.model import Column, FrameSchema

_PLAIN: Final[dict[str, pa.DataType]] = {
    **{f"int{bits}": getattr(pa, f"int{bits}")() for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": getattr(pa, f"uint{bits}")() for bits in (8, 16, 32, 64)},
    "float32": pa.float32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "enum": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "time": pa.time64("ns"),
}
_NAMES: Final = {arrow: name for name, arrow in _PLAIN.items() if name != "enum"}
DECIMAL_DIGITS: Final = 38


def arrow_type(kind: LogicalType) -> pa.DataType | None:
    """The canonical Arrow type; None for `any`. An enumeration is stored as text."""
    if kind.kind == "timestamp":
        return pa.timestamp(kind.unit, tz=kind.timezone)
    if kind.kind == "duration":
        return pa.duration(kind.unit)
    if kind.kind == "decimal":
        return pa.decimal128(kind.precision, kind.scale)
    if kind.item is not None:
        return pa.list_(pa.field("element", arrow_type(kind.item.type) or pa.null()))
    if kind.fields:
        inner = [(name, arrow_type(one.type) or pa.null()) for name, one in kind.fields]
        return pa.struct(inner)
    return _PLAIN.get(kind.kind)


def logical_type(arrow: pa.DataType) -> LogicalType:
    """The logical type of a canonical Arrow type, `any` for what has none (nulls alone).

    Arrow's canonical types don't say whether elements may be null: here they mayn't.
    """
    if pa.types.is_timestamp(arrow):
        return LogicalType("timestamp", unit=arrow.unit, timezone=arrow.tz)
    if pa.types.is_duration(arrow):
        return LogicalType("duration", unit=arrow.unit)
    if pa.types.is_decimal128(arrow):
        return LogicalType("decimal", precision=arrow.precision, scale=arrow.scale)
    if pa.types.is_list(arrow):
        return LogicalType("list", item=Element(logical_type(arrow.value_type)))
    if pa.types.is_struct(arrow):
        fields = tuple((one.name, Element(logical_type(one.type))) for one in arrow)
        return LogicalType("struct", fields=fields)
    return LogicalType(_NAMES.get(arrow, "any"))


def plain_type(arrow: pa.DataType) -> pa.DataType:
    """The canonical type for an Arrow type: one width, no dictionary, no view, no metadata."""
    types = pa.types
    if types.is_dictionary(arrow) or types.is_run_end_encoded(arrow):
        return plain_type(arrow.value_type)
    if types.is_large_string(arrow) or types.is_string_view(arrow):
        return pa.string()
    if types.is_large_binary(arrow) or types.is_fixed_size_binary(arrow):
        return pa.binary()
    if types.is_binary_view(arrow):
        return pa.binary()
    if types.is_timestamp(arrow):
        return pa.timestamp(arrow.unit, tz=canonical_zone(arrow.tz))
    if types.is_time(arrow):
        return pa.time64("ns")
    return _plain_number(arrow) or _plain_nested(arrow) or arrow


def _plain_number(arrow: pa.DataType) -> pa.DataType | None:
    if pa.types.is_date64(arrow):
        return pa.date32()
    if pa.types.is_float16(arrow):
        return pa.float32()
    if pa.types.is_decimal(arrow) and arrow.precision <= DECIMAL_DIGITS:
        return pa.decimal128(arrow.precision, arrow.scale)
    return None


def _plain_nested(arrow: pa.DataType) -> pa.DataType | None:
    types = pa.types
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    views = (types.is_list_view, types.is_large_list_view)
    if any(test(arrow) for test in (*lists, *views)):
        return pa.list_(pa.field("element", plain_type(arrow.value_type)))
    if types.is_map(arrow):
        pair = [pa.field("key", plain_type(arrow.key_type))]
        pair.append(pa.field("value", plain_type(arrow.item_type)))
        return pa.list_(pa.field("element", pa.struct(pair)))
    if types.is_struct(arrow):
        return pa.struct([pa.field(one.name, plain_type(one.type)) for one in arrow])
    return None


def holds_members(arrow: pa.DataType) -> bool:
    """Whether a column of this type can have an enumeration's members: text, or no value at all."""
    return plain_type(arrow) in (pa.string(), pa.null())


def canonical_table(table: pa.Table, schema: FrameSchema | None = None) -> pa.Table:
    """The same data in canonical types, NaN as null, without metadata; rows and columns keep
    their order.

    A schema decides where a type can be written in several ways without changing a value: a
    column without any value, decimals' digits, seconds as milliseconds. It never casts.
    Raises TaskFailed `return-mismatch` for types and values that no boundary carries,
    `duplicate-column` for names that stand twice.
    """
    if not table.num_columns:
        return selected(table, [])
    return canonical_columns(table.column_names, table.columns, schema)


def selected(table: pa.Table, names: list[str]) -> pa.Table:
    """Some columns of a table. Without any it has no rows: its file won't have them either."""
    return table.select(names) if names else pa.table({})


def canonical_columns(
    names: Sequence[str], columns: Iterable[pa.ChunkedArray], schema: FrameSchema | None
) -> pa.Table:
    """The same of columns that come one by one, so that no more than one stands there twice."""
    check_names(names)
    pairs = zip(names, columns, strict=True)
    made = [canonical_column(name, column, wanted_type(schema, name)) for name, column in pairs]
    fields = [pa.field(name, column.type) for name, column in zip(names, made, strict=True)]
    return pa.Table.from_arrays(made, schema=pa.schema(fields))


def check_names(names: Sequence[Any]) -> None:
    """Raises TaskFailed for column names that aren't text or stand twice."""
    for name in names:
        if not isinstance(name, str):
            raise TaskFailed(
                f"a column is named by a {type(name).__name__}; expected text",
                code="return-mismatch",
                hint="frame.columns = frame.columns.map(str)",
            )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise TaskFailed(
            f"column '{twice[0]}' stands twice; expected each name once", code="duplicate-column"
        )


def canonical_column(
    name: str, column: pa.ChunkedArray, wanted: LogicalType | None
) -> pa.ChunkedArray:
    """One column in its canonical type, NaN as null."""
    if isinstance(column.type, pa.BaseExtensionType):
        raise unknown_column(name, column.type)
    target = plain_type(column.type)
    check_type(name, target)
    if wanted is not None:
        target = _aligned(column, target, wanted)
    if column.type != target:
        try:
            column = column.cast(target)
        except pa.ArrowException:
            raise unknown_column(name, column.type) from None
    check_values(name, column)
    for leaf in leaves(column):
        check_texts(name, leaf)
    return _without_nan(column)


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    floats = (one for one in leaves(column) if pa.types.is_floating(one.type))
    if not any(pc.any(pc.is_nan(one)).as_py() for one in floats):
        return column
    return rebuilt(column, _nulled) if is_nested(column.type) else _nulled(column)


def _nulled(values: Any) -> Any:
    if not pa.types.is_floating(values.type):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)


def _aligned(column: pa.ChunkedArray, plain: pa.DataType, wanted: LogicalType) -> pa.DataType:
    target = arrow_type(wanted)
    if target is None or target == plain:
        return plain
    for chosen in (with_leaves(plain, target, _alternative), with_leaves(plain, target, _known)):
        try:
            column.cast(chosen)
        except pa.ArrowException:
            continue
        return chosen
    return plain


def _known(here: pa.DataType, wanted: pa.DataType) -> pa.DataType:
    """The wanted type for what says nothing: a column, or elements, none of which is there."""
    return wanted if pa.types.is_null(here) else here


def _alternative(here: pa.DataType, wanted: pa.DataType) -> pa.DataType:
    """Types between which libraries choose by themselves: digits of decimals, and milliseconds
    where a library has no seconds.
    """
    if pa.types.is_decimal(here) and pa.types.is_decimal(wanted):
        return wanted
    made, meant = logical_type(here), logical_type(wanted)
    same = replace(made, unit="s") == meant and (made.unit, meant.unit) == ("ms", "s")
    return wanted if same else _known(here, wanted)


def wanted_type(schema: FrameSchema | None, name: str) -> LogicalType | None:
    """What a schema says of a column of that name, itself or by its first pattern that fits."""
    column = column_of(schema, name) if schema else None
    return column.type if column else None


def column_of(schema: FrameSchema, name: str) -> Column | None:
    """What holds of a column: the schema's own, else that of the first pattern that fits."""
    if name in schema.columns:
        return schema.columns[name]
    fitting = (one for one in schema.patterns if parse_pattern(one.match).matches(name))
    return next((one.column for one in fitting), None)


def project(table: pa.Table, schema: FrameSchema | None) -> pa.Table:
    """What a consumer takes: under `drop`, its default, only the columns that it names."""
    names = taken(table.column_names, schema)
    return table if names == table.column_names else table.select(names)


def taken(names: list[str], schema: FrameSchema | None) -> list[str]:
    """Of a frame's columns those that a consumer takes, in their order."""
    if schema is None or (schema.extra or "drop") != "drop":
        return names
    return [name for name in names if column_of(schema, name)]
