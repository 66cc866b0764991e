"""One verdict: our evaluator and every library of frames, type by type and check by check."""

from __future__ import annotations

import os
from dataclasses import replace

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.generated import TYPES, checks_of, domain, frames, odd, schemas, stored
from tests.data.libraries import LIBRARIES, alone_fast, some_fast
from tests.data.tables import expected_of, found_by, raw_table, table_of
from wombat.data.arrow import canonical_table, logical_type
from wombat.schema.casts import same_storage
from wombat.schema.model import Column, FrameSchema
from wombat.schema.policy import Policy
from wombat.schema.proof.evaluate import shape
from wombat.schema.proof.frame import Frame
from wombat.schema.types import LogicalType

SPARK = "WOMBAT_TEST_SPARK" in os.environ
"""Each frame there is a job of Spark's: fewer of them, which differ in more."""
FEW = 12 if SPARK else 60
ROUNDS = 3000 if os.environ.get("WOMBAT_SOAK") else FEW
BERLIN = LogicalType("timestamp", unit="us", timezone="Europe/Berlin")
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.name)


def frame_of(kind, checks):
    """One column a check, the same values in each: all that the type has, nulls, and one twice."""
    pool = [*domain(kind), *odd(kind), *domain(kind)[:1]]
    return Frame(dict.fromkeys(checks, stored(kind)), tuple(dict.fromkeys(checks, v) for v in pool))


@pytest.mark.parametrize("library", some_fast())
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_each_check_of_each_type(library, kind):
    checks = checks_of(kind)
    schema = FrameSchema("s", {word: Column(kind, **words) for word, words in checks.items()})
    frame = frame_of(kind, checks)
    expected = expected_of(schema, frame)
    assert ("null", "null") in expected
    assert ("unique", "unique") in expected
    report = library.judge(raw_table(frame), schema).report
    assert found_by(report) == expected
    assert all(one.checked == len(frame.rows) for one in report.findings)


@pytest.mark.parametrize("library", some_fast())
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_each_check_of_each_type_however_it_lies(library, kind):
    """Parts of longer frames, in several chunks of which some are empty; no rows; no values."""
    checks = checks_of(kind)
    schema = FrameSchema("s", {word: Column(kind, **words) for word, words in checks.items()})
    frame = frame_of(kind, checks)
    nothing = Frame(frame.types, (dict.fromkeys(checks),) * 3)
    for one in (frame, nothing, Frame(frame.types, ())):
        expected = expected_of(schema, one)
        padded = Frame(one.types, (frame.rows[0], *one.rows, frame.rows[1]))
        made = library.frame(canonical_table(raw_table(padded)))
        given = cut(made, len(one.rows))
        assert found_by(library.judge(given, schema).report) == expected


def cut(frame, rows):
    """A frame without its first row and with so many, in chunks where its library has them."""
    places = ((1, 1), (2, 0), (2, 2), (4, rows - 3)) if rows > 3 else ((1, rows), (1, 0))
    if isinstance(frame, pl.LazyFrame):
        return cut(frame.collect(), rows).lazy()
    if isinstance(frame, pl.DataFrame):
        return pl.concat([frame.slice(*one) for one in places], rechunk=False)
    if isinstance(frame, pa.Table):
        return pa.concat_tables([frame.slice(*one) for one in places])
    return frame.iloc[1 : rows + 1] if hasattr(frame, "iloc") else frame.offset(1).limit(rows)


@pytest.mark.parametrize("library", alone_fast())
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_each_value_beside_a_null(library, kind):
    """Shortcuts look at all values together: here there is no other."""
    checks = checks_of(kind)
    schema = FrameSchema("s", {word: Column(kind, **words) for word, words in checks.items()})
    for value in [*domain(kind), *odd(kind)]:
        for values in ((value,), (value, None), (None, value, value))[2 if SPARK else 0 :]:
            rows = tuple(dict.fromkeys(checks, one) for one in values)
            frame = Frame(dict.fromkeys(checks, stored(kind)), rows)
            report = library.judge(raw_table(frame), schema).report
            assert found_by(report) == expected_of(schema, frame), values


