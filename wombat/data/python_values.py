"""What Arrow makes of Python's values in a column: only what holds each of them as it is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NULLS: Final = (type(None), type(pd.NaT), type(pd.NA))
_NUMBERS: Final = (int, float, np.integer, np.floating)


class Mixed(ValueError):
    """Values of different kinds stand together; its text names the kinds."""


def held_type(made: pa.DataType, values: Iterable[Any]) -> pa.DataType:
    """The type that Arrow inferred of the values, with nanoseconds where a value has some.

    Raises Mixed where Arrow would turn values of one kind into those of another: a moment into its
    date, a number into a moment, text into bytes, true into 1.0.
    """
    if pa.types.is_list(made):
        inner = list(chain.from_iterable(map(_elements, values)))
        return pa.list_(pa.field(made.value_field.name, held_type(made.value_type, inner)))
    if pa.types.is_struct(made):
        there = [one for one in values if isinstance(one, dict)]
        return pa.struct(
            [(one.name, held_type(one.type, [row.get(one.name) for row in there])) for one in made]
        )
    known = [one for one in values if not isinstance(one, _NULLS)]
    kinds = set(map(type, known))
    if not pa.types.is_floating(made) and float in kinds:
        # NaN is a null; another float is none
        known = [one for one in known if not (isinstance(one, float) and np.isnan(one))]
        kinds = set(map(type, known))
    if not all(_is_held(made, kind) for kind in kinds):
        raise Mixed(", ".join(sorted({kind.__name__ for kind in kinds})))
    return _finer(made, known)


def _elements(value: Any) -> Iterator[Any]:
    """Of a numpy array of one type the first says what all of them are."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        yield from value.flat[:1]
    elif isinstance(value, list | tuple | np.ndarray | pd.Series):
        yield from value


def _is_held(made: pa.DataType, kind: type) -> bool:
    types = pa.types
    if types.is_date(made):
        return (issubclass(kind, date) and not issubclass(kind, datetime)) or kind is np.datetime64
    if types.is_timestamp(made):
        return issubclass(kind, datetime | np.datetime64)
    if types.is_duration(made):
        return issubclass(kind, timedelta | np.timedelta64)
    if types.is_time(made):
        return issubclass(kind, time)
    if types.is_binary(made):
        return not issubclass(kind, str)
    if types.is_floating(made):
        return issubclass(kind, _NUMBERS) and not issubclass(kind, bool)
    return True


def _finer(made: pa.DataType, known: list[Any]) -> pa.DataType:
    if pa.types.is_timestamp(made):
        moments = [one for one in known if isinstance(one, datetime)]
        if len({one.tzinfo is None for one in moments}) > 1:
            raise Mixed("datetime with a zone, datetime without")
        fine = any(one.nanosecond for one in moments if isinstance(one, pd.Timestamp))
        return pa.timestamp("ns", tz=made.tz) if fine else made
    if pa.types.is_duration(made):
        spans = (one for one in known if isinstance(one, pd.Timedelta))
        return pa.duration("ns") if any(one.nanoseconds for one in spans) else made
    if pa.types.is_time(made) and any(getattr(one, "tzinfo", None) for one in known):
        raise Mixed("time with a zone")
    return made
