"""What no artifact carries is refused alike, whatever library the frame came from."""

from __future__ import annotations

import decimal
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.tables import schema_of
from wombat.data.arrow import canonical_table
from wombat.data.artifacts import Spec, load_type
from wombat.data.engines import load_engine
from wombat.data.stats import frame_stats
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy

FAR = 1 << 62
LEAST = -(1 << 63)
ENGINES = ["pandas", "polars", "pyarrow"]


def of(values, kind):
    return pa.array(values, kind)


def ticks(values, kind):
    return pa.array(values, pa.int32() if pa.types.is_date32(kind) else pa.int64()).view(kind)


def within(column):
    return pa.ListArray.from_arrays([0, len(column)], column)


BEYOND = {
    "time with nanoseconds": ticks([1], pa.time64("ns")),
    "time after the day": ticks([86_400 * 10**9], pa.time64("ns")),
    "time before the day": ticks([-1000], pa.time64("ns")),
    "year 10000": ticks([2_932_897], pa.date32()),
    "year 0": ticks([-719_163], pa.date32()),
    **{f"moment in {u}": ticks([FAR], pa.timestamp(u)) for u in ("s", "ms", "us")},
    "moment before all": ticks([-FAR], pa.timestamp("s", tz="UTC")),
    "moment that is none": ticks([LEAST], pa.timestamp("ns")),
    "duration in s": ticks([FAR], pa.duration("s")),
    "duration in ms": ticks([-FAR], pa.duration("ms")),
    "duration that is none": ticks([LEAST], pa.duration("us")),
    "within a list": within(ticks([2_932_897], pa.date32())),
    "within a struct": pa.StructArray.from_arrays([ticks([1], pa.time64("ns"))], names=["a"]),
}
TYPES = {
    "empty struct": of([{}], pa.struct([])),
    "list of empty structs": of([[{}]], pa.list_(pa.struct([]))),
    "struct with a name twice": pa.StructArray.from_arrays([of([1], pa.int8())] * 2, ["a", "a"]),
    "interval": of([pa.MonthDayNano([1, 2, 3])], pa.month_day_nano_interval()),
    "61 digits": of([decimal.Decimal(10) ** 50], pa.decimal256(61, 2)),
    "scale below 0": of([decimal.Decimal(100)], pa.decimal128(5, -2)),
    "union": pa.UnionArray.from_sparse(of([0], pa.int8()), [of([1], pa.int8())]),
    "offset": ticks([1], pa.timestamp("us", tz="+05:30")),
    "no zone": ticks([1], pa.timestamp("us", tz="Nowhere/Land")),
}  # fmt: skip


def refused(run) -> str:
    with pytest.raises(TaskFailed) as caught:
        run()
    assert caught.value.code == "return-mismatch"
    assert "column 'c'" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("what", [*BEYOND, *TYPES])
def test_what_no_artifact_carries(what):
    column = (BEYOND | TYPES)[what]
    said = refused(lambda: canonical_table(pa.table({"c": column})))
    assert str(FAR) not in said


FRAMES = {
    "pandas, whole number": lambda: pd.DataFrame({"c": [2**70]}),
    "pandas, decimal": lambda: pd.DataFrame({"c": [decimal.Decimal("1e50")]}),
    "pandas, infinity": lambda: pd.DataFrame({"c": [decimal.Decimal("Infinity")]}),
    "pandas, offset": lambda: pd.DataFrame({"c": [pd.DateOffset(months=1)]}),
    "pandas, mappings": lambda: pd.DataFrame({"c": [{}]}),
    "polars, mappings": lambda: pl.DataFrame({"c": [{}]}),
    "polars, date": lambda: pl.DataFrame({"c": [2_932_897]}).cast(pl.Int32).cast(pl.Date),
    "polars, time": lambda: pl.DataFrame({"c": [1]}).cast(pl.Time),
}


BYTES = pa.array([b"fine", None, b"b\xff\xfe"], pa.binary())
TEXTS = pa.Array.from_buffers(pa.string(), 3, BYTES.buffers(), 1)


