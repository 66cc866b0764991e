"""What is Spark's own: zones, units, widths, what Arrow has no form for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from tests.data.tables import schema_of
from wombat.data.artifacts import Spec, load_type
from wombat.data.engines import load_engine
from wombat.data.forms import form_of, form_of_value
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy

ENGINE = load_engine("pyspark")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LOCAL = datetime(2026, 7, 1, 12)  # noqa: DTZ001  # the local time of no place


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def session(request):
    """A session whose zone is somebody's."""
    made = SparkSession.builder.getOrCreate()
    made.conf.set("spark.sql.session.timeZone", request.param)
    yield made
    made.conf.set("spark.sql.session.timeZone", "UTC")


def test_annotations_and_values(session):
    assert form_of(DataFrame) == form_of("pyspark.sql.DataFrame") == "pyspark"
    frame = session.range(2)
    assert form_of_value(frame) == "pyspark"
    assert ENGINE.matches(frame)
    assert ENGINE.matches(DataFrame)


def test_moments_are_right_whatever_the_session_says(session):
    table = pa.table(
        {
            "utc": pa.array([NOON, None], pa.timestamp("us", tz="UTC")),
            "berlin": pa.array([NOON, None], pa.timestamp("us", tz="Europe/Berlin")),
            "naive": pa.array([LOCAL, None], pa.timestamp("us")),
            "old": pa.array([datetime(1, 1, 1), None], pa.timestamp("us")),  # noqa: DTZ001
            "day": pa.array([date(1, 1, 1), None]),
            "nested": pa.array([[NOON], None], pa.list_(pa.timestamp("us", tz="UTC"))),
        }
    )
    frame = ENGINE.from_arrow(table, None)
    assert isinstance(frame.schema["naive"].dataType, T.TimestampNTZType)
    assert isinstance(frame.schema["utc"].dataType, T.TimestampType)
    back = ENGINE.to_arrow(frame, None)
    assert back.to_pydict() == {**table.to_pydict()}
    assert back.schema.field("naive").type == pa.timestamp("us")
    assert back.schema.field("berlin").type == pa.timestamp("us", tz="UTC")
    zoned = schema_of(
        {"berlin": {"type": {"type": "timestamp", "unit": "us", "timezone": "Europe/Berlin"}}}
    )
    again = ENGINE.to_arrow(frame.select("berlin"), zoned)
    assert again.schema.field("berlin").type == pa.timestamp("us", tz="Europe/Berlin")
    assert again.column("berlin").to_pylist()[0] == NOON


def test_moments_that_spark_makes_are_instants(session):
    frame = session.sql(
        "SELECT TIMESTAMP '2026-07-01T12:00:00Z' AS t, TIMESTAMP_NTZ '2026-07-01 12:00:00' AS n"
    )
    assert ENGINE.to_arrow(frame, None).to_pylist() == [{"t": NOON, "n": LOCAL}]


def test_nanoseconds_are_refused_and_never_cut_off(session):
    for kind in (pa.timestamp("ns"), pa.timestamp("ns", tz="UTC"), pa.duration("ns")):
        whole = pa.table({"t": pa.array([1000, None], kind)})
        assert ENGINE.from_arrow(whole, None).count() == 2
        for table in (
            pa.table({"t": pa.array([1001], kind)}),
            pa.table({"t": pa.array([[1]], pa.list_(kind))}),
        ):
            with pytest.raises(TaskFailed) as caught:
                ENGINE.from_arrow(table, None)
            assert caught.value.code == "input-form"


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_unsigned_integers_are_wider_in_spark_and_come_back(bits):
    kind = getattr(pa, f"uint{bits}")()
    table = pa.table({"u": pa.array([0, 2**bits - 1, None], kind)})
    frame = ENGINE.from_arrow(table, None)
    assert [row.u for row in frame.collect()] == [0, 2**bits - 1, None]
    schema = schema_of({"u": {"type": f"uint{bits}", "nullable": True}})
    assert ENGINE.to_arrow(frame, schema) == table
    beyond = frame.select((F.col("u") - 1).cast(frame.schema["u"].dataType).alias("u"))
    assert ENGINE.to_arrow(beyond, schema).schema.field("u").type != kind


