"""Reading a project runs none of its code: a canary that sings on import stays silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import _no_ci  # noqa: F401  # found here by its name
from wombat.cli.entry import run

if TYPE_CHECKING:
    from pathlib import Path

CANARY = """
from pathlib import Path
Path(__file__).with_name("sung").write_text("x")


class Meta(type):
    def __new__(cls, *given, **more):
        Path(__file__).with_name("sung").write_text("x")
        return super().__new__(cls, *given, **more)


def task(rows: Meta = None): ...
"""
PIPELINE = """
pipeline: churn
schedule: {cron: "0 3 * * *"}
tasks:
  load: {run: "canary.load:task", outputs: {out: rows}}
  next: {run: "canary.load:task", inputs: {rows: {from: load, schema: rows}}}
"""


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "--format", "json"],
        ["check", "--format", "gitlab", "--out", "{out}/codequality.json"],
        ["plan"],
        ["plan", "--format", "markdown"],
        ["plan", "--format", "json"],
        ["graph"],
        ["graph", "--format", "mermaid"],
        ["compile", "--to", "gitlab", "--out", "{out}"],
        ["compile", "--to", "gitlab", "--out", "{out}", "--select"],
        ["compile", "--to", "plan", "--out", "{out}"],
        ["schedule", "show"],
    ],
)
def test_the_canary_is_silent(
    words: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word.format(out=project / "out") for word in words]
    assert run(words) == 0, capsys.readouterr().err
    assert sung(project) == []
    if words[0] == "compile":
        assert any((project / "out").iterdir())


def test_the_canary_is_silent_when_a_run_is_reported(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WOMBAT_RUN", "r1")
    assert run(["compile", "--to", "gitlab", "--out", "out", "--select"]) == 0
    assert run(["report", "--out", "reports"]) == 0
    assert "run r1: nothing has run yet" in capsys.readouterr().out
    assert sung(project) == []


def test_the_canary_sings_when_its_code_runs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMBAT_RUN", "r1")
    assert run(["exec", "churn/load"]) == 12
    assert "sung" in sung(project)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project full of canaries, with itself on the import path; the working directory."""
    for path, text in {
        "canary/__init__.py": CANARY,
        "canary/load.py": CANARY,
        "conftest.py": CANARY,
        "sitecustomize.py": CANARY,
        "pipelines/__init__.py": CANARY,
        "pipelines/churn.yml": PIPELINE,
        "schemas/rows.yml": "schema: rows\ncolumns: {id: int64}\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def sung(project: Path) -> list[str]:
    """What would be there had any module been imported."""
    return [p.name for p in project.rglob("*") if p.name in ("sung", "__pycache__")]
