"""What a run in production says is the same whether or not another profile made the data before."""

from __future__ import annotations

import itertools
import json
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from wombat.api.runs import run_pipeline

DRAWS = 300 if os.environ.get("WOMBAT_SOAK") else 20
COUNT = itertools.count()
CODE = """\
import pyarrow as pa
import pyarrow.compute as pc

LOG = {log!r}


def told(name):
    with open(LOG, "a") as log:
        log.write(name + "\\n")


def small(frame):
    return pc.less(frame["n"], 6) if isinstance(frame, pa.Table) else frame["n"] < 5


def make():
    told("make")
    return pa.table({table})


def read(rows: pa.Table):
    told("read")
    return rows["n"].to_pylist()
"""
SMALL = {"check": "sample", "sample": {"head": 2, "random": 0}}
DEVELOPMENT = st.sampled_from([{}, {}, {}, {"check": "full"}, {"check": "types"}, SMALL,
                               {"check": "none"}, {"on_fail": "error"}])  # fmt: skip
PRODUCTION = st.sampled_from([{}, {}, {"cast": "safe"}, {"on_fail": "warn"}, {"check": "types"},
                              {"check": "none"}, SMALL])  # fmt: skip
ASIDE = st.sampled_from([{}, {"max_failure_rate": 1}, {"max_failure_rate": 0.2}]).map(
    lambda rate: {"on_fail": "quarantine", **rate}
)
TABLES = st.builds(
    lambda numbers, kind: f"{{'n': pa.array({numbers}).cast(pa.{kind}())}}",
    st.sampled_from([[1, 2, 3], [1, 2, -1], [1, 2, None], [1, 2, 5, 3], [1, 2, 6], [1, 2, 2]]),
    st.sampled_from(["int64", "int64", "int64", "int64", "int32", "string", "float64"]),
)
SCHEMAS = st.fixed_dictionaries(
    {"columns": st.fixed_dictionaries({"n": st.fixed_dictionaries(
        {"type": st.just("int64")},
        optional={"min": st.just(0), "nullable": st.just(value=True),
                  "severity": st.just("warn"), "unique": st.just(value=True)},
    )})},
    optional={"rules": st.just([{"name": "small", "python": "work:small"}])},
)  # fmt: skip


def write(root, log, table, schema, made, taken):
    files = {
        "wombat.yml": "project: verdicts\n",
        "work.py": CODE.format(log=str(log), table=table),
        "schemas/rows.yml": json.dumps({"schema": "rows", **schema}),
        "pipelines/p.yml": json.dumps({"pipeline": "p", "tasks": {
            "make": {"run": "work:make", "outputs": {
                "rows": {"type": "dataframe", "schema": "rows", "policies": made}}},
            "read": {"run": "work:read", "outputs": {"out": {"type": "json"}}, "inputs": {
                "rows": {"from": "make", "schema": "rows", "policies": taken}}},
        }}),
    }  # fmt: skip
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def verdict(result):
    """The exit code with its reason, and by each part that is done what it made and what was said
    of it."""
    made = {name: one.record for (name, _), one in result.done.items()}
    return (
        {name: (error.code, error.exit_code) for (name, _), error in result.failed.items()},
        {f"{name}.{n}": one["C"] for name, record in made.items()
         for n, one in record["outputs"].items()},
        {name: findings(record) for name, record in made.items()},
    )  # fmt: skip


def findings(record):
    checks = record.get("report", {}).get("checks", ())
    return [
        (
            check["side"],
            check["artifact"],
            one["column"],
            one["check"],
            one["severity"],
            one["failing"],
        )
        for check in checks
        for one in check["findings"]
    ]


@pytest.mark.slow
@settings(max_examples=DRAWS, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_production_says_the_same_with_reuse_and_without(here, tmp_path, monkeypatch, data):
    folder = tmp_path / str(next(COUNT))
    root, log = folder / "project", folder / "log"
    layers = [
        {"development": data.draw(DEVELOPMENT), "production": data.draw(one)}
        for one in (PRODUCTION | ASIDE, PRODUCTION)
    ]
    write(root, log, data.draw(TABLES), data.draw(SCHEMAS), *layers)

    def run(profile, store):
        log.write_text("")
        monkeypatch.setenv("WOMBAT_STORE", str(folder / store))
        return run_pipeline(root, "p", jobs=1, profile=profile), log.read_text().split()

    first, _ = run("development", "shared")
    again, ran = run("production", "shared")
    whole, _ = run("production", "fresh")
    assert verdict(again) == verdict(whole)
    reusable = {n for (n, _), one in first.done.items() if not one.record.get("decided")}
    assert not reusable & set(ran) or verdict(first)[1] != verdict(again)[1]
    third, ran = run("production", "shared")
    assert verdict(third)[:2] == verdict(whole)[:2]
    assert ran == sorted(set(ran) & {name for name, _ in third.failed}), "only what failed"
