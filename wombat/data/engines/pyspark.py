"""PySpark frames: the classic ones and those of Spark Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from wombat.data.arrow import arrow_type, canonical_table, check_names
from wombat.data.forms import form_of, form_of_value
from wombat.data.limits import unknown_column
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from wombat.data.engines import Engine
    from wombat.schema.model import FrameSchema

# Spark has no unsigned integers: each becomes the next wider type that holds all its values
_WIDER: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
}


class Pyspark:
    """Moments are instants in UTC, or local times without a zone, whatever the session's zone is.

    A frame passes through the driver: `to_arrow` collects it. Spark knows neither unsigned
    integers, nor units other than microseconds, nor zones of columns; a schema brings them back.
    """

    name = "pyspark"

    def matches(self, thing: object) -> bool:
        return "pyspark" in (form_of(thing), form_of_value(thing))

    def from_arrow(self, table: pa.Table, schema: FrameSchema | None) -> Any:  # noqa: ARG002  # the protocol's
        """TaskFailed `input-form` for moments with nanoseconds, which Spark would cut off."""
        fields = [pa.field(one.name, _spark_type(one.type)) for one in table.schema]
        columns = []
        for one, column in zip(fields, table.columns, strict=True):
            try:
                columns.append(column.cast(one.type))
            except pa.ArrowException:
                raise TaskFailed(
                    f"column '{one.name}' is {column.type} and has values that Spark has no type "
                    "for; expected microseconds",
                    code="input-form",
                    hint="take the input as a pyarrow Table or a Path",
                ) from None
        plain = pa.Table.from_arrays(columns, schema=pa.schema(fields))
        if not fields:
            return _session().range(0).select()
        # without it a local time would be read as one of the session's zone
        return _session().createDataFrame(
            plain, schema=from_arrow_schema(plain.schema, prefer_timestamp_ntz=True)
        )

    def to_arrow(self, frame: Any, schema: FrameSchema | None) -> pa.Table:
        check_names(list(frame.columns))
        try:
            table = frame.toArrow()
        except (PySparkException, pa.ArrowException, TypeError) as fault:
            raise _unfit(frame, fault) from fault
        return canonical_table(_restored(table, schema), schema)


def _session() -> Any:
    """The task's own session, where it has one; else one with the settings of its environment."""
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    return SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()


def _spark_type(arrow: pa.DataType) -> pa.DataType:
    """The type in which Spark holds every value of a canonical type."""
    types = pa.types
    if types.is_timestamp(arrow):
        return pa.timestamp("us", tz="UTC" if arrow.tz else None)
    if types.is_duration(arrow):
        return pa.duration("us")
    if types.is_list(arrow):
        return pa.list_(pa.field("element", _spark_type(arrow.value_type)))
    if types.is_struct(arrow):
        return pa.struct([pa.field(one.name, _spark_type(one.type)) for one in arrow])
    return _WIDER.get(arrow, arrow)


def _restored(table: pa.Table, schema: FrameSchema | None) -> pa.Table:
    """Types that Spark doesn't have, where the schema names them and every value fits."""
    for number, one in enumerate(table.schema):
        column = table.column(number)
        plain = _in_utc(one.type)
        if schema is not None and one.name in schema.columns:
            wanted = arrow_type(schema.columns[one.name].type)
            if wanted is not None and _alike(_spark_type(wanted), plain):
                plain = wanted if _fits(column, wanted) else plain
        if plain != one.type:
            table = table.set_column(number, pa.field(one.name, plain), column.cast(plain))
    return table


def _in_utc(arrow: pa.DataType) -> pa.DataType:
    """Instants come with the session's zone, which says nothing about the data."""
    types = pa.types
    if types.is_timestamp(arrow) and arrow.tz is not None:
        return pa.timestamp(arrow.unit, tz="UTC")
    if types.is_list(arrow) or types.is_large_list(arrow):
        return pa.list_(pa.field("element", _in_utc(arrow.value_type)))
    if types.is_struct(arrow):
        return pa.struct([pa.field(one.name, _in_utc(one.type)) for one in arrow])
    return arrow


def _alike(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether two types differ in names and nullability of nested fields alone."""
    types = pa.types
    if types.is_list(one) and types.is_list(other):
        return _alike(one.value_type, other.value_type)
    if types.is_struct(one) and types.is_struct(other):
        names = [field.name for field in one] == [field.name for field in other]
        return names and all(_alike(a.type, b.type) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _fits(column: pa.ChunkedArray, wanted: pa.DataType) -> bool:
    try:
        column.cast(wanted)
    except pa.ArrowException:
        return False
    return True


def _unfit(frame: Any, fault: Exception) -> TaskFailed:
    """The column whose type has no form in Arrow; what the frame's own code raised else."""
    for one in frame.schema.fields:
        kind = one.dataType.simpleString()
        if kind.startswith(("interval year", "interval month", "variant", "interval")):
            return unknown_column(one.name, kind)
    return TaskFailed(f"the frame can't be collected: {type(fault).__name__}")


ENGINE: Final[Engine] = Pyspark()
