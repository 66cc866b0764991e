"""What short commands load, and what they know of `wombat.yml` without reading it again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wombat.api.session import open_session
from wombat.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    *("boto3", "jsonschema", "numpy", "pandas", "pandera", "polars", "pyarrow", "rich"),
    *("pydantic", "pydantic_core", "yaml", "wombat.language.decode", "wombat.language.source"),
    *("wombat.data", "wombat.executor", "wombat.plan"),
}
PUSHES = {"wombat.store.push", "wombat.store.packing", "wombat.store.chunking"}
FETCHES = {"wombat.store.pull", "wombat.store.shelf", "wombat.store.writing"}
WRITTEN = "project: shop\nprofiles: {nightly: {effects: true}}\n"
RUN = """\
import json, sys
from wombat.cli.entry import run
for words in json.loads(sys.argv[1]):
    if code := run(words.split()):
        sys.exit(code)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A repository with a folder to put."""
    for name in ("CI", "GITLAB_CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "shop"
    (folder / "data").mkdir(parents=True)
    for name in "abc":
        (folder / "data" / name).write_text(name)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return folder


def loaded(folder: Path, *commands: str) -> set[str]:
    """The modules that a process has after these commands, and the packages that hold them."""
    words = [sys.executable, "-c", RUN, json.dumps(commands)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout.splitlines()[-1])
    return {m for name in modules for m in (name, name.partition(".")[0], name.rpartition(".")[0])}


@pytest.mark.parametrize("written", [None, WRITTEN])
def test_short_commands_load_little(here, written):
    if written:
        (here / "wombat.yml").write_text(written)
        assert "pydantic" in loaded(here, "put data raw/first")  # read once
    put = loaded(here, "put data raw/orders", "put data raw/orders")
    assert not put & (HEAVY | FETCHES)
    pull = loaded(here, "pull raw/orders -o got", "pull raw/orders -o got")
    assert not pull & (HEAVY | {"wombat.store.push"})
    there = loaded(here, "pull raw/orders -o got", "show raw/orders", "ls raw", "log raw")
    assert not there & (HEAVY | FETCHES | PUSHES)
    assert not loaded(here, "ls") & HEAVY


def test_git_is_asked_only_for_what_is_wanted(here, tmp_path, monkeypatch):
    said = tmp_path / "said"
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout
    git.write_text(f'#!/bin/sh\necho "$@" >> {said}\nexec {real.strip()} "$@"\n')
    git.chmod(0o755)
    loaded(here, "put data raw/orders")
    monkeypatch.setenv("PATH", f"{git.parent}{os.pathsep}{os.environ['PATH']}")
    for command, words in (
        ("put data raw/orders", {"rev-parse", "symbolic-ref", "config"}),
        ("show raw/orders", {"symbolic-ref", "config"}),
        ("show raw/orders@main", {"config"}),
    ):
        said.unlink(missing_ok=True)
        loaded(here, command)
        lines = [line.split() for line in said.read_text().splitlines()]
        asked = [line[line.index("-C") + 2] for line in lines]
        assert sorted(asked) == sorted(words)


def records(here: Path) -> list[Path]:
    return list((here.parent / "cache" / "wombat" / "settings").glob("*"))


def test_a_changed_file_is_read_anew(here):
    file = here / "wombat.yml"
    for name in ("one", "two", "one"):
        file.write_text(f"project: {name}\n")
        assert open_session(here).project == name
    assert len(records(here)) == 2


def test_what_is_remembered_is_what_was_read(here):
    (here / "hashes.txt").write_text("a")
    (here / "wombat.yml").write_text(
        WRITTEN + "store: {url: 's3://b/p', region: eu}\nupstream: behind\n"
        "gitlab: {image: 'python:3.12', wombat: install, requirements: hashes.txt}\n"
    )
    first, second = open_session(here), open_session(here)
    assert len(records(here)) == 1
    assert first.settings == second.settings
    assert first.profiles == second.profiles == {"nightly": True}
    assert first.installed == second.installed
    (here / "hashes.txt").write_text("b")
    assert open_session(here).installed["hashes.txt"] != first.installed["hashes.txt"]


def test_mistakes_are_said_each_time(here):
    (here / "wombat.yml").write_text("project: shop\nimages: 3\n")
    said = []
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            open_session(here)
        said.append(caught.value.diagnostics)
    assert said[0] == said[1]
    assert not records(here)


@pytest.mark.parametrize("harm", ["cut", "empty", "flipped", "folder", "of another"])
def test_a_damaged_record_is_read_anew(here, harm):
    (here / "wombat.yml").write_text(WRITTEN)
    open_session(here)
    (record,) = records(here)
    data = record.read_bytes()
    record.unlink()
    if harm == "folder":
        record.mkdir()
    elif harm == "of another":
        (here / "wombat.yml").write_text("project: other\n")
        open_session(here)
        (other,) = records(here)
        record.write_bytes(other.read_bytes())
        (here / "wombat.yml").write_text(WRITTEN)
    else:
        harmed = {"cut": data[:-5], "empty": b"", "flipped": data.replace(b"shop", b"evil")}
        record.write_bytes(harmed[harm])
    session = open_session(here)
    assert (session.project, dict(session.profiles)) == ("shop", {"nightly": True})


def test_where_nothing_can_be_remembered_the_file_is_read(here, monkeypatch):
    (here / "wombat.yml").write_text(WRITTEN)
    blocked = here.parent / "blocked"
    blocked.write_text("no folder")
    for place in (str(blocked), "/proc/nowhere"):
        monkeypatch.setenv("XDG_CACHE_HOME", place)
        assert open_session(here).project == "shop"


@pytest.mark.parametrize("ci", ["CI", "GITLAB_CI", "GITHUB_ACTIONS", "JENKINS_URL"])
def test_ci_neither_believes_records_nor_makes_them(here, monkeypatch, ci):
    (here / "wombat.yml").write_text(WRITTEN)
    monkeypatch.setenv("WOMBAT_STORE", str(here.parent / "store"))
    monkeypatch.setenv(ci, "true")
    open_session(here)
    assert not records(here)
    monkeypatch.delenv(ci)
    open_session(here)
    (record,) = records(here)
    forged = json.loads(record.read_bytes()[64:]) | {"profiles": {"production": True}}
    monkeypatch.setattr("wombat.api.written._recall", lambda _: dict(forged))
    assert open_session(here).profiles == {"production": True}
    monkeypatch.setenv(ci, "true")
    assert open_session(here).profiles == {"nightly": True}
