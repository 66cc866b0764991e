"""What a run tells of its data: casts, cures, samples, and each finding once."""

from __future__ import annotations

import pytest

from tests.executor.plans import Project, of_task, output, plan, task
from wombat.data.report import Finding, Report
from wombat.errors import DataInvalid
from wombat.executor.local import run_plan
from wombat.executor.messages import Failed, violation
from wombat.executor.process import Worker
from wombat.executor.task import execute_part
from wombat.plan.ir import Edge
from wombat.review.junit import junit
from wombat.schema.policy import resolve_policy

CODE = """
import pandas as pd
import polars as pl

def narrow() -> pd.DataFrame:
    at = pd.to_datetime(pd.Series(["2026-01-31", "2026-02-01"])).astype("datetime64[ns]")
    return pd.DataFrame({"n": pd.Series([1, 2], dtype="int32"), "at": at})

def narrow_polars() -> pl.DataFrame:
    return pl.from_pandas(narrow())

def texts() -> pd.DataFrame:
    return narrow().astype({"n": "string"})

def low(region: str = "") -> pl.DataFrame:
    return pl.DataFrame({"n": [-1] * 60 + [1] * 9_940, "at": [None] * 10_000},
                        schema={"n": pl.Int64, "at": pl.Datetime("us")})

def count(rows: pl.DataFrame) -> dict:
    return {"rows": len(rows)}

def total(rows: list[pl.DataFrame]) -> dict:
    return {"rows": sum(map(len, rows))}
"""
AT = {"type": {"type": "timestamp", "unit": "us"}, "nullable": True}
ROWS = {
    "schema": "rows",
    "columns": {"n": {"type": "int64", "min": 0}, "at": AT},
    "order": ["n", "at"],
}
NEEDS = {"schema": "needs", "columns": {"n": {"type": "int64", "min": 0}}}
SCHEMAS = {"rows": ROWS, "needs": NEEDS}
NARROW = (
    "rows: column 'n' is int32, cast to int64; production refuses it; "
    """write frame["n"].astype("Int64"); cast too: 'at'"""
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    here = Project(tmp_path_factory.mktemp("told") / "project", CODE)
    worker = Worker(here.root)
    yield here, worker
    worker.stop()


def making(run, policies=None, **words):
    made = output("rows", "dataframe", schema="rows", policies=policies or {})
    return task("make", f"work:{run}", outputs=(made,), **words)


def made(shared, run, policies=None, profile="development", **words):
    here, worker = shared
    given = plan(making(run, policies), schemas=SCHEMAS, **words)
    context = here.begin(given, profile=profile, anew=["make"])
    return execute_part(context, "make", worker=worker).record


def test_a_cast_that_production_refuses_is_told_with_its_cure(shared):
    record = made(shared, "narrow")
    assert record["warnings"] == [NARROW]
    assert record["outputs"]["rows"]["stamp"]["passed"] is True, "what is stored holds"
    (check,) = record["report"]["checks"]
    assert check["cast"] == ["n", "at"]
    assert [(one["column"], one["check"], one["severity"]) for one in check["findings"]] == [
        ("n", "cast", "warn"), ("at", "cast", "warn"),
    ]  # fmt: skip
    assert check["findings"][1]["cure"] == 'frame["at"].dt.as_unit("us")'
    suite = junit(shared[0].reports[-1], {"schemas": SCHEMAS})
    assert "column 'n' is int32, cast to int64" in suite
    assert 'name="n.min"' in suite, "its values were looked at"


def test_cures_are_of_the_library_at_hand(shared):
    (check,) = made(shared, "narrow_polars")["report"]["checks"]
    assert [one["cure"] for one in check["findings"]] == [
        'pl.col("n").cast(pl.Int64)', 'pl.col("at").dt.cast_time_unit("us")',
    ]  # fmt: skip


def test_a_cast_that_production_makes_too_is_only_recorded(shared):
    layers = {"policies": {"production": {"cast": "safe"}}}
    record = made(shared, "narrow", **layers)
    assert record["warnings"] == []
    assert record["report"]["checks"][0]["cast"] == ["n", "at"]
    own = {"production": {"cast": "safe"}}
    assert made(shared, "narrow", own)["warnings"] == []
    assert made(shared, "narrow", own, profile="production")["warnings"] == []


def test_a_wrong_type_says_what_to_write(shared):
    here, worker = shared
    context = here.begin(plan(making("texts"), schemas=SCHEMAS, places={"rows": "s/r.yml:1"}))
    with pytest.raises(DataInvalid) as caught:
        execute_part(context, "make", worker=worker)
    assert caught.value.message.startswith(
        "demo/make, production: output 'rows': column 'n' is string; expected int64"
    )
    assert caught.value.hint == (
        'write pd.to_numeric(frame["n"]).astype("Int64"); frame["at"].dt.as_unit("us"), '
        "or change what rows (s/r.yml:1) asks of it; "
        f"the same inputs here: wombat reproduce {context.run} demo/make"
    )


def test_of_a_sample_is_told_what_was_looked_at(shared):
    (line,) = made(shared, "low")["warnings"]
    assert line == (
        "rows: 'n' is below 0: 60 of 6,000 looked at (1 %) fail, of 10,000 rows: rows 0, 1, 2, …"
    )


def consumer(name, run, collect=None):
    takes = of_task("rows", "make", "rows", "dataframe", schema="needs", collect=collect)
    return task(name, f"work:{run}", inputs=(takes,), outputs=(output(name),))


def edge(name, verdict):
    return Edge(name, "rows", "make", "rows", verdict, "rows", "needs")


def told(here, given, task):
    context = here.begin(given, profile="development", anew=given.by_name)
    assert run_plan(context).error is None
    (attempt,) = context.store.attempts("demo", context.run, task)
    return attempt.record["warnings"], attempt.record["report"]["checks"]


@pytest.mark.slow
def test_a_finding_is_told_where_it_was_made_and_not_at_each_input(shared):
    here, _ = shared
    given = plan(making("low"), consumer("count", "count"), schemas=SCHEMAS,
                 edges=(edge("count", "proven"),))  # fmt: skip
    lines, (check,) = told(here, given, "count")
    assert lines == ["rows: 1 finding, told at make.rows"]
    assert check["told"] == "make.rows"
    assert check["findings"][0]["failing"] == 60, "the report has it all the same"

    given = plan(making("low"), consumer("count", "count"), schemas=SCHEMAS,
                 edges=(edge("count", "unknown"),))  # fmt: skip
    lines, (check,) = told(here, given, "count")
    assert "'n' is below 0" in lines[0]
    assert "told" not in check


@pytest.mark.slow
def test_findings_of_all_parts_are_pointed_at_on_one_line(shared):
    here, _ = shared
    parts = making("low", foreach={"region": ["us", "eu", "jp"]})
    given = plan(parts, consumer("total", "total", "list"), schemas=SCHEMAS,
                 edges=(edge("total", "proven"),))  # fmt: skip
    lines, checks = told(here, given, "total")
    assert lines == ["rows: 3 findings, told at make.rows"]
    assert len(checks) == 3


ASIDE = resolve_policy("production", {"production": {"on_fail": "quarantine"}})


@pytest.mark.parametrize(
    ("failing", "told"),
    [(2, "2 of 100 rows (2 %) would be set aside; 1 % allowed\n  output 'rows': "), (1, "")],
)
def test_how_many_would_be_set_aside_is_told_where_that_is_the_reason(failing, told):
    """Few enough may leave too little behind: then that is the reason."""
    few = Finding(None, "rows", "without the failing rows: 1 row; expected at least 2")
    report = Report("rows", "rows", "0" * 64, "", "full", 100, 100, (few,), failing=failing)
    said = violation("demo/make", "production", [Failed("output 'rows'", report, ASIDE)])
    assert said == f"demo/make, production: output 'rows': {told}{few.message}"


@pytest.mark.slow
def test_a_failure_at_an_input_is_told_whatever_was_told_before(shared):
    here, _ = shared
    takes = of_task("rows", "make", "rows", "dataframe", schema="needs",
                    policies={"development": {"on_fail": "error"}})  # fmt: skip
    counts = task("count", "work:count", inputs=(takes,), outputs=(output("count"),))
    given = plan(making("low"), counts, schemas=SCHEMAS, edges=(edge("count", "proven"),))
    error = run_plan(here.begin(given, profile="development")).error
    assert isinstance(error, DataInvalid)
    assert "input 'rows': 'n' is below 0" in error.message
    last = [one for one in here.reports if one.task == "count"][-1]
    (check,) = last.checks
    assert "told" not in check
    assert 'name="n.min"' in junit(last, {"schemas": SCHEMAS})
