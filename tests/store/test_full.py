"""A full disk doesn't stay full by what a command that fails, or was killed, left there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wombat.cli.entry import run
from wombat.errors import StoreUnreachable
from wombat.store import open_store
from wombat.store.blobs.local import LocalBlobs
from wombat.store.doom import Doomed

KEY = "t/p/p/ab/{}"
LEFT = """
import os, signal, sys
from pathlib import Path
from wombat.store.blobs.local import LocalBlobs
blobs = LocalBlobs(Path(sys.argv[1]))
blobs.put("local/shop/p/ab/1", b"x" * 1000)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "child" and os.fork() == 0:
    sys.exit(0)
if sys.argv[2] == "child":
    os.wait()
    blobs.sync()
    sys.exit(0)
if sys.argv[2] == "leave":
    from wombat.__main__ import _leave

    _leave(130)
raise KeyboardInterrupt
"""


def temporaries(top):
    return [path for path in Path(top).rglob("tmp/*") if path.is_file()]


def fill(monkeypatch, number):
    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", full)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_what_waits_makes_room(tmp_path, monkeypatch, number):
    store = open_store(str(tmp_path / "store"), project="p", zone="t")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(os.urandom(100_000))
    artifact = store.push_tree(tmp_path / "a", type="directory")
    assert temporaries(tmp_path)
    fill(monkeypatch, number)
    with pytest.raises(StoreUnreachable):
        store.blobs.put(KEY.format(1), b"x")
    assert not temporaries(tmp_path)
    monkeypatch.undo()
    body = {"o": {**artifact.to_json(), "type": "directory"}}
    with pytest.raises(Doomed):  # a root that names it would be a lie
        store.record_attempt("p", "1", "t", None, {"state": "done", "outputs": body})
    again = store.push_tree(tmp_path / "a", type="directory")
    store.record_attempt("p", "1", "t", None, {"state": "done", "outputs": body})
    store.fetch_tree(again, tmp_path / "b")


def test_a_store_that_is_given_up_leaves_nothing(tmp_path):
    blobs = LocalBlobs(tmp_path)
    blobs.put(KEY.format(1), b"x")
    blobs.put(KEY.format(2), b"y")
    assert len(temporaries(tmp_path)) == 2
    del blobs
    assert not temporaries(tmp_path)


def end(top, how):
    return subprocess.run([sys.executable, "-c", LEFT, str(top), how], check=False).returncode


@pytest.mark.parametrize("how", ["stop", "leave"])
def test_the_end_of_a_process_leaves_nothing(tmp_path, how):
    assert end(tmp_path, how) != 0
    assert not temporaries(tmp_path)


def test_a_child_leaves_its_parents_files_alone(tmp_path):
    assert end(tmp_path, "child") == 0
    assert (tmp_path / "local/shop/p/ab/1").read_bytes() == b"x" * 1000


def test_gc_removes_what_a_killed_process_left(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("wombat.yml").write_text("project: shop\n")
    Path("a.txt").write_text("a")
    assert run(["put", "a.txt", "raw/a", "-q"]) == 0
    store = tmp_path / ".wombat" / "store"
    assert end(store, "kill") == -signal.SIGKILL
    alive = LocalBlobs(store)
    alive.put("local/shop/p/ab/2", b"y")
    assert len(temporaries(tmp_path)) == 2
    capsys.readouterr()
    assert run(["gc"]) == 0
    assert "to remove: 1 files, 1.0 KB, of killed writers" in capsys.readouterr().out
    assert len(temporaries(tmp_path)) == 2
    assert run(["gc", "--apply", "-q"]) == 0
    assert len(temporaries(tmp_path)) == 1
    alive.sync()
    assert (store / "local/shop/p/ab/2").read_bytes() == b"y"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_pull_says_that_it_is_the_disk(tmp_path, monkeypatch, capsys, number):
    monkeypatch.chdir(tmp_path)
    Path("wombat.yml").write_text("project: shop\n")
    Path("a.bin").write_bytes(os.urandom(3_000_000))
    assert run(["put", "a.bin", "raw/a", "-q"]) == 0

    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pwrite", full)
    assert run(["pull", "raw/a", "-o", "out"]) == 13
    said = capsys.readouterr().err
    assert str(tmp_path / "out") in said
    assert ("free some space" in said) == (number == errno.ENOSPC)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".wombat", "a.bin", "wombat.yml"]
