"""Lists and structs made of Python's values, which have no widths, units or order of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from wombat.data.arrow import arrow_type, logical_type
from wombat.data.cast import cast_column
from wombat.data.nested import with_leaves
from wombat.schema.casts import castable

if TYPE_CHECKING:
    from wombat.schema.types import LogicalType


def as_meant(column: pa.ChunkedArray, wanted: LogicalType) -> pa.ChunkedArray:
    """A nested column inferred from Python's values, in the type that a schema says where no
    value changes by it; else as it is."""
    target = arrow_type(wanted)
    if target is None or column.type == target:
        return column
    try:
        # what says nothing, and the order of fields, which no cast of ours changes
        column = column.cast(with_leaves(_in_order(column.type, target), target, _unsaid))
    except pa.ArrowException:
        return column
    meant = logical_type(with_leaves(column.type, target, _meant))
    made = logical_type(column.type)
    if made == meant or not castable(made, meant):
        return column
    cast, _ = cast_column(column, made, meant)
    return column if cast is None else cast


def _in_order(here: pa.DataType, wanted: pa.DataType) -> pa.DataType:
    """Structs with the same fields have them in the wanted order."""
    if pa.types.is_list(here) and pa.types.is_list(wanted):
        return pa.list_(pa.field("element", _in_order(here.value_type, wanted.value_type)))
    if pa.types.is_struct(here) and pa.types.is_struct(wanted):
        known = {one.name: one.type for one in here}
        if known.keys() == {one.name for one in wanted}:
            return pa.struct([(one.name, _in_order(known[one.name], one.type)) for one in wanted])
    return here


def _unsaid(here: pa.DataType, wanted: pa.DataType) -> pa.DataType:
    return wanted if pa.types.is_null(here) else here


def _meant(here: pa.DataType, wanted: pa.DataType) -> pa.DataType:
    """What a value of Python stands for: any width of a number, any unit of a moment."""
    python = (pa.int64(), pa.float64(), pa.duration("us"))
    moment = pa.types.is_timestamp(here)
    plain = logical_type(here).family == logical_type(wanted).family
    return wanted if plain and (here in python or moment) else here