def test_what_spark_has_is_taken_for_what_carried_it():
    """Spark's own 32 bits look like a carried uint16: they are one where every value fits."""
    schema = schema_of({"u": {"type": "uint16"}})
    for values, wanted in (([0, 65535], pa.uint16()), ([], pa.uint16()), ([-1], pa.int32())):
        frame = ENGINE.from_arrow(pa.table({"u": pa.array(values, pa.int32())}), None)
        back = ENGINE.to_arrow(frame, schema)
        assert back.schema.field("u").type == wanted, values
        assert back["u"].to_pylist() == values


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_units_come_back_by_the_schema(unit):
    table = pa.table(
        {
            "t": pa.array([LOCAL.replace(microsecond=0), None], pa.timestamp(unit)),
            "d": pa.array([timedelta(seconds=3), None], pa.duration(unit)),
        }
    )
    columns = {
        "t": {"type": {"type": "timestamp", "unit": unit}, "nullable": True},
        "d": {"type": {"type": "duration", "unit": unit}, "nullable": True},
    }
    assert ENGINE.to_arrow(ENGINE.from_arrow(table, None), schema_of(columns)) == table


def test_nested_decimals_and_texts_come_back():
    table = pa.table(
        {
            "amount": pa.array(
                [Decimal("12345678901234567890123456789012345.678"), None], pa.decimal128(38, 3)
            ),
            "text": pa.array(["a👩\0", ""]),
            "data": pa.array([b"\x00\xff", None]),
            "list": pa.array([[1, None], []], pa.list_(pa.field("element", pa.int64()))),
            "deep": pa.array([[{"x": 1, "y": ["a"]}], None]),
        }
    )
    back = ENGINE.to_arrow(ENGINE.from_arrow(table, None), None)
    assert back.to_pydict() == table.to_pydict()
    assert back.schema.field("amount").type == pa.decimal128(38, 3)


@pytest.mark.parametrize("table", [pa.table({"a": pa.array([], pa.int64())}), pa.table({})])
def test_empty_frames(table):
    back = ENGINE.to_arrow(ENGINE.from_arrow(table, None), None)
    assert (back.column_names, back.num_rows) == (table.column_names, 0)


def test_what_arrow_has_no_form_for(session):
    for sql in ("INTERVAL '1' YEAR AS x", "make_interval(1) AS x"):
        with pytest.raises(TaskFailed) as caught:
            ENGINE.to_arrow(session.sql(f"SELECT {sql}"), None)
        assert caught.value.code == "return-mismatch"


def test_names_that_stand_twice(session):
    frame = session.range(1).selectExpr("id AS a", "id AS a")
    with pytest.raises(TaskFailed) as caught:
        ENGINE.to_arrow(frame, None)
    assert caught.value.code == "duplicate-column"


def test_a_frame_through_its_artifact(session, tmp_path):
    """The bytes are those of the same frame out of any library; rows keep their order."""
    kind = load_type("dataframe")
    schema = schema_of({"id": {"type": "int64", "min": 5}, "name": {"type": "string"}})
    spec = Spec("out", "dataframe", schema=schema)
    frame = session.range(0, 1000, 1, 4).selectExpr("id", "concat('n', id) AS name")
    report = kind.write(frame, tmp_path, spec, Policy())
    [finding] = report.findings
    assert (finding.column, finding.check, finding.failing, finding.rows[:3]) == (
        "id",
        "min",
        5,
        (0, 1, 2),
    )
    first = (tmp_path / "data.parquet").read_bytes()
    plain = pa.table({"id": range(1000), "name": [f"n{n}" for n in range(1000)]})
    kind.write(plain, tmp_path, spec, Policy())
    assert (tmp_path / "data.parquet").read_bytes() == first
    back = kind.read(tmp_path, "pyspark", spec)
    assert back.where("id < 3").orderBy("id").toArrow().to_pydict()["name"] == ["n0", "n1", "n2"]
