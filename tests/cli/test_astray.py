"""Commands where they can't mean anything, as outside of projects; and what they still tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wombat.cli.entry import run

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "schema: shop.raw\ncolumns:\n  id: int64\n"
PIPELINE = "pipeline: shop\ntasks:\n  load: {run: 'shop:load', outputs: {raw: shop.raw}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "schemas/shop.yml": SCHEMA,
        "pipelines/shop.yml": PIPELINE,
        "shop.py": "def load(): ...\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def test_outside_of_a_project_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["check", "-C", str(tmp_path)]) == 10
    text = said(capsys)
    assert "this folder is in no project" in text
    assert "-C DIR" in text
    (tmp_path / "wombat.yml").write_text("project: shop\n")
    assert run(["check", "-C", str(tmp_path)]) == 10
    assert "no pipeline in pipelines/" in said(capsys)


@pytest.mark.parametrize(
    "words", [["check", "--against", "main"], ["schema", "diff", "shop.raw@main", "shop.raw"]]
)
def test_outside_of_git_that_is_said(
    project: Path, words: list[str], capsys: pytest.CaptureFixture[str]
):
    assert run([*words, "-C", str(project)]) == 2
    text = said(capsys)
    assert "error[against-unknown] (exit 2): this folder is in no git repository" in text


@pytest.mark.parametrize("path", ["none.parquet", "data/x/none.csv", "schemas/none.csv"])
def test_a_file_that_is_not_there_is_no_address(
    project: Path, path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project)
    assert run(["diff", path, "shop/raw"]) == 2
    assert f"error[file-not-found] (exit 2): no file '{path}'" in said(capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["-C", "DIR", "--json", "check"],
        ["--json", "-C", "DIR", "check"],
        ["check", "-C", "DIR", "--json"],
        ["-C", "DIR", "check", "--json"],
    ],
)
def test_what_every_verb_has_may_stand_before_it(
    project: Path, words: list[str], capsys: pytest.CaptureFixture[str]
):
    assert run([str(project) if one == "DIR" else one for one in words]) == 0
    assert json.loads(capsys.readouterr().out)["diagnostics"] == []


def test_before_a_verb_with_verbs_too(project: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["-C", str(project), "schema", "show", "shop.raw"]) == 0
    assert "shop.raw" in said(capsys)


def test_edges_are_told_though_something_is_wrong(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "shop.py").write_text("def load(): ...\ndef use(raw): ...\n")
    (project / "schemas/need.yml").write_text("schema: need\ncolumns:\n  id: int32\n")
    more = "  use: {run: 'shop:use', inputs: {raw: {from: load, schema: need}}}\n"
    more += "  same: {run: 'shop:use', inputs: {raw: {from: load, schema: shop.raw}}}\n"
    (project / "pipelines/shop.yml").write_text(PIPELINE + more)
    assert run(["check", "--json", "-C", str(project)]) == 10
    told = json.loads(capsys.readouterr().out)
    assert told["edges"] == {"refuted": 1, "proven": 1}
    assert {one["consumer"]: one["verdict"] for one in told["verdicts"]} == {
        "use": "refuted",
        "same": "proven",
    }


def test_who_has_unknown_edges_learns_how_to_see_them(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "shop.py").write_text(
        "def load(): ...\ndef use(raw): ...\ndef fine(ids): return ids > 0\n"
    )
    (project / "schemas/need.yml").write_text(
        'schema: need\ncolumns:\n  id: {type: int64, checks: [{python: "shop:fine"}]}\n'
    )
    more = "  use: {run: 'shop:use', inputs: {raw: {from: load, schema: need}}}\n"
    (project / "pipelines/shop.yml").write_text(PIPELINE + more)
    assert run(["check", "-C", str(project)]) == 0
    found = capsys.readouterr()
    assert "1 unknown" in found.out
    assert "check -v" in found.err
    assert run(["check", "-v", "-C", str(project)]) == 0
    found = capsys.readouterr()
    assert "note[edge-unknown]" in found.err
    assert "check -v" not in found.err


@pytest.mark.slow
@pytest.mark.parametrize("words", [["run", "shop"], ["check"], ["rule", "unknown-type"]])
@pytest.mark.parametrize("bare", [True, False])
def test_no_color_means_text_alone(project: Path, words: list[str], bare: bool):
    """On a real terminal: not a single escape is sent, with mistakes and with progress."""
    if words == ["check"]:
        (project / "schemas/shop.yml").write_text(SCHEMA.replace("int64", "int"))
    leader, follower = os.openpty()
    given = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CI")}
    given |= {"TERM": "xterm-256color"} | ({"NO_COLOR": "1"} if bare else {})
    with subprocess.Popen(
        [sys.executable, "-m", "wombat", *words], cwd=project, env=given,
        stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
    ) as process:  # fmt: skip
        os.close(follower)
        shown = b""
        try:
            while data := os.read(leader, 1 << 16):
                shown += data
        except OSError:  # the other side is closed
            pass
        process.wait(60)
    os.close(leader)
    assert shown
    if bare:
        assert b"\x1b" not in shown
    elif words != ["rule", "unknown-type"]:
        assert b"\x1b" in shown
