"""What outputs ask, in real runs: what passes, what is told, what is set aside, what ends a run."""

from __future__ import annotations

import json
import re

import pytest

from wombat.cli.entry import run

pytestmark = pytest.mark.slow

PIPELINE = """
pipeline: churn
tasks:
  load:
    run: churn.tasks:load
    outputs:
      rows:
        type: records
        json_schema: schemas/row.json
        policies: {production: {on_fail: quarantine, max_failure_rows: 2}}
  measure:
    run: churn.tasks:measure
    inputs: {rows: load}
    outputs:
      quality: {type: metrics, ranges: {share: {min: 0.5}}}
      squares: {type: array, shape: [n, 2], max: 9801}
  write:
    shell: |
      printf '{"a": 1}\\n{"a": 2}\\n' | gzip > "$WOMBAT_OUTPUT_PACKED"
      printf 'gr\\344ulich' > "$WOMBAT_OUTPUT_TEXT"
    outputs:
      packed: {type: records, format: jsonl.gz}
      text: {type: text, encoding: latin-1, min_size: 9B}
"""
TASKS = """
from collections.abc import Iterator

import numpy as np


def load() -> Iterator[dict]:
    yield from ({"id": n, "age": n - 2} for n in range(100))


def measure(rows: Iterator[dict]) -> dict:
    found = np.array([[row["id"], row["id"] ** 2] for row in rows])
    return {"quality": {"share": len(found) / 100}, "squares": found}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    for path, text in {
        "wombat.yml": "store: artifacts\n",
        "pipelines/churn.yml": PIPELINE,
        "churn/__init__.py": "",
        "churn/tasks.py": TASKS,
        "schemas/row.json": '{"properties": {"age": {"minimum": 0}}}',
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(project, before: str, after: str) -> None:
    file = project / "pipelines" / "churn.yml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def test_a_run_keeps_what_holds_and_sets_aside_what_doesn_t(project, capsys):
    assert run(["run", "churn", "-p", "production"]) == 0, capsys.readouterr()
    said = capsys.readouterr().err
    assert "2 of 100 rows (2 %) set aside in rows_rejected" in said
    assert run(["pull", "churn/load.rows_rejected", "-o", "aside"]) == 0
    lines = (project / "aside" / "data.jsonl").read_text().splitlines()
    assert [json.loads(line)["rejected_because"] for line in lines] == [["age.minimum"]] * 2
    assert run(["pull", "churn/write.packed", "-o", "packed"]) == 0
    assert (project / "packed" / "data.jsonl").read_text() == '{"a":1}\n{"a":2}\n'
    assert run(["pull", "churn/write.text", "-o", "text"]) == 0
    assert (project / "text" / "data.txt").read_bytes() == "gräulich".encode()
    report = (project / ".wombat" / "reports" / "churn.measure.xml").read_text()
    assert 'classname="quality ← measure"' in report
    assert "<failure" not in report


def test_production_ends_where_development_warns(project, capsys):
    changed(project, "min: 0.5", "min: 0.995")
    changed(project, "max: 9801", "max: 9000")
    assert run(["run", "churn", "-p", "development"]) == 0, capsys.readouterr()
    assert "'share' is 1; expected" not in capsys.readouterr().err  # nothing is set aside there
    assert run(["run", "churn", "-p", "production"]) == 11
    said = capsys.readouterr().err
    assert "'share' is 0.98; expected at least 0.995" in said
    assert re.search(r"\d of 196 values of the array are above 9000", said)
    report = (project / ".wombat" / "reports" / "churn.measure.xml").read_text()
    assert 'name="share.min"' in report
    assert "<failure" in report


def test_too_many_records_that_fail_end_the_run(project, capsys):
    changed(project, "max_failure_rows: 2", "max_failure_rows: 1")
    assert run(["run", "churn", "-p", "production"]) == 11
    assert "2 of 100 rows (2 %) would be set aside; 1 row allowed" in capsys.readouterr().err
