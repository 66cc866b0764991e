"""The blob stores that are built in, and what only one of them can do."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.store.contract import BlobContract
from wombat.errors import StoreDamaged, StoreDenied, StoreUnreachable, UsageFault
from wombat.store.blobs import Created, Spoiled, open_blobs
from wombat.store.blobs.local import LocalBlobs
from wombat.store.blobs.memory import MemoryBlobs


class TestMemory(BlobContract):
    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        return MemoryBlobs()


class TestLocal(BlobContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> LocalBlobs:
        return LocalBlobs(tmp_path / "deep" / "store")


def test_without_links_create_still_lands_once(tmp_path: Path, monkeypatch: object) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)  # type: ignore[attr-defined]
    blobs = LocalBlobs(tmp_path)
    assert blobs.atomic is False
    assert blobs.create("t/p/refs/1", b"first") is Created.LANDED
    assert blobs.create("t/p/refs/1", b"second") is Created.EXISTS
    assert blobs.get("t/p/refs/1") == b"first"


def test_a_link_that_lost_its_answer_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def twice(source: str, target: str) -> None:
        real(source, target)
        raise FileExistsError(errno.EEXIST, "a network file system tried again")

    monkeypatch.setattr(os, "link", twice)
    assert LocalBlobs(tmp_path).create("t/p/refs/1", b"x") is Created.LANDED


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["fsync", "write", "link"])
def test_a_failing_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.create("t/p/refs/0", b"before")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(StoreUnreachable, match=os.strerror(number)):
        blobs.create("t/p/refs/1", b"x")
    monkeypatch.undo()
    assert blobs.get("t/p/refs/0") == b"before"


def _fail_fsync(monkeypatch: pytest.MonkeyPatch, *, folders: bool) -> None:
    real = os.fsync

    def fail(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode) is folders:
            raise OSError(errno.EIO, "disk")
        real(handle)

    monkeypatch.setattr(os, "fsync", fail)


def test_what_a_failed_fsync_left_is_put_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.put("t/p/p/ab/one", b"x")
    _fail_fsync(monkeypatch, folders=False)
    with pytest.raises(StoreUnreachable):
        blobs.sync()
    monkeypatch.undo()
    blobs.sync()
    assert list(LocalBlobs(tmp_path).list("t/")) == []
    assert blobs.unsent(["t/p/p/ab/two", "t/p/p/ab/one"]) == "t/p/p/ab/one"
    blobs.put("t/p/p/ab/one", b"x")
    blobs.sync()
    assert blobs.unsent(["t/p/p/ab/one"]) is None
    assert LocalBlobs(tmp_path).get("t/p/p/ab/one") == b"x"


def test_a_failed_fsync_of_a_folder_is_never_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.put("t/p/p/ab/one", b"x")
    _fail_fsync(monkeypatch, folders=True)
    with pytest.raises(StoreUnreachable):
        blobs.sync()
    monkeypatch.undo()
    for _ in range(2):
        with pytest.raises(StoreUnreachable, match="durable"):
            blobs.sync()


def test_what_lands_beside_something_damaged_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next sync has nothing to do for it any more."""
    blobs = LocalBlobs(tmp_path)
    for key in ("t/p/p/aa/one", "t/p/p/bb/two", "t/p/p/cc/three"):
        blobs.put(key, b"right")
    other = LocalBlobs(tmp_path)
    other.put("t/p/p/bb/two", b"wrong")
    other.sync()
    done: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        done.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Spoiled) as told:
        blobs.sync()
    assert told.value.key == "t/p/p/bb/two"
    for folder in ("aa", "cc"):
        assert done.count(str(tmp_path / "t/p/p" / folder)) == 1
    assert LocalBlobs(tmp_path).get("t/p/p/cc/three") == b"right"
    blobs.sync()


def test_a_refused_right_is_not_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.create("t/p/refs/1", b"x")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreDenied, match="read"):
        blobs.get("t/p/refs/1")
    with pytest.raises(StoreDenied, match="write"):
        blobs.create("t/p/refs/2", b"x")


