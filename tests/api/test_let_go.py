"""What retention let go is told as that, and nothing else is."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from wombat.cli.entry import run

AGO = 400 * 24 * 3600


@pytest.fixture
def versions(tmp_path, monkeypatch, capsys):
    """Two versions of `raw/a`, long ago; the runs, the newest first."""
    monkeypatch.chdir(tmp_path)
    Path("wombat.yml").write_text("project: shop\nretention: {keep_last: 1}\n")
    for byte in b"12":
        Path("a.bin").write_bytes(bytes([byte]) * 50_000)
        assert run(["put", "a.bin", "raw/a", "-q"]) == 0
    then = time.time() - AGO
    for path in Path(".wombat/store").rglob("*"):
        os.utime(path, (then, then), follow_symlinks=False)
    return [one["run"] for one in log(capsys)]


def log(capsys):
    capsys.readouterr()
    assert run(["log", "raw", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    return found if isinstance(found, list) else found["versions"]


def remove(run_):
    """As a collection does: the manifest of what a run put."""
    folder = Path(".wombat/store/local/shop")
    (record,) = folder.glob(f"runs/raw/{run_}/all")
    value = json.loads(record.read_text())["outputs"]["a"]
    (folder / "m" / value["C"][:2] / f"{value['C']}.{value['M']}").unlink()


def said(capsys, *words):
    capsys.readouterr()
    return run(list(words)), capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("pull", "raw/a@run:{}", "-o", "out"), ("show", "raw/a@run:{}"), ("promote", "{}")]
)
def test_an_old_version_was_let_go(versions, capsys, words):
    remove(versions[1])
    code, error = said(capsys, *(word.format(versions[1]) for word in words))
    assert code == 14
    assert "store-let-go" in error
    assert versions[1] in error
    assert not any(Path(".wombat/store").rglob("damage/*"))


def test_a_tag_of_it_says_so_too(versions, capsys):
    remove(versions[1])
    code, error = said(capsys, "tag", f"raw@run:{versions[1]}", "v1")
    assert (code, "store-let-go" in error) == (14, True)


def test_the_log_marks_it_alone(versions, capsys):
    assert [one["state"] for one in log(capsys)] == ["", ""]
    remove(versions[1])
    assert [one["state"] for one in log(capsys)] == ["", "gone"]


def test_what_a_rule_keeps_is_lost(versions, capsys):
    remove(versions[0])
    code, error = said(capsys, "pull", "raw/a", "-o", "out")
    assert (code, "store-lost" in error) == (14, True)
    Path("wombat.yml").write_text("project: shop\nretention: {keep_last: 2}\n")
    remove(versions[1])
    code, error = said(capsys, "pull", f"raw/a@run:{versions[1]}", "-o", "out")
    assert (code, "store-lost" in error) == (14, True)
