"""The file table: which paths may be, their order, and the content digest."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.digest import Digest, digest_bytes
from wombat.errors import DataInvalid
from wombat.store.tree import BadPath, ContentDigest, File, PathGuard, check_path, order, walk

Folder = Callable[[dict[str, bytes]], Path]
BAD = [
    "",
    "/etc/passwd",
    "..",
    "../x",
    "a/../b",
    "a/./b",
    "a//b",
    "a/",
    "a\nb",
    "a\0b",
    "a\x7fb",
    "a\\b",
    "\udcff",
    unicodedata.normalize("NFD", "é"),
    "x" * 256,
    "é" * 128,
    "/".join(["x" * 200] * 21),
]


@pytest.mark.parametrize("path", BAD)
def test_bad_paths_are_refused(path: str) -> None:
    with pytest.raises(BadPath):
        check_path(path)


@pytest.mark.parametrize(
    "path", ["x" * 255, "é" * 127, "a/b c/d", "$(id)", "-rf", "...", "a.", "🦘"]
)
def test_odd_but_honest_paths_are_kept(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "paths",
    [
        ["A", "a"],
        ["A/x", "a/y"],
        ["a", "a/b"],
        ["a/b", "a/b"],
        ["b", "a"],
        ["STRASSE", "straße"],
        ["a/x", "a-b", "a/y"],
    ],
)
def test_clashes_and_disorder(paths: list[str]) -> None:
    guard = PathGuard()
    for path in paths[:-1]:
        guard.add(path)
    with pytest.raises(BadPath):
        guard.add(paths[-1])


def test_a_folders_files_stand_together() -> None:
    paths = ["a-b", "a/c", "a.txt", "a/b/c", "a0"]
    assert sorted(paths, key=order) == ["a/b/c", "a/c", "a-b", "a.txt", "a0"]
    guard = PathGuard()
    for path in sorted(paths, key=order):
        guard.add(path)


def test_the_content_digest_is_as_written_down() -> None:
    """The rows by hand, so that the digest never moves by accident."""
    file = digest_bytes(b"hello")
    content = ContentDigest()
    content.add(File("a/b", True, 5, file))
    content.add(File("c", False, 5, file))
    row = (5).to_bytes(8, "big") + bytes.fromhex(file)
    expected = b"wombat-tree-1\n" + b"a/b\0x" + row + b"c\0-" + row
    assert content.finish() == digest_bytes(expected)
    assert ContentDigest().finish() == digest_bytes(b"wombat-tree-1\n")


@given(
    st.lists(
        st.tuples(st.text("ab/", min_size=1, max_size=4), st.booleans(), st.integers(0, 9)),
        max_size=4,
    ),
    st.lists(
        st.tuples(st.text("ab/", min_size=1, max_size=4), st.booleans(), st.integers(0, 9)),
        max_size=4,
    ),
)
def test_different_tables_have_different_digests(one: list[object], other: list[object]) -> None:
    def digest(rows: list[object]) -> Digest:
        content = ContentDigest()
        for path, executable, size in rows:  # type: ignore[attr-defined]
            content.add(File(path, executable, size, digest_bytes(b"")))
        return content.finish()

    assert (digest(one) == digest(other)) == (one == other)


def test_walk_is_in_order(folder: Folder) -> None:
    top = folder({"b": b"", "a/z": b"1", "a-b": b"", "a/b/c": b"22"})
    (top / "empty").mkdir()
    (top / "b").chmod(0o755)
    found = list(walk(top))
    assert [f.path for f in found] == ["a/b/c", "a/z", "a-b", "b"]
    assert [f.size for f in found] == [2, 1, 0, 0]
    assert [f.executable for f in found] == [False, False, False, True]
    assert [f.path for f in walk(top / "a" / "z")] == ["z"]


@pytest.mark.parametrize("what", ["link", "folder-link", "fifo", "case", "nfd", "newline", "bytes"])
def test_what_cant_come_back_is_refused_with_its_path(folder: Folder, what: str) -> None:
    top = folder({"good": b"x"})
    match = "bad"
    if what == "link":
        (top / "bad").symlink_to("/etc/passwd")
    elif what == "folder-link":
        (top / "bad").symlink_to("/etc")
    elif what == "fifo":
        os.mkfifo(top / "bad")
    elif what == "case":
        (top / "Good").write_bytes(b"")
        match = "good"
    elif what == "nfd":
        (top / unicodedata.normalize("NFD", "badé")).write_bytes(b"")
    elif what == "newline":
        (top / "bad\n").write_bytes(b"")
    else:
        Path(os.fsdecode(os.fsencode(top) + b"/bad\xff")).write_bytes(b"")
    with pytest.raises(DataInvalid, match=match) as caught:
        list(walk(top))
    assert caught.value.code == "artifact-path"
