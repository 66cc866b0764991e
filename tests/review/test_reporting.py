"""A run's reports out of the store are those that its jobs wrote; what never ran is told."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.cli.entry import run
from wombat.executor.kept import KEPT_CHECKS, KEPT_FINDINGS, KEPT_TEXT, kept_report, report_of
from wombat.executor.outcome import TaskReport
from wombat.review.junit import junit
from wombat.review.report import FOLDER
from wombat.store.records import LIMIT, AttemptRecord

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: shop
tasks:
  load:
    run: work:load
    outputs: {orders: orders}
  score:
    foreach: {region: [us, eu]}
    run: work:score
    inputs: {orders: load}
    outputs: {n: {type: json}}
  page:
    shell: echo made > "$WOMBAT_OUTPUT_PAGE"
    needs: score
    outputs: {page: {type: file, path: page.txt}}
  tell: {shell: echo told}
"""
OTHER = """\
pipeline: other
tasks: {one: {shell: 'echo 1 > "$WOMBAT_OUTPUT_X"', outputs: {x: {type: text}}}}
"""
SCHEMA = """\
schema: orders
columns: {n: {type: int64, max: 10}}
policies: {production: {on_fail: warn}, development: {on_fail: warn}}
"""
WORK = """\
import pyarrow as pa


def load():
    return pa.table({"n": list(range(13))})


def score(orders, region):
    if region == "eu":
        raise RuntimeError("no data there")
    return 1
"""


