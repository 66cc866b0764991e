"""Failing rows set aside: which, why, up to how many, and what is true of the rest."""

from __future__ import annotations

import os
import sys
import types
from dataclasses import replace

import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.generated import frames, schemas
from tests.data.libraries import LIBRARIES
from tests.data.tables import raw_table, schema_of
from wombat.data.artifacts import Spec, load_type
from wombat.data.parquet import read_parquet
from wombat.schema.policy import Policy
from wombat.schema.proof.evaluate import judge as evaluate
from wombat.schema.proof.evaluate import shape

INT, TEXT = {"type": "int64"}, {"type": "string"}
ASIDE = Policy(on_fail="quarantine", max_failure_rate=0.5)
ROUNDS = 2000 if os.environ.get("WOMBAT_SOAK") else 50
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.name)


@each_library
def test_rows_leave_with_their_reasons(library):
    rules = [{"name": "less", "compare": ["a", "lt", "b"]}]
    known = {"a": {**INT, "min": 0}, "b": INT, "c": TEXT}
    schema = schema_of(known, unique=[["b", "c"]], rules=rules)
    columns = {
        "a": [1, -1, 9, 1, 1, 1, 1, 1],
        "b": [2, 3, 4, 5, 5, None, 7, 8],
        "c": ["x", "x", "x", "y", "y", "x", "x", "x"],
    }
    judged = library.judge(columns, schema, replace(ASIDE, max_failure_rate=1.0))
    assert judged.table.to_pydict() == {"a": [1, 1, 1], "b": [2, 7, 8], "c": ["x"] * 3}
    assert judged.rejected.column("rejected_because").to_pylist() == [
        ["a.min"],
        ["rule:less"],
        ["unique(b, c)"],
        ["unique(b, c)"],
        ["b.null"],
    ]
    assert judged.rejected.column("b").to_pylist() == [3, 4, 5, 5, None]
    assert judged.rejected.num_columns == 4
    report = judged.report
    assert (report.rows, report.rejected, report.rows_checked) == (8, 5, 8)
    assert report.ok
    assert report.passed
    assert {one.severity for one in report.findings} == {"warn"}
    assert library.judge(judged.table, schema).report.findings == ()


@each_library
@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ({"max_failure_rate": 0.2}, True),
        ({"max_failure_rate": 0.19}, False),
        ({"max_failure_rows": 2}, True),
        ({"max_failure_rows": 1}, False),
        ({"max_failure_rate": 0.5, "max_failure_rows": 1}, False),
        ({}, False),
    ],
)
def test_above_the_threshold_nothing_leaves(library, words, kept):
    """Rows count, not cells: a row that fails twice is one."""
    schema = schema_of({"a": {**INT, "min": 0}, "b": {**INT, "min": 0}})
    columns = {"a": [-1, -1, *[1] * 8], "b": [-1, *[1] * 9]}
    policy = Policy(on_fail="quarantine", **words)
    judged = library.judge(columns, schema, policy)
    assert (judged.rejected is not None) is kept is judged.report.ok is judged.report.passed
    assert judged.table.num_rows == (8 if kept else 10)
    assert judged.report.rejected == (2 if kept else 0)


@each_library
def test_of_duplicates_all_leave_whatever_their_order(library):
    schema = schema_of({"a": INT, "b": INT}, key=["a"])
    rows = [(1, 1), (2, 2), (1, 3), (3, 4)]
    for turn in (rows, rows[::-1]):
        columns = {"a": [a for a, _ in turn], "b": [b for _, b in turn]}
        judged = library.judge(columns, schema, ASIDE)
        assert sorted(judged.table.column("b").to_pylist()) == [2, 4]
        assert judged.rejected.column("rejected_because").to_pylist() == [["a.key"]] * 2


@each_library
def test_columns_and_types_cannot_be_set_aside(library):
    schema = schema_of({"a": {**INT, "min": 0}, "b": INT})
    for columns in ({"a": [-1]}, {"a": [-1], "b": ["x"]}, {"a": [-1], "b": [1], "c": [1]}):
        judged = library.judge(columns, schema, replace(ASIDE, max_failure_rate=1.0))
        assert judged.rejected is None
        assert not judged.report.ok
        assert judged.report.findings == library.judge(columns, schema).report.findings


