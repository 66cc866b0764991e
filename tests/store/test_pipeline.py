"""Pushing and pulling by several threads: the same results, few requests, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import memory_store
from tests.store.test_artifacts import tree
from wombat.errors import StoreUnreachable
from wombat.store import Sizes, Store, names, pull, push, shelf
from wombat.store.bases import worn
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.chunking import Chunker
from wombat.store.sections import PackRow
from wombat.store.sent import Sent
from wombat.store.wrap.around import Around

Folder = Callable[[dict[str, bytes]], Path]
NOISE = random.Random(5).randbytes(6_000_000)
WORDS = b"".join(b"%d,%d\n" % (n, n * n) for n in range(100_000))
FILES = {
    "large": NOISE[:4_500_000] + WORDS,
    "same": WORDS,
    **{f"d{n % 3}/{n:04}": NOISE[n * 999 : n * 999 + n * 60] for n in range(400)},
}
SMALL = Sizes(pack=300_000, frame=32 << 10)


class Failing(Around):
    """Refuses the n-th object that is put."""

    def __init__(self, inner: MemoryBlobs, at: int, error: BaseException) -> None:
        super().__init__(inner)
        self.left = at
        self.error = error

    def put(self, key: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error
        super().put(key, data)


class Asked(Around):
    """Counts what is asked for."""

    def __init__(self, inner: MemoryBlobs) -> None:
        super().__init__(inner)
        self.calls: Counter[str] = Counter()

    def get(self, key: str) -> bytes:
        self.calls["get"] += 1
        return super().get(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self.calls["range"] += 1
        return super().get_range(key, start, length)

    def put(self, key: str, data: bytes) -> None:
        self.calls["put"] += 1
        super().put(key, data)


@pytest.fixture(autouse=True)
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of tests before this one in the same process are none of its own."""
    monkeypatch.setattr(f"{__name__}.OTHERS", frozenset(threading.enumerate()))


OTHERS: frozenset[threading.Thread] = frozenset()


def threads() -> set[str]:
    """Those that this test began and that go on."""
    return {
        one.name
        for one in threading.enumerate()
        if one.name.startswith("wombat-") and one not in OTHERS
    }


def test_threads_decide_nothing(folder: Folder, tmp_path: Path) -> None:
    top = folder(FILES)
    made = []
    for width in (1, 2, 7):
        store = memory_store()
        artifact = push.push_tree(store.space, top, type="x", sizes=SMALL, width=width)
        made.append((artifact, sorted(store.blobs.list(""))))
        into = tmp_path / str(width)
        pull.fetch_tree(store.space, store.manifest(artifact), into, width=width)
        assert tree(into) == tree(top)
    assert made[0] == made[1] == made[2]
    assert len(made[0][0].packs) > 10
    assert not threads()


@pytest.mark.parametrize("at", [0, 3, 12])
@pytest.mark.parametrize("error", [StoreUnreachable("gone"), KeyboardInterrupt()], ids=type)
def test_a_push_that_fails_leaves_no_thread(folder: Folder, at: int, error: BaseException) -> None:
    store = memory_store(Failing(MemoryBlobs(), at, error))
    with pytest.raises(type(error)):
        store.push_tree(folder(FILES), type="x", sizes=SMALL)
    assert not threads()
    assert not [key for key in store.blobs.list("") if "/m/" in key]


def test_a_push_that_was_broken_off_goes_on(folder: Folder, tmp_path: Path) -> None:
    top, inner = folder(FILES), MemoryBlobs()
    with pytest.raises(KeyboardInterrupt):
        _far(Failing(inner, 12, KeyboardInterrupt()), tmp_path).push_tree(
            top, type="x", sizes=SMALL
        )
    before = {key for key in inner.list("") if "/p/" in key}
    assert len(before) == 12
    asked = Asked(inner)
    again = _far(asked, tmp_path)
    artifact = again.push_tree(top, type="x", sizes=SMALL)
    assert asked.calls["put"] == len(artifact.packs) - len(before) + 1
    # A note alone proves nothing: what is gone is sent again.
    inner.delete([names.pack(again.zone, artifact.packs[0])])
    third = _far(Asked(inner), tmp_path)
    assert third.push_tree(top, type="x", sizes=SMALL) == artifact
    third.fetch_tree(artifact, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(top)


def _far(blobs: Around, tmp_path: Path) -> Store:
    store = memory_store(blobs)
    return Store(replace(store.space, sent=Sent(tmp_path / "sent" / "notes")), "x")


def test_a_pull_that_fails_leaves_nothing(folder: Folder, tmp_path: Path) -> None:
    store = memory_store()
    artifact = store.push_tree(folder(FILES), type="x", sizes=SMALL)
    store.blobs.delete([names.pack(store.zone, artifact.packs[-1])])
    with pytest.raises(Exception, match="gone"):
        store.fetch_tree(artifact, tmp_path / "to" / "out")
    assert not threads()
    assert not list((tmp_path / "to").iterdir())
    assert not _open_below(tmp_path)


def _open_below(folder: Path) -> list[str]:
    """The open files below `folder`, deleted ones too; others of this process
    come and go as the collector likes."""
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(handle.readlink()))
    return [one for one in found if one.startswith(str(folder))]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 700_000), st.sampled_from([Chunker(), Chunker(4096, 1024, 16384)]))
