"""What validation promises beyond a single check: order, samples, policies, traps."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from tests.data.libraries import LIBRARIES
from tests.data.tables import schema_of
from wombat.data import counting
from wombat.data.artifacts import Spec, load_type
from wombat.data.engines import load_engine
from wombat.data.report import report_from_json
from wombat.data.validate import picked_rows
from wombat.schema.policy import Policy

INT = {"type": "int64"}
FULL = Policy()
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.name)


def report_of(library, columns, schema, policy=FULL):
    return library.judge(columns, schema, policy).report


@each_library
def test_counts_are_exact_and_cases_are_few(library):
    schema = schema_of({"a": {**INT, "min": 0}})
    report = report_of(library, {"a": [-1] * 50_000 + [1]}, schema)
    (finding,) = report.findings
    assert (finding.failing, finding.checked, len(finding.rows)) == (50_000, 50_001, 20)
    assert finding.rows == tuple(range(20))
    assert not report.ok
    assert report_of(library, {"a": [-1] * 50}, schema, Policy(cases=0)).findings[0].rows == ()


@each_library
@pytest.mark.parametrize("bad", [[4990], [3, 4990, 4999], [*range(2000, 2040)]], ids=len)
def test_the_first_rows_are_named_wherever_they_stand(library, bad):
    values = [1] * 5000
    for row in bad:
        values[row] = -1
    report = report_of(library, {"a": values}, schema_of({"a": {**INT, "min": 0}}))
    assert [(one.failing, one.rows) for one in report.findings] == [(len(bad), tuple(bad[:20]))]


@each_library
def test_a_sample_names_the_rows_of_the_whole_frame(library):
    schema = schema_of({"a": {**INT, "min": 0}}, key=["a"])
    values = [5] * 3 + list(range(10, 1000))
    values[900] = -1
    policy = Policy(check="sample", head=3, random=990 - 3, seed=1)
    report = report_of(library, {"a": values}, schema, policy)
    assert report.depth == "sample"
    assert (report.rows, report.rows_checked) == (993, 990)
    found = {one.check: one for one in report.findings}
    assert found["key"].rows == (0, 1, 2)
    assert found["min"].rows == (900,)
    assert found["min"].checked == 990


def test_a_sample_is_head_and_seeded_others_in_order():
    policy = Policy(check="sample", head=10, random=5, seed=0)
    rows = picked_rows(1000, policy)
    assert rows is not None
    assert rows[:10] == list(range(10))
    assert rows == sorted(set(rows))
    assert len(rows) == 15
    assert rows == picked_rows(1000, policy) != picked_rows(1000, Policy(head=10, random=5, seed=1))
    assert picked_rows(15, policy) is None
    assert picked_rows(16, policy) is not None


@each_library
def test_a_sample_that_is_everything_is_full(library):
    report = report_of(library, {"a": [1]}, schema_of({"a": INT}), Policy(check="sample"))
    assert (report.depth, report.rows_checked) == ("full", 1)


@each_library
def test_neither_too_few_rows_nor_too_many(library):
    schema = schema_of({"a": INT}, rows=[2, 3])
    for count in range(6):
        found = report_of(library, pa.table({"a": pa.array([1] * count, pa.int64())}), schema)
        checks = [(one.column, one.check) for one in found.findings]
        assert checks == ([] if count in (2, 3) else [(None, "rows")])


@each_library
def test_depths(library):
    schema = schema_of({"a": {**INT, "min": 5}, "b": INT})
    none = report_of(library, {"a": [1]}, schema, Policy(check="none"))
    types = report_of(library, {"a": [1]}, schema, Policy(check="types"))
    assert (none.depth, none.findings) == ("none", ())
    assert [one.check for one in types.findings] == ["missing"]
    assert (types.depth, types.rows_checked) == ("types", 0)


@each_library
def test_on_fail_warn_finds_the_same_and_is_ok(library):
    schema = schema_of({"a": {**INT, "min": 5}})
    hard = report_of(library, {"a": [1]}, schema)
    soft = report_of(library, {"a": [1]}, schema, Policy(on_fail="warn"))
    assert soft.ok
    assert not hard.ok
    assert [one.check for one in soft.findings] == [one.check for one in hard.findings]
    assert {one.severity for one in soft.findings} == {"warn"}


@each_library
def test_a_wrong_type_is_found_and_other_columns_are_still_checked(library):
    schema = schema_of({"a": INT, "b": {**INT, "min": 5}})
    report = report_of(library, {"a": ["1"], "b": [1], "c": [1]}, schema)
    assert [(one.column, one.check) for one in report.findings] == [
        ("a", "type"),
        ("c", "extra"),
        ("b", "min"),
    ]
    assert "is string; expected int64" in report.findings[0].message


@each_library
def test_no_value_and_no_personal_data_in_a_report(library):
    schema = schema_of({"mail": {"type": "string", "match": "[^@]+@x", "pii": True}})
    report = report_of(library, {"mail": ["secret-canary"]}, schema)
    assert "canary" not in str(report.to_json())
    assert report_from_json(report.to_json()) == report


@pytest.mark.slow
@each_library
def test_validation_cannot_be_turned_off_by_the_environment(library):
    code = (
        "from tests.data.libraries import LIBRARIES\n"
        "from tests.data.tables import schema_of\n"
        f"library = next(one for one in LIBRARIES if one.name == '{library.name}')\n"
        "s = schema_of({'a': {'type': 'int64', 'min': 5}})\n"
        "r = library.judge({'a': [1, None]}, s).report\n"
        "assert [f.check for f in r.findings] == ['null', 'min'], r\n"
        "assert not r.ok and r.depth == 'full'\n"
    )
    settings = {"PANDERA_VALIDATION_ENABLED": "False", "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"}
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **settings}, check=True)


@each_library
def test_a_bug_in_a_check_is_no_finding(library, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(counting, "failing", broken)
    with pytest.raises(ZeroDivisionError):
        report_of(library, {"a": [1]}, schema_of({"a": {**INT, "min": 1}}))


@each_library
def test_two_nulls_are_not_unique_and_nan_is_null(library):
    schema = schema_of({"a": {"type": "float64", "nullable": True, "unique": True}})
    report = report_of(library, {"a": [None, float("nan"), 1.0]}, schema)
    assert [(one.check, one.rows) for one in report.findings] == [("unique", (0, 1))]


@each_library
def test_frames_without_rows_or_columns(library):
    schema = schema_of({"a": {**INT, "min": 5, "required": False}}, key=[])
    assert report_of(library, {}, schema).ok
    empty = pa.table({"a": pa.array([], pa.int64())})
    for check in ("sample", "full"):
        report = report_of(library, empty, schema, Policy(check=check))
        assert report.ok
        assert report.rows == 0


@each_library
def test_a_frame_without_columns_has_no_rows(library, tmp_path):
    column = {**INT, "required": False}
    strict = schema_of({"a": column}, extra="drop", rows=[2, None])
    others = pa.table({"b": [1, 2, 3]})
    judged = library.judge(others, strict)
    assert [(one.check, judged.report.rows) for one in judged.report.findings] == [("rows", 0)]
    assert library.judge(others.select([]), strict).report.rows == 0
    loose = schema_of({"a": column}, extra="drop")
    dataframe, spec = load_type("dataframe"), Spec("o", "dataframe", loose)
    report = dataframe.write(library.frame(others), tmp_path, spec, FULL)
    stored = dataframe.read(tmp_path, "pyarrow", replace(spec, schema=None))
    assert (report.ok, report.rows, stored.num_rows) == (True, 0, 0)


@each_library
def test_large_constants_stay_exact(library):
    schema = schema_of({"a": {"type": "uint64", "max": 2**64 - 2}, "b": {**INT, "gt": 2**53}})
    columns = {"a": pa.array([2**64 - 1, 2**64 - 2], pa.uint64()), "b": [2**53, 2**53 + 1]}
    report = report_of(library, columns, schema)
    assert [(one.check, one.rows) for one in report.findings] == [("max", (0,)), ("gt", (0,))]


@each_library
@pytest.mark.parametrize("name", ["*", "^a.*$", "a b", "", "é", "key", "a\nb", "{x}"])
def test_column_names_are_only_names(library, name):
    """pandera and polars read some names as patterns or selectors."""
    schema = schema_of({name: {**INT, "max": 1}, "abc": INT}, key=[name])
    report = report_of(library, {name: [2, 2], "abc": [7, 8]}, schema)
    assert [(one.column, one.check, one.failing) for one in report.findings] == [
        (name, "max", 2),
        (name, "key", 2),
    ]


def test_pandas_named_and_other_indices():
    engine = load_engine("pandas")
    from wombat.errors import TaskFailed

    frame = pd.DataFrame({"a": [1, 2]})
    bad = [
        frame.set_index(pd.Index([1, 2], name="id")),
        frame.set_index(pd.Index(["x", "y"])),
        frame.set_index(pd.MultiIndex.from_tuples([(1, 2), (3, 4)])),
    ]
    for one in bad:
        with pytest.raises(TaskFailed) as caught:
            engine.to_arrow(one, None)
        assert caught.value.code == "named-index"
        assert "reset_index" in (caught.value.hint or "")


def test_frames_that_no_artifact_carries():
    from wombat.errors import TaskFailed

    engine = load_engine("pandas")
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    numbered = pd.DataFrame([[1, 2]])
    mixed = pd.DataFrame({"a": ["canary", 1]})
    objects = pd.DataFrame({"a": [object()]})
    period = pd.DataFrame({"a": pd.period_range("2026", periods=1, freq="D")})
    broken = pd.DataFrame({"a": pd.Series(["\ud800"], dtype=object)})
    codes = []
    for frame in (twice, numbered, mixed, objects, period, broken):
        with pytest.raises(TaskFailed) as caught:
            engine.to_arrow(frame, None)
        codes.append(caught.value.code)
        assert "canary" not in str(caught.value)
    assert codes == ["duplicate-column", *["return-mismatch"] * 5]
