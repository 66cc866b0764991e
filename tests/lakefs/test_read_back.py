"""What a run published to lakeFS, taken by another project from there alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.landing import Landing, Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake

SETTINGS = """
project: makers
publish: {{lakefs: {{repository: {repository}, path: shared}}}}
"""
MAKES = """
pipeline: churn
tasks:
  score:
    foreach: {region: [us, "e u"]}
    run: tasks:score
    outputs: {scores: scores, notes: {type: json}}
  page:
    shell: printf hello > "$WOMBAT_OUTPUT_PAGE"
    outputs: {page: {type: file, path: page.html}}
"""
SCORES = "schema: scores\ncolumns:\n  id: {type: int64}\n  p: {type: float64}\n"
MAKING = """
import pandas as pd


def score(region: str) -> dict:
    return {"scores": pd.DataFrame({"id": [1, 2], "p": [0.5, len(region)]}), "notes": [region]}
"""
TAKES = """
pipeline: takes
tasks:
  read:
    run: tasks:read
    inputs:
      whole: {{url: "{shared}/score/scores/", schema: whole}}
      one: {{artifact: "{shared}/score/scores/region=e%2520u", schema: scores}}
      copied: {{artifact: "{shared}/score/scores/region=e%20u", schema: scores}}
      place: {{url: "{shared}/score/notes/region=e%20u/"}}
      note: {{artifact: "{shared}/score/notes/region=us"}}
      page: {{artifact: "{shared}/page/page"}}
    outputs: {{read: {{type: json}}}}
"""
TAKING = """
from pathlib import Path

import polars as pl


def read(whole: pl.DataFrame, one: pl.DataFrame, copied: pl.DataFrame, place: Path, note: list,
         page: Path) -> dict:
    assert copied.equals(one)
    assert len(list(place.iterdir())) == 1
    return {"whole": whole.rows(), "columns": whole.columns, "one": one.rows(), "note": note,
            "page": [page.name, page.read_text()]}
"""
WHOLE = f"{SCORES}---\n{SCORES.replace('scores', 'whole')}  region: {{type: string}}\n"


@pytest.fixture
def landing(lake: Lake) -> Landing:
    return Landing(lake)


@pytest.mark.slow
def test_another_project_takes_what_was_published(
    landing: Landing,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    makers = Project.new(tmp_path / "makers", capsys, monkeypatch)
    makers.write(pipelines__churn=MAKES, schemas__scores=SCORES, tasks=MAKING)
    (makers.root / "wombat.yml").write_text(SETTINGS.format(repository=landing.lake.repository))
    assert makers.ask("run", "churn")[0] == 0
    code, done = makers.ask("lakefs", "sync", "churn")
    assert code == 0, done

    takers = Project.new(tmp_path / "takers", capsys, monkeypatch)
    shared = landing.url("shared/churn")
    takers.write(pipelines__takes=TAKES.format(shared=shared), schemas__scores=WHOLE, tasks=TAKING)

    def taken(*, reused: bool) -> dict[str, Any]:
        code, tree = takers.ask("run", "takes")
        assert code == 0, tree
        assert tree["reused"] == (["read"] if reused else [])
        from wombat.api.artifacts import load

        return dict(load("takes/read", start=takers.root))

    assert taken(reused=False) == {
        "whole": [["e u", 1, 0.5], ["e u", 2, 3.0], ["us", 1, 0.5], ["us", 2, 2.0]],
        "columns": ["region", "id", "p"],
        "one": [[1, 0.5], [2, 3.0]],
        "note": ["us"],
        "page": ["page.html", "hello"],
    }
    code, told = takers.say("lineage", "takes/read")
    assert f"note: source {shared}/score/notes/region=us/" in told

    # A run whose outputs are the same publishes another commit, which changes nothing here.
    assert makers.ask("run", "churn", "--force")[0] == 0
    assert makers.ask("lakefs", "sync", "churn")[0] == 0
    taken(reused=True)

    code, said = takers.ask("check", "-v")
    assert code == 0
    assert "it is outside data" in str(said)
    assert takers.ask("lock")[0] == 0
    landing.put("shared/churn/page/page/extra", b"mine")
    landing.commit()
    code, tree = takers.ask("run", "takes")
    assert (code, tree["error"]["code"]) == (2, "lakefs-not-published")
    assert "other files stand there" in tree["error"]["message"]
    for path, number, said in (
        ("score/scores", 2, "its output has parts"),
        ("score/scores/region=us/data.parquet", 17, "there is nothing at"),
        ("score", 2, "no _wombat.json names it"),
        ("page/page/region=us", 17, "there is nothing at"),
    ):
        text = TAKES.format(shared=shared).replace(f"{shared}/page/page", f"{shared}/{path}")
        takers.write(pipelines__takes=text)
        code, tree = takers.ask("run", "takes")
        assert (code, said in tree["error"]["message"]) == (number, True), tree