def test_blocks_are_cut_as_the_whole(size: int, chunker: Chunker) -> None:
    """Beginning again where a chunk ended finds the same chunks."""
    data = (NOISE + WORDS)[5_400_000 : 5_400_000 + size]
    block, start, ends = 2 * chunker.largest, 0, []
    while start < size:
        piece = data[start : start + block]
        found = chunker.ends(piece)
        if start + len(piece) < size and len(found) > 1:
            found = found[:-1]
        ends += [start + end for end in found]
        start = ends[-1]
    assert ends == (chunker.ends(data) if data else [])


def test_nothing_new_sends_nothing(folder: Folder) -> None:
    blobs = Asked(MemoryBlobs())
    store = memory_store(blobs)
    top = folder(FILES)
    base = store.push_tree(top, type="x", sizes=SMALL)
    blobs.calls.clear()
    assert store.push_tree(top, type="x", base=[base]) == base
    assert blobs.calls["put"] == 0
    assert blobs.calls.total() <= 5


def test_a_first_version_is_pulled_in_few_requests(folder: Folder, tmp_path: Path) -> None:
    blobs = Asked(MemoryBlobs())
    store = memory_store(blobs)
    artifact = store.push_tree(folder(FILES), type="x", sizes=SMALL)
    blobs.calls.clear()
    store.fetch_tree(artifact, tmp_path / "out")
    assert blobs.calls == {"range": 1, "get": len(artifact.packs)}


