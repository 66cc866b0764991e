"""pandas frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa

from wombat.data.arrow import (
    DECIMAL_DIGITS,
    canonical_columns,
    canonical_table,
    check_names,
    holds_members,
    wanted_type,
)
from wombat.data.forms import form_of, form_of_value
from wombat.data.limits import unknown_column
from wombat.data.nested import is_nested
from wombat.data.objects import as_meant, clash
from wombat.data.python_values import Mixed, held_type
from wombat.errors import TaskFailed
from wombat.schema.types import INTEGERS

if TYPE_CHECKING:
    from wombat.data.engines import Engine
    from wombat.schema.model import FrameSchema
    from wombat.schema.types import LogicalType

# one type for each logical type, whether there are nulls or not; NaN is the null of floats
_TYPES: Final[dict[pa.DataType, Any]] = {
    **{
        getattr(pa, name)(): getattr(pd, name.replace("i", "I").replace("u", "U") + "Dtype")()
        for name in INTEGERS
    },
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(na_value=float("nan")),
}

_UNSAID: Final = ("nested", "temporal")
"""Families whose values of Python have no widths or units."""


class Pandas:
    """Frames with a plain range index and one pandas type for each logical type."""

    name = "pandas"

    def matches(self, thing: object) -> bool:
        return "pandas" in (form_of(thing), form_of_value(thing))

    def from_arrow(self, table: pa.Table, schema: FrameSchema | None) -> pd.DataFrame:
        frame = _frame(table)
        for name, column in schema.columns.items() if schema else ():
            if column.type.kind != "enum" or name not in frame.columns:
                continue
            if holds_members(table.field(name).type):
                _categorise(frame, name, column.type.of)
        return frame

    def to_arrow(self, frame: Any, schema: FrameSchema | None) -> pa.Table:
        check_index(frame)
        names = list(frame.columns)
        check_names(names)
        if not names:
            return canonical_table(pa.table({"_": pa.nulls(len(frame))}).select([]))
        arrays = (_array(name, frame[name], wanted_type(schema, name)) for name in names)
        return canonical_columns(names, arrays, schema)


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(types_mapper=_TYPES.get, ignore_metadata=True)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if is_nested(column.type) and not _is_vector(column.type):
            # pandas' own reader makes floats of whole numbers beside nulls, and forgets zones
            frame[name] = pd.Series(column.to_pylist(), dtype=object, index=frame.index)
    return frame


def _is_vector(kind: pa.DataType) -> bool:
    """Lists of floats come as arrays of numpy, whose NaN is their null."""
    return bool(pa.types.is_list(kind) and pa.types.is_floating(kind.value_type))


def _categorise(frame: pd.DataFrame, name: str, members: tuple[str, ...]) -> None:
    # a categorical would turn a foreign value into a null without a word: it stays text then
    if frame[name].dropna().isin(members).all():
        frame[name] = frame[name].astype(pd.CategoricalDtype(list(members)))


def check_index(frame: pd.DataFrame) -> None:
    """An index without name that counts rows is dropped, as after a filter; others are data.

    Raises TaskFailed `named-index`.
    """
    named = [str(name) for name in frame.index.names if name is not None]
    if not named and frame.index.nlevels == 1 and (frame.index.dtype.kind in "iu" or frame.empty):
        return
    said = f"index '{', '.join(named)}'" if named else f"index of {frame.index.dtype}"
    raise TaskFailed(
        f"the frame has an {said}, which no artifact carries; expected columns",
        code="named-index",
        hint="return frame.reset_index(), or reset_index(drop=True) if it says nothing",
    )


def _array(name: str, series: pd.Series[Any], wanted: LogicalType | None) -> pa.ChunkedArray:
    try:
        made = pa.array(series, from_pandas=True)
        if series.dtype == object and (held := held_type(made.type, series)) != made.type:
            made = pa.array(series, held, from_pandas=True)
    except Mixed as fault:
        raise unknown_column(name, f"{series.dtype} of {fault}") from None
    except (pa.ArrowException, OverflowError, TypeError, UnicodeError):
        # pyarrow's own message would show a value
        first = series.dropna()[:1000]
        kinds = sorted({type(value).__name__ for value in first})
        said = f"{series.dtype} of {', '.join(kinds)}"
        if kinds in (["dict"], ["list"]) and (why := clash(first)):
            hint = "lists and dicts are carried where elements, and what a key has, are of one type"
            raise unknown_column(name, f"{said} in which {why}", hint) from None
        raise unknown_column(name, said) from None
    if series.dtype == object and pa.types.is_decimal128(made.type):
        # the digits of the longest value say nothing about the column
        made = made.cast(pa.decimal128(DECIMAL_DIGITS, made.type.scale))
    column = made if isinstance(made, pa.ChunkedArray) else pa.chunked_array([made])
    unsaid = series.dtype == object and wanted is not None and wanted.family in _UNSAID
    return as_meant(column, wanted) if unsaid and wanted else column


ENGINE: Final[Engine] = Pandas()
