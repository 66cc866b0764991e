"""Run in the venv of Spark: generated pandera schemas judge real frames of a local Spark."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal

import pandera.pyspark as pa
import pytest
from pandera.io import pyspark_sql_io
from pyspark.sql import types as T  # pandera reads it at run time

from wombat.data.pandera import described, to_pandera, verdict
from wombat.data.pandera.reading import from_pandera
from wombat.data.pandera.yaml import read_yaml
from wombat.schema.model import Column, FrameSchema, schema_from_json
from wombat.schema.rules import Rule
from wombat.schema.types import Element, LogicalType


@pytest.fixture(scope="module")
def spark():
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    yield session
    session.stop()


def text(**words):
    return Column(LogicalType("string"), nullable=True, **words)


def number(**words):
    return Column(LogicalType("int64"), nullable=True, **words)


NOON = datetime(2026, 1, 31, 12)  # noqa: DTZ001  # the local time of no place
NUMBERS = LogicalType("list", item=Element(LogicalType("int64"), nullable=True))
CASES = {
    "min": (number(min=2), [2, None], [1]),
    "max": (number(max=2), [2], [3]),
    "gt": (number(gt=2), [3], [2]),
    "lt": (number(lt=2), [1], [2]),
    "equals": (number(equals=2), [2], [3]),
    "in": (number(within=(2, 5)), [2, 5, None], [3]),
    "not_in": (number(not_in=(2, 5)), [3, None], [5]),
    "match": (text(match="a|b"), ["a", "b", None], ["xb"]),
    "match-newline": (text(match="a+"), ["aa"], ["a\n"]),
    "starts": (text(starts_with="a.b"), ["a.bc"], ["axb"]),
    "ends": (text(ends_with="%"), ["a%"], ["%a"]),
    "contains": (text(contains="(x"), ["a(x"], ["x("]),
    "length": (text(length=(1, 2)), ["é", "👩a"], [""]),
    "enum": (Column(LogicalType("enum", of=("a", "b")), nullable=True), ["a", None], ["c"]),
    "null": (Column(LogicalType("int64")), [1], [None]),
    "unique": (number(unique=True), [1, 2, None], [1, 1]),
    "decimal": (
        Column(LogicalType("decimal", precision=6, scale=2), min=Decimal("1.50")),
        [Decimal("1.50")],
        [Decimal("1.49")],
    ),
    "timestamp": (Column(LogicalType("timestamp", unit="us"), max=NOON), [NOON],
                  [NOON + timedelta(microseconds=1)]),
    "list": (
        Column(NUMBERS, length=(1, 2)),
        [[1, None]],
        [[]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("word", CASES)
def test_each_check_on_a_real_frame(spark, word):
    column, good, bad = CASES[word]
    schema = FrameSchema("s", {"c": column})
    made = to_pandera(schema, "pyspark")
    kind = made.columns["c"].dtype.type
    from pyspark.sql.types import StructField, StructType

    fields = StructType([StructField("c", kind, nullable=True)])
    for rows, expected in ((good, True), (bad, False), ([], True)):
        if word == "null":
            fields = StructType([StructField("c", kind, nullable=None in rows)])
        frame = spark.createDataFrame([(one,) for one in rows], fields)
        assert verdict(frame, made) == expected, rows


def test_rules_rows_and_columns(spark):
    columns = {name: Column(LogicalType("int64"), nullable=True) for name in "ab"}
    rules = (Rule("up", "a", "le", "b"), Rule("low", "a", "lt", None, 9, LogicalType("int64")))
    schema = FrameSchema("s", columns, rules=rules, rows=(1, 2), unique=(("a", "b"),))
    made = to_pandera(schema, "pyspark")
    for rows, expected in (
        ([(1, 2), (None, 0)], True),
        ([(3, 2)], False),
        ([(9, 9)], False),
        ([], False),
        ([(1, 2), (1, 2)], False),
    ):
        assert verdict(spark.createDataFrame(rows, "a bigint, b bigint"), made) == expected, rows
    assert not verdict(spark.createDataFrame([(1, 2, 3)], "a bigint, b bigint, c bigint"), made)
    assert not verdict(spark.createDataFrame([(1, 2)], "a int, b bigint"), made)


def test_a_class_of_spark_is_read():
    class Orders(pa.DataFrameModel):
        order_id: T.LongType() = pa.Field(ge=1)
        status: T.StringType() = pa.Field(isin=["new"], nullable=True)

    schema = from_pandera(Orders, "shop.orders").schema
    assert {name: (str(c.type), c.nullable) for name, c in schema.columns.items()} == {
        "order_id": ("int64", False),
        "status": ("string", True),
    }
    assert (schema.columns["order_id"].min, schema.columns["status"].within) == (1, ("new",))


def test_what_spark_can_t_say_is_named():
    tree = {
        "schema": "s",
        "columns": {
            "u": {"type": "uint64"},
            "t": {"type": "time"},
            "n": {"type": {"type": "timestamp", "unit": "ns"}},
        },
    }
    assert described(schema_from_json(tree), "pyspark").losses == [
        "columns.u.type (Spark has no uint64)",
        "columns.t.type (Spark has no time)",
        "columns.n.type (Spark's moments and durations are us, not ns)",
    ]


def test_yaml_of_pandera_on_spark():
    """Its writer fails on checks; its reader knows them."""
    schema = pa.DataFrameSchema(
        {
            "order_id": pa.Column(T.LongType()),
            "paid": pa.Column(T.DecimalType(9, 2), nullable=True),
            "at": pa.Column(T.TimestampType()),
        },
        name="Orders",
    )
    text = pyspark_sql_io.to_yaml(schema)
    checked = text.replace("  order_id:\n", "  order_id:\n    greater_than_or_equal_to: 1\n")
    read = read_yaml(checked, "orders.yml").schema
    assert read.name == "orders"
    assert {name: (str(c.type), c.nullable) for name, c in read.columns.items()} == {
        "order_id": ("int64", False),
        "paid": ("decimal[9, 2]", True),
        "at": ("timestamp[us, UTC]", False),
    }
    assert read.columns["order_id"].min == 1