def test_no_pack_is_fetched_more_than_twice(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where memory holds one pack, and chunks of all packs lie in turns."""
    monkeypatch.setattr(shelf, "BUDGET", 400_000)
    store = memory_store()
    parts = [NOISE[n * 280_000 : (n + 1) * 280_000] for n in range(8)]
    cut = [one[at : at + 20_000] for at in range(0, 280_000, 20_000) for one in parts]
    whole = {f"{n:03}": one for n, one in enumerate(cut)}
    chunker = Chunker(20_000, 20_000, 20_000)
    fixed = replace(SMALL, chunker=chunker)
    bases = [store.push_tree(folder({"a": one}), type="x", sizes=fixed) for one in parts]
    blobs = Asked(store.blobs)  # type: ignore[arg-type]
    again = memory_store(blobs)
    artifact = again.push_tree(folder(whole), type="x", sizes=fixed, base=bases)
    assert set(artifact.packs) == {pack for base in bases for pack in base.packs}
    blobs.calls.clear()
    again.fetch_tree(artifact, tmp_path / "out")
    assert tree(tmp_path / "out") == {p: (d, False) for p, d in whole.items()}
    assert blobs.calls["get"] + blobs.calls["range"] <= 2 * len(artifact.packs) + 1


def test_some_files_cost_what_they_are(folder: Folder, tmp_path: Path) -> None:
    blobs = Asked(MemoryBlobs())
    store = memory_store(blobs)
    artifact = store.push_tree(folder(FILES), type="x", sizes=SMALL)
    blobs.calls.clear()
    store.fetch_tree(artifact, tmp_path / "one", paths=["d1/0001"])
    assert tree(tmp_path / "one").keys() == {"d1/0001"}
    assert blobs.calls.total() <= 3
    store.fetch_tree(artifact, tmp_path / "some", paths=["d0/*9", "d2", "**/large"])
    wanted = {
        p for p in FILES if p[:3] == "d2/" or p == "large" or (p[:3] == "d0/" and p[-1] == "9")
    }
    assert tree(tmp_path / "some") == {p: (FILES[p], False) for p in wanted}


@pytest.mark.slow
def test_a_long_history_is_pulled_like_a_short_one(folder: Folder, tmp_path: Path) -> None:
    """Sixty versions, each with other chunks changed: packs and requests stay few."""
    blobs = Asked(MemoryBlobs())
    store = memory_store(blobs)
    data, rng = bytearray(NOISE), random.Random(3)
    base: list[object] = []
    counts = []
    for version in range(60):
        for _ in range(4):
            at = rng.randrange(len(data) - 8)
            data[at : at + 8] = rng.randbytes(8)
        artifact = store.push_tree(folder({"table": bytes(data)}), type="x", base=base)  # type: ignore[arg-type]
        base = [artifact]
        blobs.calls.clear()
        store.fetch_tree(artifact, tmp_path / str(version))
        counts.append(blobs.calls.total())
        assert (tmp_path / str(version) / "table").read_bytes() == data
    assert max(counts) <= 12
    stored = sum(store.blobs.stat(key).size for key in store.blobs.list(""))
    # 240 changed chunks of about 80 KB have to be stored; as much again is rewritten.
    assert stored < len(data) + 2.2 * 240 * (80 << 10)


def test_worn_packs() -> None:
    def row(number: int, size: int, used: int) -> PackRow:
        return PackRow(blake3(b"%d" % number).hexdigest(), size, used)  # type: ignore[arg-type]

    full = [row(n, 16 << 20, 16 << 20) for n in range(40)]
    assert worn(full) == set()
    assert worn([*full, row(99, 16 << 20, 4 << 20)]) == {row(99, 0, 0).digest}
    assert worn([row(1, 900, 10)]) == set()
    tiny = [row(n, 1000, 1000) for n in range(30)]
    assert 20 <= len(worn(tiny)) < 30


PEAK = """
import sys
from pathlib import Path
from tests.memory import peak
from wombat.store import open_store
top = Path(sys.argv[1])
store = open_store(str(top / "store"), project="shop", zone="local")
artifact = store.push_tree(top / "in", type="x")
store.blobs.sync()
store.fetch_tree(artifact, top / "out")
print(peak() >> 20)
"""


@pytest.mark.slow
def test_memory_stays_below_200_mb(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rng = random.Random(1)
    with (tmp_path / "in" / "large").open("wb") as stream:
        for _ in range(24):
            stream.write(rng.randbytes(8 << 20))
    with (tmp_path / "in" / "sparse").open("wb") as stream:
        stream.truncate(1 << 30)
    for number in range(5000):
        (tmp_path / "in" / f"{number % 50}").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number % 50}" / f"{number}").write_bytes(rng.randbytes(2000))
    command = [sys.executable, "-c", PEAK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200


def test_leftovers_of_dead_processes_go(folder: Folder, tmp_path: Path) -> None:
    from wombat.store import open_store

    store: Store = open_store(str(tmp_path / "store"), project="shop", zone="local")
    place = tmp_path / "store" / "local" / "shop" / "tmp"
    place.mkdir(parents=True)
    from wombat.store.leftovers import _here

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    ages = {
        f"put-{_here()}-{dead.pid}-1-aa": 2,
        f"put-{_here()}-{dead.pid}-2-bb": 0,
        f"put-{_here()}-{os.getpid()}-3-cc": 2,
        "put-99999999-1-4-dd": 2,
        "put-99999999-1-5-ee": 9,
    }
    for name, days in ages.items():
        (place / name).write_bytes(b"")
        when = (place / name).stat().st_mtime - days * 86_400
        os.utime(place / name, (when, when))
    store.push_tree(folder(FILES), type="x")
    left = {path.name for path in place.iterdir()} & ages.keys()
    assert [name[-2:] for name in sorted(left, key=lambda n: n[-2:])] == ["bb", "cc", "dd"]
    store.blobs.sync()
    assert {path.name for path in place.iterdir()} == left
    assert all(names.parse(key) for key in store.blobs.list("local/"))


@pytest.mark.slow
@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("edits", [(), (1_000,), (1_000, 9_000_000), (10_400_000,)], ids=repr)
def test_blocks_of_rows_wait_for_frames_that_known_chunks_overtake(
    folder: Folder, edits: tuple[int, ...], width: int
) -> None:
    """More rows than two blocks: a new chunk's frame stays open while known ones pass by."""
    store = memory_store()
    sizes = Sizes(chunker=Chunker(256, 64, 1024))
    first = random.Random(9).randbytes(10_500_000)
    later = bytearray(first + first[:3_000_000])
    for at in edits:
        later[at : at + 5] = b"other"
    store.push_tree(folder({"a": b"0"}), type="directory", sizes=sizes)
    base = push.push_tree(store.space, folder({"f": first}), type="directory", sizes=sizes)
    new = push.push_tree(
        store.space, folder({"f": bytes(later)}), type="directory", base=[base], sizes=sizes,
        width=width,
    )  # fmt: skip
    assert store.manifest(new).header.chunks > 2 * 16_384
    assert store.read_file(new, "f") == bytes(later)