@pytest.mark.parametrize(
    "column",
    [
        TEXTS,
        TEXTS.slice(2),
        pa.chunked_array([["a"], TEXTS]),
        TEXTS.cast(pa.large_string()),
        TEXTS.cast(pa.string_view()),
        pa.DictionaryArray.from_arrays(pa.array([0, 2]), TEXTS),
        pa.ListArray.from_arrays(pa.array([0, 1, 3]), TEXTS),
        pa.StructArray.from_arrays([TEXTS], ["b"]),
    ],
    ids=["plain", "sliced", "chunks", "large", "view", "dictionary", "list", "struct"],
)
def test_text_is_utf_8_wherever_it_lies(column):
    said = refused(lambda: canonical_table(pa.table({"c": column})))
    assert "UTF-8" in said
    assert "xff" not in said


def test_text_of_a_file_that_others_wrote_is_utf_8(tmp_path):
    pq.write_table(pa.table({"c": TEXTS}), tmp_path / "data.parquet")
    for type_of in ("check", "accept"):
        given = Spec("o", "dataframe", schema_of({"c": {"type": "string", "nullable": True}}))
        refused(lambda: getattr(load_type("dataframe"), type_of)(tmp_path, given, Policy()))  # noqa: B023


def test_bytes_beneath_a_null_are_nobodys():
    ends = pa.array([0, 2, 3], pa.int32()).buffers()[1]
    buffers = [pa.py_buffer(b"\x02"), ends, pa.py_buffer(b"\xff\xfea")]
    made = pa.Array.from_buffers(pa.string(), 2, buffers)
    assert canonical_table(pa.table({"c": made})).column("c").to_pylist() == [None, "a"]


@pytest.mark.parametrize("what", FRAMES)
def test_frames_with_it(what):
    refused(lambda: load_engine(what.partition(",")[0]).to_arrow(FRAMES[what](), None))


EDGES = {
    pa.date32(): (-719_162, 2_932_896),
    pa.time64("ns"): (0, 86_400 * 10**9 - 1000),
    pa.timestamp("s"): (-719_162 * 86_400, 2_932_897 * 86_400 - 1),
    pa.timestamp("us", tz="Asia/Tokyo"): (-719_162 * 86_400 * 10**6, 253402300799999999),
    pa.timestamp("ns"): (LEAST + 1, -LEAST - 1),
    pa.duration("s"): (-9_223_372_036_854, 9_223_372_036_854),
    pa.duration("us"): (LEAST + 1, -LEAST - 1),
    pa.duration("ns"): (LEAST + 1, -LEAST - 1),
}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(list(EDGES)))
def test_what_is_carried_comes_back_from_every_library(data, kind, tmp_path_factory):
    """The edges themselves, and anything between them, with nulls."""
    low, high = EDGES[kind]
    inside = st.integers(low, high) | st.sampled_from([low, high])
    values = data.draw(st.lists(st.none() | inside, min_size=1, max_size=4))
    if pa.types.is_time64(kind):
        values = [None if one is None else one // 1000 * 1000 for one in values]
    table = canonical_table(pa.table({"c": ticks(values, kind)}))
    folder = tmp_path_factory.mktemp("limits")
    load_type("dataframe").write(table, folder, Spec("o", "dataframe"), Policy())
    assert frame_stats(folder / "data.parquet").rows == len(values)
    for name in ENGINES:
        engine = load_engine(name)
        back = engine.to_arrow(engine.from_arrow(table, None), None)
        assert back.cast(table.schema).equals(table), name


def test_a_map_is_a_list_of_pairs(tmp_path):
    table = pa.table({"c": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8()))})
    kind = load_type("dataframe")
    kind.write(table, tmp_path, Spec("o", "dataframe"), Policy())
    before = (tmp_path / "data.parquet").read_bytes()
    rows = kind.read(tmp_path, "polars", Spec("o", "dataframe"))
    assert rows["c"].to_list() == [[{"key": "a", "value": 1}], None]
    kind.write(rows, tmp_path, Spec("o", "dataframe"), Policy())
    assert (tmp_path / "data.parquet").read_bytes() == before


def test_a_reading_of_the_clock_is_carried():
    now = datetime.now(UTC)
    for frame in (pd.DataFrame({"c": [now]}), pl.DataFrame({"c": [now]})):
        name = type(frame).__module__.partition(".")[0]
        assert load_engine(name).to_arrow(frame, None).num_rows == 1
