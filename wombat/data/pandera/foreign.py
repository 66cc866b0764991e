"""pandera's dtypes as logical types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.schema.types import INTEGERS, Element, LogicalType
from wombat.schema.zones import canonical_zone

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBERS: Final = (*INTEGERS, "float32", "float64", "bool")


class NoType(Exception):
    """A dtype that no logical type stands for; the text says which."""


def type_of(dtype: Any, library: str) -> tuple[LogicalType, str | None]:
    """The logical type of a column's pandera dtype, and what is lost by it; raises NoType."""
    if dtype is None:
        return LogicalType("any"), None
    return _READERS[library](dtype)


def _pandas(dtype: Any) -> tuple[LogicalType, str | None]:
    import numpy as np
    import pandas as pd
    from pandera.engines import pandas_engine as engine

    meant = dtype.type
    if isinstance(dtype, engine.Date):
        return LogicalType("date"), None
    if isinstance(dtype, engine.Decimal):
        return _decimal(dtype.precision, dtype.scale)
    if isinstance(meant, pd.ArrowDtype):
        return _arrow(meant.pyarrow_dtype)
    if isinstance(meant, pd.CategoricalDtype):
        return _categories(meant)
    if meant is str or isinstance(meant, pd.StringDtype) or str(dtype) in ("str", "string"):
        return LogicalType("string"), None
    if isinstance(meant, pd.DatetimeTZDtype):
        return _moment(meant.unit, str(meant.tz)), None
    if isinstance(meant, np.dtype) and meant.kind in "mM":
        return _naive(meant)
    name = str(meant).lower().removesuffix("dtype")
    name = {"boolean": "bool", "object": "any"}.get(name, name)
    if name in (*_NUMBERS, "any"):
        return LogicalType(name), None
    raise NoType(f"the dtype {dtype}")


def _decimal(precision: int, scale: int) -> tuple[LogicalType, None]:
    if not scale <= precision <= 38:
        raise NoType(f"a decimal of {precision} digits")
    return LogicalType("decimal", precision=precision, scale=scale), None


def _categories(meant: Any) -> tuple[LogicalType, str | None]:
    if meant.categories is None:
        return LogicalType("string"), "any category is text"
    members = list(meant.categories)
    if not members or not all(isinstance(one, str) for one in members):
        raise NoType("categories that aren't text")
    said = "categories have no order here" if meant.ordered else None
    return LogicalType("enum", of=tuple(members)), said


def _naive(meant: Any) -> tuple[LogicalType, str | None]:
    import numpy as np

    unit = np.datetime_data(meant)[0]
    if unit not in ("s", "ms", "us", "ns"):
        raise NoType(f"the dtype {meant}")
    said = f"pandera takes any unit, here it is {unit}"
    return LogicalType("timestamp" if meant.kind == "M" else "duration", unit=unit), said


def _moment(unit: str, zone: str | None) -> LogicalType:
    return LogicalType("timestamp", unit=unit, timezone=canonical_zone(zone))


def _arrow(arrow: Any) -> tuple[LogicalType, str | None]:
    from wombat.data.arrow import plain_type
    from wombat.data.arrow_schema import logical

    try:
        return logical(plain_type(arrow)), None
    except ValueError as fault:
        raise NoType(str(fault)) from None


def _polars(dtype: Any) -> tuple[LogicalType, str | None]:
    import polars as pl

    meant = dtype.type
    said = None
    if isinstance(meant, type):
        if issubclass(meant, pl.Datetime | pl.Duration):
            said, meant = "no unit is said, here it is us", meant("us")
        elif issubclass(meant, pl.Categorical):
            return LogicalType("string"), "any category is text"
    if isinstance(meant, pl.Categorical):
        return LogicalType("string"), "any category is text"
    if isinstance(meant, pl.Enum):
        return LogicalType("enum", of=tuple(meant.categories)), None
    return _of_polars(meant), said


def _of_polars(meant: Any) -> LogicalType:
    """Types of polars that mean one logical type each, nested ones with elements that may be null:
    polars never says that they mayn't."""
    import polars as pl

    if isinstance(meant, pl.List):
        return LogicalType("list", item=Element(_of_polars(meant.inner), nullable=True))
    if isinstance(meant, pl.Struct):
        fields = tuple((f.name, Element(_of_polars(f.dtype), nullable=True)) for f in meant.fields)
        return LogicalType("struct", fields=fields)
    if isinstance(meant, pl.Datetime):
        return _moment(meant.time_unit, meant.time_zone)
    if isinstance(meant, pl.Duration):
        return LogicalType("duration", unit=meant.time_unit)
    if isinstance(meant, pl.Decimal):
        return _decimal(meant.precision or 38, meant.scale)[0]
    name = {"Boolean": "bool"}.get(str(meant), str(meant).lower())
    if name in (*_NUMBERS, "string", "binary", "date", "time"):
        return LogicalType(name)
    raise NoType(f"the dtype {meant}")


def _pyspark(dtype: Any) -> tuple[LogicalType, str | None]:
    return _of_spark(dtype.type), None


def _of_spark(meant: Any) -> LogicalType:
    name = type(meant).__name__
    if name == "ArrayType":
        item = Element(_of_spark(meant.elementType), nullable=meant.containsNull)
        return LogicalType("list", item=item)
    if name == "StructType":
        fields = tuple((f.name, Element(_of_spark(f.dataType), nullable=f.nullable)) for f in meant)
        return LogicalType("struct", fields=fields)
    if name == "DecimalType":
        return _decimal(meant.precision, meant.scale)[0]
    if name not in _SPARK:
        raise NoType(f"the dtype {meant}")
    return _SPARK[name]


_SPARK: Final = {
    "ByteType": LogicalType("int8"),
    "ShortType": LogicalType("int16"),
    "IntegerType": LogicalType("int32"),
    "LongType": LogicalType("int64"),
    "FloatType": LogicalType("float32"),
    "DoubleType": LogicalType("float64"),
    "BooleanType": LogicalType("bool"),
    "StringType": LogicalType("string"),
    "BinaryType": LogicalType("binary"),
    "DateType": LogicalType("date"),
    "TimestampType": LogicalType("timestamp", unit="us", timezone="UTC"),
    "TimestampNTZType": LogicalType("timestamp", unit="us"),
    "DayTimeIntervalType": LogicalType("duration", unit="us"),
}
_READERS: Final[dict[str, Callable[[Any], tuple[LogicalType, str | None]]]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyspark": _pyspark,
}
