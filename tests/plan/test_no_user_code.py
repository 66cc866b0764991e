"""Reading a project runs none of its code: a canary that sings on import stays silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
tasks:
  load: {run: "canary.load:task", outputs: {out: rows}}
  next: {run: "canary.load:task", inputs: {rows: {from: load, schema: rows}}}
"""


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "--format", "json"],
        ["graph"],
        ["graph", "--format", "mermaid"],
        ["compile", "--to", "gitlab", "--out", "{out}"],
        ["compile", "--to", "plan", "--out", "{out}"],
    ],
)
def test_the_canary_is_silent(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
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
    words = [word.format(out=tmp_path / "out") for word in words]
    assert run(words) == 0, capsys.readouterr().err
    assert [p.name for p in tmp_path.rglob("*") if p.name in ("sung", "__pycache__")] == []
    if words[0] == "compile":
        assert any((tmp_path / "out").iterdir())