@each_library
def test_a_lossy_cast_cannot_be_set_aside(library):
    policy = replace(ASIDE, cast="safe", max_failure_rate=1.0)
    judged = library.judge({"a": [0.5, 1.0]}, schema_of({"a": INT}), policy)
    assert judged.rejected is None
    assert [one.check for one in judged.report.findings] == ["cast"]


@each_library
def test_warnings_set_nothing_aside_but_are_reasons(library):
    schema = schema_of({"a": {**INT, "min": 0, "severity": "warn"}, "b": {**INT, "min": 0}})
    judged = library.judge({"a": [-1, -1, 1], "b": [1, -1, 1]}, schema, ASIDE)
    assert judged.table.column("a").to_pylist() == [-1, 1]
    assert judged.rejected.column("rejected_because").to_pylist() == [["a.min", "b.min"]]
    only = library.judge({"a": [-1, 1], "b": [1, 1]}, schema, ASIDE)
    assert only.rejected is None
    assert only.report.ok


@each_library
@pytest.mark.parametrize("cut", [3, 17])
def test_no_matter_how_a_frame_is_cut_the_same_rows_leave(library, monkeypatch, cut):
    """Slices, chunks and blocks that end anywhere change nothing."""
    from wombat.data import counting, quarantine

    rules = [{"name": "less", "compare": ["a", "lt", "b"]}]
    schema = schema_of({"a": {**INT, "min": 0}, "b": INT}, key=["a"], rules=rules)
    a = [n if n % 5 else -1 - n // 2 for n in range(50)]
    b = [99 if n % 7 else -99 for n in range(50)]
    a[49] = a[1]
    because = [
        (n, [*(["a.min"] if n % 5 == 0 else []), *(["a.key"] if n in (1, 49) else []), *low])
        for n in range(50)
        for low in [["rule:less"] if n % 7 == 0 else []]
    ]
    expected = [(n, words) for n, words in because if words]
    monkeypatch.setattr(counting, "LEAST_ROWS", 3)
    monkeypatch.setattr(counting, "SLICE_BYTES", 1)
    monkeypatch.setattr(quarantine, "BLOCK", 4)
    whole = pa.table({"a": a, "b": b})
    table = pa.concat_tables([whole.slice(n, cut) for n in range(0, 50, cut)])
    judged = library.judge(table, schema, ASIDE)
    assert judged.rejected.column("rejected_because").to_pylist() == [w for _, w in expected]
    assert judged.rejected.column("a").to_pylist() == [a[n] for n, _ in expected]
    gone = {n for n, _ in expected}
    assert judged.table.column("a").to_pylist() == [a[n] for n in range(50) if n not in gone]
    assert judged.report.findings[0].rows == tuple(range(0, 50, 5))


@each_library
def test_too_few_rows_left_is_an_error(library):
    schema = schema_of({"a": {**INT, "min": 0}}, rows=[2, None])
    judged = library.judge({"a": [-1, 1]}, schema, ASIDE)
    assert judged.rejected is None
    assert judged.table.num_rows == 2
    assert [one.check for one in judged.report.findings] == ["min", "rows"]
    said = judged.report.findings[1].message
    assert said == "without the failing rows: 1 row; expected at least 2"


@each_library
def test_a_sample_would_miss_rows_so_all_are_looked_at(library):
    policy = replace(ASIDE, check="sample", head=1, random=1)
    judged = library.judge({"a": [1] * 99 + [-1]}, schema_of({"a": {**INT, "min": 0}}), policy)
    assert (judged.report.depth, judged.report.rows_checked) == ("full", 100)
    assert judged.rejected.num_rows == 1


@each_library
def test_the_column_of_reasons_takes_no_name(library):
    schema = schema_of({"a": {**INT, "min": 0}, "rejected_because": TEXT})
    columns = {"a": [1, -1], "rejected_because": ["x", "y"]}
    names = library.judge(columns, schema, ASIDE).rejected.column_names
    assert names == ["a", "rejected_because", "rejected_because_"]


@each_library
def test_code_of_ones_own_is_a_reason(library, monkeypatch):
    module = types.ModuleType("own_checks")
    module.even = lambda values, by: [value % by == 0 for value in _plain(values)]
    monkeypatch.setitem(sys.modules, "own_checks", module)
    check = {"python": "own_checks:even", "args": {"by": 2}}
    schema = schema_of({"a": {**INT, "checks": [check], "nullable": True}})
    judged = library.judge({"a": [2, 3, None, 4]}, schema, ASIDE)
    assert judged.table.column("a").to_pylist() == [2, None, 4]
    reasons = judged.rejected.column("rejected_because").to_pylist()
    assert reasons == [["a.python:own_checks:even"]]
    failed = library.judge({"a": [2, 3]}, schema, Policy()).report.findings
    assert [(one.check, one.rows) for one in failed] == [("python:own_checks:even", (1,))]


def _plain(values):
    return values.to_pylist() if hasattr(values, "to_pylist") else list(values)


@pytest.mark.slow
@each_library
@settings(max_examples=ROUNDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_exactly_the_failing_rows_leave(library, data):
    """The rows of all violations together, by the evaluator; the rest holds on its own."""
    schema = data.draw(schemas())
    frame = data.draw(frames(schema))
    policy = Policy(on_fail="quarantine", max_failure_rate=1.0, cast="safe")
    judged = library.judge(raw_table(frame), schema, policy)
    if judged.rejected is None:
        return
    shaped, _ = shape(schema, frame, cast="safe")
    found = evaluate(schema, shaped)
    assert all(one.row is not None for one in found)
    failing = {one.row for one in found}
    assert judged.report.rejected == judged.rejected.num_rows == len(failing)
    assert judged.table.num_rows == len(frame.rows) - len(failing)
    assert library.judge(judged.table, schema).report.passed


def test_rejects_are_a_file_of_their_own(tmp_path):
    kind = load_type("dataframe")
    schema = schema_of({"a": {**INT, "min": 0}, "mail": {**TEXT, "pii": True}})
    aside = tmp_path / "aside"
    spec = Spec("out", "dataframe", schema, rejects=aside)
    (tmp_path / "data").mkdir()
    frame = pl.DataFrame({"a": [1, -1, 2], "mail": ["x", "canary", "z"]})
    report = kind.write(frame, tmp_path / "data", spec, ASIDE)
    assert report.rejected == 1
    assert "canary" not in str(report.to_json())
    assert kind.read(tmp_path / "data", "pyarrow", spec).column("a").to_pylist() == [1, 2]
    rejected = read_parquet(aside / "data.parquet")
    assert rejected.to_pydict() == {"a": [-1], "mail": ["canary"], "rejected_because": [["a.min"]]}
    # a command's file is judged alike
    pa.parquet.write_table(frame.to_arrow(), tmp_path / "data" / "data.parquet")
    (aside / "data.parquet").unlink()
    assert kind.check(tmp_path / "data", spec, ASIDE).rejected == 1
    assert read_parquet(aside / "data.parquet").equals(rejected)


def test_without_a_place_for_rejects_it_is_an_error(tmp_path):
    kind = load_type("dataframe")
    spec = Spec("out", "dataframe", schema_of({"a": {**INT, "min": 0}}))
    frame = pl.DataFrame({"a": [1, -1, 2]})
    report = kind.write(frame, tmp_path, spec, ASIDE)
    assert (report.ok, report.rejected) == (False, 0)
    again = kind.accept(tmp_path, replace(spec, rejects=tmp_path), ASIDE)
    assert (again.ok, again.rejected) == (False, 0), "inputs are never set aside"
    assert read_parquet(tmp_path / "data.parquet").num_rows == 3


@pytest.mark.parametrize("hundredths", range(101))
def test_the_share_that_is_tolerated_is_the_one_that_is_written(hundredths):
    policy = Policy(
        on_fail="quarantine",
        max_failure_rate=float(f"0.{hundredths:02}") if hundredths < 100 else 1,
    )
    assert policy.tolerates(hundredths, 100)
    assert not policy.tolerates(hundredths + 1, 100)
    assert policy.tolerates(hundredths * 7, 700)