def test_nothing_has_its_name_before_it_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(handle: int) -> None:
        calls.append("file" if stat.S_ISREG(os.fstat(handle).st_mode) else "folder")
        real_fsync(handle)

    def link(source: str, target: str) -> None:
        calls.append("link")
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    blobs = LocalBlobs(tmp_path)
    for n in range(3):
        blobs.put(f"t/p/p/ab/{n}", b"x%d" % n)
    assert not list(LocalBlobs(tmp_path).list("t/"))
    calls.clear()
    blobs.sync()
    first = calls.index("link")
    assert calls[:first].count("file") == 3, "the files first"
    assert calls[-1] == "folder", "then their folder"
    assert len(list(LocalBlobs(tmp_path).list("t/"))) == 3
    calls.clear()
    blobs.create("t/p/refs/1", b"x")
    at = calls.index("link")
    assert "file" in calls[:at]
    assert calls[at + 1 :] == ["folder", "folder"], "its folder, and the one that got the folder"


def test_records_of_one_moment_share_their_fsyncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first is committed the others come: they are the second batch, all of them."""
    blobs, count = LocalBlobs(tmp_path), 12
    blobs.create("t/p/refs/0", b"x")
    begun, folders, real = threading.Event(), [], os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            folders.append(handle)
        elif not begun.is_set():
            begun.set()
            deadline = time.monotonic() + 10
            while len(blobs._records._waiting) < count and time.monotonic() < deadline:
                time.sleep(0.001)

    monkeypatch.setattr(os, "fsync", fsync)
    with ThreadPoolExecutor(count + 1) as threads:
        first = threads.submit(blobs.create, "t/p/refs/first", b"x")
        assert begun.wait(10)
        made = list(threads.map(lambda n: blobs.create(f"t/p/refs/{n}", b"y"), range(count)))
    assert first.result() is Created.LANDED
    assert made == [Created.EXISTS] + [Created.LANDED] * (count - 1)
    assert len(folders) == 2
    assert len(list(LocalBlobs(tmp_path).list("t/"))) == count + 1


def test_one_record_that_fails_costs_no_other_of_its_batch(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.create("t/p/refs/1", b"x")
    blobs.put("t/p/refs/file/1", b"x")
    with pytest.raises(StoreUnreachable):
        blobs.create("t/p/refs/1/below", b"x")
    assert blobs.create("t/p/refs/2", b"x") is Created.LANDED
    assert not list((tmp_path / "t/p/tmp").glob("create-*"))


def test_a_listing_opens_only_folders_that_may_hold_what_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = LocalBlobs(tmp_path)
    for number in range(20):
        blobs.create(f"t/p/runs/a/r/task{number}=/1", b"x")
    opened, real = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: opened.append(path) or real(path))
    assert list(blobs.list("t/p/runs/a/r/task1=")) == ["t/p/runs/a/r/task1=/1"]
    assert list(blobs.list("t/p/runs/a/r/task1")) == [
        f"t/p/runs/a/r/task{n}=/1" for n in (*range(10, 20), 1)
    ]
    assert len(opened) == 2 + 12


def test_other_bytes_under_a_content_name_are_damage(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.put("t/p/p/ab/one", b"right")
    blobs.sync()
    path = tmp_path / "t/p/p/ab/one"
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    with pytest.raises(StoreDamaged):
        blobs.put("t/p/p/ab/one", b"right")


@pytest.mark.parametrize("key", ["../x", "/x", "a//b", "a/../b", "a/.", "", "a\0b"])
def test_keys_stay_in_their_folder(tmp_path: Path, key: str) -> None:
    blobs = LocalBlobs(tmp_path / "store")
    with pytest.raises(UsageFault):
        blobs.create(key, b"x")
    with pytest.raises(UsageFault):
        blobs.get(key)


def test_addresses(tmp_path: Path) -> None:
    assert open_blobs("memory:one") is open_blobs("memory:one")
    assert open_blobs("memory:one") is not open_blobs("memory:two")
    (tmp_path / "a b").mkdir()
    open_blobs(f"file://{tmp_path}/a%20b").create("t/p/refs/1", b"x")
    assert open_blobs(f"{tmp_path}/a b").get("t/p/refs/1") == b"x"
    with pytest.raises(UsageFault, match="s4"):
        open_blobs("s4://bucket")