def as_carried(library, frame, schema):
    """The frame with the types that the library and the schema give it where it knows no better."""
    table = library.carried(raw_table(frame), schema)
    types, rows = dict(frame.types), frame.rows
    for name, kind in frame.types.items():
        here = logical_type(table.schema.field(name).type)
        if not same_storage(here, kind) and library.holds_alike(kind, here):
            types[name], values = here, table.column(name).to_pylist()
            rows = tuple({**row, name: v} for row, v in zip(rows, values, strict=True))
        elif not same_storage(here, kind):
            empty = table.column(name).null_count == table.num_rows
            objects = library.engine == "pandas" and kind.family == "nested"
            seconds = {"s", "ms"} == {kind.unit, here.unit}  # polars has none
            free = "decimal" in str(kind) or seconds  # their digits
            assert empty or objects or free, (name, here, kind)
            types[name] = here
    return Frame(types, rows)


def assert_one_verdict(library, schema, frame, side="produced", cast="none"):
    frame = as_carried(library, frame, schema)
    expected = expected_of(schema, frame, side=side, cast=cast)
    judged = library.judge(raw_table(frame), schema, Policy(cast=cast), side=side)
    assert found_by(judged.report) == expected
    assert judged.report.ok == (not expected) == judged.report.passed
    shaped, _ = shape(schema, frame, side=side, cast=cast)
    if shaped.types:  # without columns nothing counts rows
        assert judged.table.equals(table_of(shaped))


@pytest.mark.slow
@each_library
@settings(max_examples=ROUNDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_generated_schemas_and_frames(library, data):
    """Any frame against any schema, with and without casts, as produced and as taken."""
    schema = data.draw(schemas())
    frame = data.draw(frames(schema))
    side = data.draw(st.sampled_from(["produced", "taken"]))
    cast = data.draw(st.sampled_from(["none", "safe"]))
    assert_one_verdict(library, schema, frame, side, cast)


@each_library
@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (LogicalType("int32"), LogicalType("uint16")),
        (LogicalType("uint16"), LogicalType("int32")),
        (LogicalType("timestamp", unit="ns"), LogicalType("timestamp", unit="ms")),
        (BERLIN, replace(BERLIN, timezone="America/New_York")),
    ],
    ids=str,
)
def test_another_type_that_a_library_may_not_tell_from_it(library, kind, wanted):
    schema = FrameSchema("s", {"a": Column(wanted, nullable=True)})
    for values in ([], [None], [domain(kind)[0]], [domain(kind)[-1], None]):
        assert_one_verdict(library, schema, Frame({"a": kind}, tuple({"a": v} for v in values)))


@each_library
def test_no_matter_how_a_frame_is_cut(library, monkeypatch):
    """Slices and chunks that end anywhere change nothing."""
    from wombat.data import counting

    kind = LogicalType("int64")
    schema = FrameSchema("s", {"a": Column(kind, min=3), "b": Column(kind)}, key=("a",))
    values = [5, 1, None, 7, 5, 2, 9, 5, 0, 4]
    frame = Frame({"a": kind, "b": kind}, tuple({"a": v, "b": 1} for v in values))
    whole = library.judge(raw_table(frame), schema).report
    assert {one.check for one in whole.findings} == {"null", "min", "key"}
    monkeypatch.setattr(counting, "LEAST_ROWS", 3)
    monkeypatch.setattr(counting, "SLICE_BYTES", 1)
    assert library.judge(raw_table(frame), schema).report == whole
    some = pa.concat_tables([raw_table(frame).slice(n, 3) for n in range(0, 10, 3)])
    assert some.column(0).num_chunks == 4
    assert library.judge(some, schema).report == whole
    assert library.judge(canonical_table(some), schema).report == whole


@each_library
def test_warnings_are_found_alike(library):
    kind = LogicalType("float64")
    schema = FrameSchema("s", {"f": Column(kind, max=1.0, severity="warn")}, key=("f",))
    frame = Frame({"f": kind}, ({"f": 0.0}, {"f": -0.0}, {"f": None}, {"f": 2.0}))
    report = library.judge(raw_table(frame), schema).report
    assert report.ok
    assert [(one.check, one.rows) for one in report.findings] == [
        ("null", (2,)),
        ("max", (3,)),
        ("key", (0, 1)),
    ]
