"""Columns of Python's values: none is changed on the way into Arrow, whatever stands beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.data.tables import schema_of
from wombat.data.engines import load_engine
from wombat.data.validate import judge
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy

DAY, NOON = date(2026, 1, 1), datetime(2026, 1, 1, 12)  # noqa: DTZ001  # the local time of no place
AWARE = datetime(2026, 1, 1, 12, tzinfo=UTC)
FINE = pd.Timestamp("2026-01-01 00:00:00.000000001")
TICK = pd.Timedelta(1, "ns")


def table_of(values, column):
    frame = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    return load_engine("pandas").to_arrow(frame, schema_of({"a": {"type": column}}))


def nested(values):
    return [[one] for one in values]


def in_struct(values):
    return [{"b": one} for one in values]


def type_of(within, kind):
    if within is nested:
        return {"type": "list", "of": kind}
    return {"type": "struct", "fields": [["b", kind]]} if within is in_struct else kind


MIXED = {
    "a moment beside dates": ([DAY, NOON], "date"),
    "a number beside dates": ([DAY, 5], "date"),
    "a number beside moments": ([NOON, 5], "timestamp"),
    "a number beside spans": ([timedelta(1), 5], "duration"),
    "text beside bytes": ([b"b", "é"], "binary"),
    "a local time beside an instant": ([AWARE, NOON], "timestamp"),
    "an instant beside a local time": ([NOON, AWARE], "timestamp"),
    "a time of day in a zone": ([time(1, tzinfo=UTC)], "time"),
    "true beside fractions": ([1.5, True], "float64"),
}


@pytest.mark.parametrize("within", [list, nested, in_struct])
@pytest.mark.parametrize("what", MIXED)
def test_values_of_different_kinds_are_refused_without_a_value(what, within):
    values, kind = MIXED[what]
    kind = {"type": kind, "unit": "us"} if kind in ("timestamp", "duration") else kind
    with pytest.raises(TaskFailed) as caught:
        table_of(within(values), type_of(within, kind))
    assert caught.value.code == "return-mismatch"
    assert "2026" not in str(caught.value)
    assert "é" not in str(caught.value)


def test_nulls_of_every_kind_stand_beside_values():
    for value in (DAY, NOON, timedelta(1), b"b", time(1), "a", 1.5):
        frame = pd.DataFrame({"a": pd.Series([None, value, pd.NaT, float("nan")], dtype=object)})
        if isinstance(value, str | bytes | float):
            frame = frame.drop(index=2)
        table = load_engine("pandas").to_arrow(frame, None)
        assert [one for one in table.column("a").to_pylist() if one is not None] == [value]


@pytest.mark.parametrize("within", [list, nested, in_struct])
def test_nanoseconds_of_objects_are_kept(within):
    for values, coarse, arrow in (
        ([FINE, FINE.floor("s")], "timestamp", pa.timestamp("ns")),
        ([TICK, timedelta(1)], "duration", pa.duration("ns")),
    ):
        for unit, fits in (("us", False), ("ns", True)):
            column = type_of(within, {"type": coarse, "unit": unit})
            table = table_of(within(values), column)
            plain = table.column("a").combine_chunks()
            if within is nested:
                plain = plain.flatten()
            elif within is in_struct:
                plain = plain.field(0)
            assert plain.type == arrow
            assert plain.cast(pa.int64()).to_pylist() == [pd.Series([one]).astype(
                "datetime64[ns]" if coarse == "timestamp" else "timedelta64[ns]"
            ).astype("int64")[0] for one in values]  # fmt: skip
            findings = judge(table, schema_of({"a": {"type": column}}), Policy()).report.findings
            assert [one.check for one in findings] == ([] if fits else ["type"])


def test_a_moment_of_python_is_of_any_unit():
    column = {"type": "timestamp", "unit": "ns", "timezone": "UTC"}
    two_zones = [AWARE, AWARE.astimezone(timezone(timedelta(hours=2)))]
    table = table_of(two_zones, column)
    assert table.schema.field("a").type == pa.timestamp("ns", tz="UTC")
    assert [one.to_pydatetime() for one in table.column("a").to_pylist()] == [AWARE, AWARE]
    day = {"type": "date"}
    assert table_of([NOON.replace(hour=0)], day).schema.field("a").type == pa.timestamp("us")


def test_arrays_in_a_column_are_taken_as_they_are():
    column = {"type": "list", "of": "float64"}
    made = table_of([np.array([1.0, 2.5]), [3, 0.5], None], column)
    assert made.column("a").to_pylist() == [[1.0, 2.5], [3.0, 0.5], None]