@pytest.fixture
def root(tmp_path):
    for path, text in {
        "pipelines/shop.yml": PIPELINE,
        "pipelines/other.yml": OTHER,
        "schemas/orders.yml": SCHEMA,
        "work.py": WORK,
        "wombat.yml": "project: shop\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def untimed(file):
    return re.sub(r' time="[0-9.]+"', "", file.read_text())


def test_the_reports_of_a_run_are_those_its_jobs_wrote(root, capsys):
    assert run(["run", "shop", "-C", str(root), "-k", "-j", "1", "--json"]) == 12
    name = next(iter((root / ".wombat" / "logs").iterdir())).name
    capsys.readouterr()
    out = root / "again"
    assert run(["report", "-C", str(root), "--run", name, "--out", "again", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["run"] == name
    assert tree["pipelines"] == ["shop"]
    assert tree["states"] == {"done": 2, "failed": 1, "not run": 1}
    written = {file.name for file in (root / FOLDER).iterdir()}
    assert written == {
        f"shop.{part}.{kind}"
        for part in ("load", "score=us", "score=eu")
        for kind in ("xml", "json")
    }
    assert {file.name for file in out.iterdir()} == written | {"shop.page.xml", "shop.page.json"}
    for name in sorted(written):
        if name.endswith(".xml"):
            assert untimed(out / name) == untimed(root / FOLDER / name)
    (page,) = ET.parse(out / "shop.page.xml").iter("testcase")
    assert page.find("skipped").text == "has not run"
    assert "raised RuntimeError" in (out / "shop.score=eu.xml").read_text()


def test_the_newest_attempt_counts(root, monkeypatch, capsys):
    monkeypatch.setenv("WOMBAT_RUN", "r1")
    words = ["shop/load", "shop/score", "shop/score"]
    assert run(["exec", words[0], "-C", str(root)]) == 0
    assert run(["exec", words[1], "--part", "eu", "-C", str(root)]) == 12
    state = root / "again" / "shop.score=eu.json"
    assert run(["report", "-C", str(root), "--out", "again"]) == 0
    assert json.loads(state.read_text())["state"] == "failed"
    assert run(["exec", words[1], "--part", "eu", "-C", str(root)]) == 12
    capsys.readouterr()
    assert run(["report", "-C", str(root), "--out", "again"]) == 0
    assert "run r1: 4 parts of 1 pipeline (1 done, 1 failed, 2 not run), in again" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("there", [True, False])
def test_a_run_of_which_nothing_ran_is_no_failure(root, there, capsys):
    file = root / "run"
    if there:
        file.write_text("gl-1-2\n")
        assert run(["exec", "other/one", "--run", "gl-0-1", "-C", str(root)]) == 0
        capsys.readouterr()
    assert run(["report", "-C", str(root), "--run-file", "run", "--out", "again"]) == 0
    said = capsys.readouterr().out
    assert ("run gl-1-2: nothing has run yet" if there else "no run to report") in said
    assert not (root / "again").exists()


def test_a_file_that_names_no_run_is_refused(root, capsys):
    (root / "run").write_text("../../etc\n")
    assert run(["report", "-C", str(root), "--run-file", "run", "--out", "again"]) == 2
    assert "invalid-run" in capsys.readouterr().err
    assert run(["report", "-C", str(root), "--out", "again"]) == 2
    assert "run-missing" in capsys.readouterr().err


def test_gitlab_gets_links_and_metrics_of_all_parts_of_a_job(root, monkeypatch):
    for name, value in {
        "GITLAB_CI": "true",
        "CI_PROJECT_URL": "https://gitlab.example.com/shop",
        "CI_COMMIT_SHA": "0123456789abcdef",
        "CI_PIPELINE_ID": "7",
        "WOMBAT_STORE": str(root / "store"),
        "WOMBAT_ZONE": "u",
    }.items():
        monkeypatch.setenv(name, value)
    assert run(["exec", "shop/load", "-C", str(root)]) == 0
    links = (root / FOLDER / "annotations.json").read_text()
    assert "/-/blob/0123456789abcdef/pipelines/shop.yml#L4" in links
    assert "/-/blob/0123456789abcdef/work.py#L1" in links
    metrics = (root / FOLDER / "metrics.txt").read_text()
    assert 'wombat_output_rows{pipeline="shop",task="load",output="orders"} 13' in metrics
    words = ["exec", "shop/score", "--part", "us", "--part", "eu", "-C", str(root)]
    assert run(words) == 12
    metrics = (root / FOLDER / "metrics.txt").read_text()
    assert 'wombat_task_seconds{pipeline="shop",task="score",part="us"}' in metrics
    assert 'wombat_task_seconds{pipeline="shop",task="score",part="eu"}' in metrics


findings = st.fixed_dictionaries(
    {
        "column": st.none() | st.text(max_size=5),
        "check": st.sampled_from(["min", "null"]),
        "message": st.text(max_size=2 * KEPT_TEXT),
        "severity": st.sampled_from(["error", "warn"]),
        "failing": st.integers(0, 10**9),
        "checked": st.integers(0, 10**9),
        "rows": st.lists(st.integers(0, 10**9), max_size=60),
    }
)
checks = st.lists(
    st.fixed_dictionaries(
        {
            "side": st.sampled_from(["input", "output"]),
            "artifact": st.sampled_from(["a", "b"]),
            "schema": st.none() | st.just("s"),
            "profile": st.just("p"),
            "depth": st.just("full"),
            "rows": st.integers(0, 9),
            "rows_checked": st.integers(0, 9),
            "findings": st.lists(findings, max_size=4),
        }
    ),
    max_size=4,
)


def again(found):
    record = {"state": "done", "profile": "p", "cost": {"seconds": 0.0}, "report": found}
    return report_of(AttemptRecord("t", None, 1, record), "q", "r")


@given(checks)
def test_a_kept_report_reads_like_the_first(found):
    short = [
        {**one, "findings": [{**f, "message": f["message"][:KEPT_TEXT]} for f in one["findings"]]}
        for one in found
    ]
    first = TaskReport("q", "t", None, "r", "p", "done", 0.0, tuple(short))
    kept = json.loads(json.dumps(kept_report(found)))
    assert junit(again(kept)) == junit(first)


def test_what_is_too_much_is_counted_and_errors_stay():
    one = {"column": "n", "check": "min", "message": "x" * 9999, "failing": 9, "checked": 9}
    one |= {"rows": list(range(1000)), "cure": "y" * 9999}
    well = {"side": "input", "artifact": "a", "schema": "s", "findings": []}
    well |= {"depth": "full", "rows": 1, "rows_checked": 1}
    cast = {**well, "casts": [{**one, "severity": "warn"}] * 300}
    assert len(json.dumps(kept_report([cast] * 1000))) < LIMIT / 3
    warned = {**well, "findings": [{**one, "severity": "warn"}] * 300}
    wrong = {**well, "findings": [{**one, "severity": "error"}] * 7}
    kept = kept_report([well] * 1000 + [warned, wrong])
    severities = [f["severity"] for check in kept["checks"] for f in check["findings"]]
    assert len(kept["checks"]) == KEPT_CHECKS
    assert severities.count("error") == 7
    assert len(severities) == KEPT_FINDINGS
    assert kept["left_out"] == 1002 - KEPT_CHECKS + 307 - KEPT_FINDINGS
    assert len(json.dumps(kept)) < LIMIT / 3
    assert "909 more" in junit(again(kept))
