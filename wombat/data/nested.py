"""What lies within lists and structs: nulls that may not be, NaN, and types that say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.schema.types import LogicalType

    Bits = np.ndarray[Any, np.dtype[np.bool_]]


def is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_struct(kind))


def has_nulls_within(column: pa.ChunkedArray | pa.Array, kind: LogicalType) -> Bits:
    """Of each row, whether an element or field in it is null that mayn't be."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    bad = np.zeros(len(column), bool)
    if kind.item is not None:
        inner = pc.list_flatten(column)
        wrong = _wrong(inner, kind.item.type, nullable=kind.item.nullable)
        if wrong.any():
            bad[pc.list_parent_indices(column).to_numpy()[wrong]] = True
        return bad
    there = _bits(column.is_valid())
    for number, (_, one) in enumerate(kind.fields):
        field = pc.struct_field(column, [number])
        bad |= _wrong(field, one.type, nullable=one.nullable) & there
    return bad


def _wrong(values: pa.Array, kind: LogicalType, *, nullable: bool) -> Bits:
    wrong = np.zeros(len(values), bool) if nullable else _bits(values.is_null())
    return wrong | has_nulls_within(values, kind) if kind.family == "nested" else wrong


def _bits(flags: Any) -> Bits:
    found: Bits = flags.to_numpy(zero_copy_only=False)
    return found


def leaves(column: pa.ChunkedArray | pa.Array) -> Iterator[Any]:
    """The plain columns in a column: itself, or what lists and structs hold."""
    if pa.types.is_list(column.type):
        yield from leaves(pc.list_flatten(column))
    elif pa.types.is_struct(column.type):
        for number in range(column.type.num_fields):
            yield from leaves(pc.struct_field(column, [number]))
    else:
        yield column


def rebuilt(column: pa.ChunkedArray, leaf: Any) -> pa.ChunkedArray:
    """The same lists and structs with other plain values: `leaf` gets and gives an array."""
    chunks = [_rebuilt(chunk, leaf) for chunk in column.chunks]
    return pa.chunked_array(chunks) if chunks else column


def _rebuilt(array: pa.Array, leaf: Any) -> pa.Array:
    if pa.types.is_list(array.type):
        values = _rebuilt(pc.list_flatten(array), leaf)
        lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int64())
        ends = np.concatenate([[0], np.cumsum(lengths.to_numpy())]).astype("int32")
        kind = pa.list_(pa.field("element", values.type))
        mask = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(pa.array(ends), values, type=kind, mask=mask)
    if pa.types.is_struct(array.type):
        # the fields' own nulls stay beneath a struct that is null: nobody sees them
        count = array.type.num_fields
        values = [_rebuilt(pc.struct_field(array, [n]), leaf) for n in range(count)]
        names = [one.name for one in array.type]
        fields = [pa.field(n, v.type) for n, v in zip(names, values, strict=True)]
        mask = array.is_null() if array.null_count else None
        return pa.StructArray.from_arrays(values, fields=fields, mask=mask)
    return leaf(array)


def with_leaves(
    here: pa.DataType, wanted: pa.DataType, choose: Callable[[pa.DataType, pa.DataType], Any]
) -> pa.DataType:
    """The type with each plain type in it as `choose` says, by what stands there in `wanted`."""
    types = pa.types
    if types.is_list(here) and types.is_list(wanted):
        inner = with_leaves(here.value_type, wanted.value_type, choose)
        return pa.list_(pa.field("element", inner))
    if types.is_struct(here) and types.is_struct(wanted):
        known = {one.name: one.type for one in wanted}
        fields = [
            pa.field(one.name, with_leaves(one.type, known.get(one.name, one.type), choose))
            for one in here
        ]
        return pa.struct(fields)
    return choose(here, wanted)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """One text for equal nested values, null for null: both zeros are one number."""
    texts = (None if value is None else _text(value) for value in column.to_pylist())
    return pa.chunked_array([pa.array(texts, pa.string())])


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{name!r}:{_text(one)}' for name, one in value.items())}}}"
    return repr(value + 0.0 if isinstance(value, float) else value)
