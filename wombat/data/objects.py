"""Columns made of Python's values, which have no widths, units or order of fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from wombat.data.arrow import arrow_type, logical_type
from wombat.data.cast import cast_column
from wombat.data.nested import with_leaves
from wombat.schema.casts import castable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.schema.types import LogicalType


KEYS: Final = "keys"
_PLAIN: Final = re.compile(r"[A-Za-z_]\w{0,39}")


def clash(values: Iterable[Any]) -> str | None:
    """What keeps lists and dicts of Python from being one type: `'k' is int and str`.

    None where it isn't seen. Keys that look like somebody's data aren't named.
    """
    kinds: dict[str, set[str]] = {}
    for value in values:
        _note(value, "", kinds)
    for path, found in kinds.items():
        if path.endswith(KEYS) and found != {"str"}:
            return f"keys are {' and '.join(sorted(found))}; expected str"
        found.discard("NoneType")
        if path and len(found) > 1 and found != {"int", "float"}:
            return f"{path} is {' and '.join(sorted(found))}"
    return None


def _note(value: Any, path: str, kinds: dict[str, set[str]]) -> None:
    kinds.setdefault(path, set()).add(type(value).__name__)
    if isinstance(value, list | tuple):
        for one in value:
            _note(one, f"an element of {path}" if path else "an element", kinds)
    elif isinstance(value, dict):
        for key, one in value.items():
            kinds.setdefault(f"{path} {KEYS}", set()).add(type(key).__name__)
            shown = f"'{key}'" if _PLAIN.fullmatch(str(key)) else "a key"
            _note(one, f"{shown} in {path}" if path else shown, kinds)


def as_meant(column: pa.ChunkedArray, wanted: LogicalType) -> pa.ChunkedArray:
    """A column inferred from Python's values, in the type that a schema says where no
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
    made, meant = logical_type(here), logical_type(wanted)
    if pa.types.is_timestamp(here) or pa.types.is_duration(here):
        return wanted if made.kind == meant.kind else here
    python = here in (pa.int64(), pa.float64())
    return wanted if python and made.family == meant.family else here
