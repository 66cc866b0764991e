"""What is remembered of files: used only while nothing can have been written since."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wombat.store import content_of, stats
from wombat.store.stats import RACY, Stats
from wombat.store.tree import walk

Folder = Callable[[dict[str, bytes]], Path]
FILES = {"a": b"one", "d/b": b"two" * 9000, "d/c": b"", "é": b"three"}
OLD = time.time_ns() - 10 * RACY


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg" / "wombat" / "stat"


@pytest.fixture
def top(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files that were written long before: by a clock of ours, as ctime can't be set."""
    found = folder(FILES)
    real = time.time_ns
    monkeypatch.setattr(stats.time, "time_ns", lambda: real() + 10 * RACY)
    return found


def known(top: Path) -> set[str]:
    seen = Stats(top)
    return {found.path for found in walk(top) if seen.digest(found)}


def test_what_was_read_is_known(top: Path) -> None:
    assert known(top) == set()
    whole = content_of(top, lasting=True)
    assert known(top) == set(FILES)
    assert content_of(top, lasting=True) == whole == content_of(top)


@pytest.mark.parametrize("same", [True, False], ids=["same-size", "grown"])
def test_what_was_written_since_is_read_again(top: Path, same: bool) -> None:
    before = content_of(top, lasting=True)
    old = (top / "a").stat()
    (top / "a").write_bytes(b"eno" if same else b"more")
    os.utime(top / "a", ns=(old.st_atime_ns, old.st_mtime_ns))  # a liar; ctime tells
    assert known(top) == set(FILES) - {"a"}
    assert content_of(top, lasting=True) == content_of(top) != before


def test_a_file_that_took_its_place_is_read(top: Path) -> None:
    content_of(top, lasting=True)
    (top / "new").write_bytes(b"eno")
    (top / "new").replace(top / "a")
    assert "a" not in known(top)
    assert content_of(top, lasting=True) == content_of(top)


def test_what_was_written_just_now_is_not_remembered(folder: Folder) -> None:
    """It may be written again in the same tick of the file system's clock."""
    top = folder(FILES)
    content_of(top, lasting=True)
    assert known(top) == set()


def test_new_and_gone_files_are_in_nobodys_way(top: Path) -> None:
    content_of(top, lasting=True)
    (top / "d" / "c").unlink()
    (top / "d" / "bb").write_bytes(b"new")
    assert known(top) == {"a", "d/b", "é"}
    content_of(top, lasting=True)
    assert known(top) == {"a", "d/b", "d/bb", "é"}


@pytest.mark.parametrize("at", [0, 10, 60, -1])
def test_a_damaged_record_knows_nothing(top: Path, cache: Path, at: int) -> None:
    content_of(top, lasting=True)
    (record,) = cache.iterdir()
    data = bytearray(record.read_bytes())
    data[at] ^= 1
    record.write_bytes(data)
    assert known(top) == set()
    record.write_bytes(data[: len(data) // 2])
    assert known(top) == set()
    assert content_of(top, lasting=True) == content_of(top)


def test_nothing_is_left_where_it_was_broken_off(top: Path, cache: Path) -> None:
    one = Stats(top)
    for found in walk(top):
        one.note(found, content_of(Path(found.place)))
    one.close()
    assert not cache.exists() or not any(cache.iterdir())


def test_a_cache_that_cannot_be_written_is_done_without(top: Path, tmp_path: Path) -> None:
    (tmp_path / "xdg").write_bytes(b"in the way")
    assert content_of(top, lasting=True) == content_of(top)


def test_old_records_go(top: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "RECORDS", 2)
    for name in ("a", "d/b", "d/c", "é"):
        content_of(top / name, lasting=True)
    assert len(list(cache.iterdir())) == 2
