"""The user's cache of a store: saves requests, and is trusted with nothing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.conftest import memory_store
from tests.store.test_artifacts import FILES, tree
from wombat.errors import Absent
from wombat.store import Artifact, Store
from wombat.store.wrap.around import Around
from wombat.store.wrap.cached import Cached, Shelves, _size

Folder = Callable[[dict[str, bytes]], Path]


class Counting(Around):
    """Counts whole objects that are asked for."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)  # type: ignore[arg-type]
        self.gets: Counter[str] = Counter()

    def get(self, key: str) -> bytes:
        self.gets[key] += 1
        return super().get(key)


@pytest.fixture
def far(folder: Folder, tmp_path: Path) -> tuple[Store, Counting, Artifact]:
    store = memory_store()
    artifact = store.push_tree(folder(FILES), type="directory")
    counting = Counting(store.blobs)
    shelves = Shelves(tmp_path / "cache", 64 << 20)
    return Store(replace(store.space, cached=Cached(counting, shelves)), "x"), counting, artifact


def test_a_second_pull_fetches_no_pack(
    far: tuple[Store, Counting, Artifact], tmp_path: Path
) -> None:
    store, counting, artifact = far
    store.fetch_tree(artifact, tmp_path / "a")
    assert sum(counting.gets.values()) == len(artifact.packs)
    store.fetch_tree(artifact, tmp_path / "b")
    assert sum(counting.gets.values()) == len(artifact.packs)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "swapped"])
def test_damage_in_the_cache_is_no_damage(
    far: tuple[Store, Counting, Artifact], tmp_path: Path, how: str
) -> None:
    store, counting, artifact = far
    store.fetch_tree(artifact, tmp_path / "a")
    for path in (tmp_path / "cache").glob("*/*"):
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(
            {
                "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
                "cut": data[:middle],
                "empty": b"",
                "swapped": data[::-1],
            }[how]
        )
    store.fetch_tree(artifact, tmp_path / "b")
    assert sum(counting.gets.values()) == 2 * len(artifact.packs)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert not [key for key in counting.list("") if "/damage/" in key]


def test_what_a_user_does_to_pulled_files_stays_with_them(
    far: tuple[Store, Counting, Artifact], tmp_path: Path
) -> None:
    store, _, artifact = far
    store.fetch_tree(artifact, tmp_path / "a")
    before = tree(tmp_path / "a")
    for path in (p for p in (tmp_path / "a").rglob("*") if p.is_file()):
        assert path.stat().st_nlink == 1
        path.write_bytes(b"mine")
    store.fetch_tree(artifact, tmp_path / "b")
    assert tree(tmp_path / "b") == before


def test_a_cache_that_cannot_be_written_is_done_without(
    far: tuple[Store, Counting, Artifact], tmp_path: Path
) -> None:
    store, _, artifact = far
    (tmp_path / "cache").write_bytes(b"in the way")
    store.fetch_tree(artifact, tmp_path / "a")
    assert len(tree(tmp_path / "a")) == len(FILES)


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path / "cache", 10_000)
    for number in range(8):
        shelves.put(str(number), b"x" * 1000)
        path = shelves._path(str(number))
        os.utime(path, (number, number))
    assert shelves.get("0") is not None  # used just now
    for number in range(8, 12):
        shelves.put(str(number), b"x" * 1000)
    assert sum(p.stat().st_size for p in (tmp_path / "cache").glob("*/*")) <= 10_000
    assert shelves.get("0") is not None
    assert shelves.get("1") is None


def test_what_came_wrong_is_not_kept(folder: Folder, tmp_path: Path) -> None:
    store = memory_store()
    artifact = store.push_tree(folder(FILES), type="directory")
    key = next(k for k in store.blobs.list("") if "/p/" in k)
    good, when = store.blobs.objects[key]  # type: ignore[attr-defined]
    store.blobs.objects[key] = (good[:-1] + b"?", when)  # type: ignore[attr-defined]
    near = Cached(store.blobs, Shelves(tmp_path / "cache", 1 << 30))
    near.get(key)
    assert not list((tmp_path / "cache").glob("*/*"))
    with pytest.raises(Absent):
        near.get(key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert artifact.packs


@pytest.mark.parametrize(
    ("text", "size"),
    [("", 10 << 30), ("0", 0), ("500M", 500 << 20), ("2GiB", 2 << 30), ("lots", 10 << 30)],
)
def test_sizes(text: str, size: int) -> None:
    assert _size(text) == size
