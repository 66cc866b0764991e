"""A pull over an earlier one: whatever happens meanwhile, nothing of anybody's is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import wombat.api.replacing
from wombat.api.artifacts import put
from wombat.api.pulling import pull
from wombat.errors import UsageFault
from wombat.store.leftovers import _here


@pytest.fixture
def versions(session, tmp_path):
    """Puts a version of `raw/data` that has these files."""

    def make(**files):
        made = tmp_path / "made"
        made.mkdir(exist_ok=True)
        for old in made.iterdir():
            old.unlink()
        for name, text in files.items():
            (made / name).write_text(text)
        put(session, made, "raw/data")

    return make


@pytest.fixture
def got(session, versions, tmp_path):
    versions(a="1", b="1")
    pull(session, "raw/data", tmp_path / "got")
    return tmp_path / "got"


def texts(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def beside(folder):
    return [path.name for path in folder.parent.iterdir() if path.name.startswith(".got")]


def test_what_is_saved_during_a_fetch_stays(session, versions, got):
    versions(a="2", b="2")
    told = []

    def progress(*_):
        (got / "notes").write_text("three hours of work")
        told.append(1)

    with pytest.raises(UsageFault, match="was changed since"):
        pull(session, "raw/data", got, progress=progress)
    assert told
    assert texts(got) == {"a": "1", "b": "1", "notes": "three hours of work"}
    assert not beside(got)


@pytest.mark.parametrize("name", ["got", "new"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_one_of_both_is_there_after_an_interrupt(session, versions, got, monkeypatch, name, when):
    versions(a="2", b="2")
    real = Path.rename

    def rename(path, target):
        if path.name != name or path.name == "old":
            return real(path, target)
        if when == "after":
            real(path, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        pull(session, "raw/data", got)
    monkeypatch.undo()
    expected = "2" if (name, when) == ("new", "after") else "1"
    assert texts(got) == {"a": expected, "b": expected}
    assert not beside(got)


def _left_by_the_dead(session, got, monkeypatch, *, hours):
    """What a process leaves that is killed between the two renames."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    name = f".got.{_here()}-{dead.pid}-00.pull"
    left = got.parent / name
    left.mkdir()
    (left / "new").mkdir()
    got.rename(left / "old")
    when = time.time() - hours * 3600
    os.utime(left, (when, when))
    return left


def test_a_folder_comes_back_after_a_kill(session, versions, got, monkeypatch):
    left = _left_by_the_dead(session, got, monkeypatch, hours=0)
    assert not got.exists()
    assert not pull(session, "raw/data", got).fetched
    assert texts(got) == {"a": "1", "b": "1"}
    when = time.time() - 2 * 3600
    os.utime(left, (when, when))
    pull(session, "raw/data", got)
    assert not beside(got)


def test_what_a_killed_pull_left_goes(session, versions, tmp_path):
    versions(a="1")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    when = time.time() - 2 * 3600
    here = _here()
    old, young = f".got.{here}-{dead.pid}-aa.part", f".got.{here}-{dead.pid}-bb.part"
    living, strange = f".got.{here}-{os.getpid()}-cc.part", f".got.00000000-{dead.pid}-dd.part"
    for name in (old, young, living, strange):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("half")
        if name != young:
            os.utime(tmp_path / name, (when, when))
    pull(session, "raw/data", tmp_path / "got")
    assert sorted(beside(tmp_path / "got")) == sorted([young, living, strange])


def test_files_that_were_not_asked_for_stay(session, versions, got):
    with pytest.raises(UsageFault, match="also holds 'b', which --path doesn't name"):
        pull(session, "raw/data", got, paths=["a"])
    assert texts(got) == {"a": "1", "b": "1"}
    versions(a="2", b="2")
    with pytest.raises(UsageFault, match="also holds 'b'"):
        pull(session, "raw/data", got, paths=["a"])
    assert pull(session, "raw/data", got, paths=["a"], force=True).fetched
    assert texts(got) == {"a": "2"}
    versions(a="3", b="3")
    with pytest.raises(UsageFault, match="also holds 'a'"):
        pull(session, "raw/data", got, paths=["b"])
    assert pull(session, "raw/data", got, paths=["a"]).fetched
    assert texts(got) == {"a": "3"}
    assert pull(session, "raw/data", got).fetched
    assert texts(got) == {"a": "3", "b": "3"}


def test_the_same_paths_may_bring_fewer_files(session, versions, tmp_path):
    got = tmp_path / "got"
    versions(a="1", a2="1", b="1")
    pull(session, "raw/data", got, paths=["a*"])
    versions(a="2", b="2")
    pull(session, "raw/data", got, paths=["a*"])
    assert texts(got) == {"a": "2"}


def test_no_name_is_shared_by_two_containers(monkeypatch):
    real = wombat.store.leftovers.os.readlink
    before = _here.__wrapped__()
    assert before == _here.__wrapped__()
    monkeypatch.setattr("os.readlink", lambda path: f"{real(path)}0")
    assert _here.__wrapped__() != before
