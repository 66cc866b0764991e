"""Every kind of object, damaged anywhere: told, reported, never delivered."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store.conftest import memory_store
from tests.store.test_artifacts import NOISE, tree
from wombat.digest import digest_bytes
from wombat.errors import Absent, OutcomeUnknown, StoreDamaged
from wombat.store import Artifact, Created, Store, names
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.doom import Watch
from wombat.store.journal import read_record
from wombat.store.moved import find_moved, record_moved
from wombat.store.packs import salted
from wombat.store.pull import verify_pack
from wombat.store.records import seal
from wombat.store.wrap.around import Around

Folder = Callable[[dict[str, bytes]], Path]
PIN = "x/shop/other/model"
COLLECTION = f"t/shop/gc/{names.inverse(1)}-{'ab' * 8}"
FILES = {"big": NOISE[:300_000], "text": b"hello world " * 20_000, "x/y": b"1", "x/z": b"22" * 99}
ROUNDS = 10_000 if os.environ.get("WOMBAT_SOAK") else 500


def damaged(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """`other`: what another object holds."""
    at = rng.randrange(len(data))
    how = rng.choice(["flip", "cut", "zero", "grow", "empty", "swap"])
    if how == "swap":
        return other
    if how == "flip":
        return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
    if how == "cut":
        return data[:at]
    if how == "zero":
        size = rng.randrange(1, 64)
        return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]
    return data + b"\0" if how == "grow" else b""


def stores(folder: Folder) -> tuple[Store, Artifact, Artifact]:
    store = memory_store()
    big = store.push_tree(folder(FILES), type="directory")
    small = store.push_tree(folder({"v.json": b'{"a": 1}'}), type="json")
    store.create_header("p", "r", {"profile": "development"})
    outputs = {"big": big.to_json(), "small": small.to_json()}
    store.record_attempt("p", "r", "t", "us", {"state": "done", "inputs": {}, "outputs": outputs})
    store.record_result("ab" * 32, "r", 1, {"outputs": outputs})
    store.publish(
        pipeline="p",
        branch="main",
        run="r",
        plan="0" * 64,
        order=1,
        commit="c",
        time="2026-11-01T00:00:00Z",
        outputs=outputs,
        results={"ab" * 32: outputs},
    )
    zone, space = store.zone, store.space
    copy = salted(store.blobs.get(names.pack(zone, big.packs[0])))
    store.blobs.put(names.pack(zone, digest_bytes(copy)), copy)
    record_moved(space, zone, big.packs[0], [digest_bytes(copy)])
    for key, kind, body in (
        (PIN, "pin", {**big.to_json(), "until": None}),
        (f"{COLLECTION}/doomed/000000", "doomed", {"objects": ["p/ab/none"]}),
        (f"{COLLECTION}/state/000000", "state", {"began": True}),
    ):
        store.blobs.create(key, seal(key, kind, body))
    return store, big, small


def read_everything(store: Store, big: Artifact, small: Artifact, into: Path) -> Iterator[object]:
    """Each thing that can be read; a generator, so that one failure doesn't hide the next."""

    packs = [names.parse(k)["digest"] for k in store.blobs.list("t/shop/p/")]  # type: ignore[index]

    def fetch(artifact: Artifact, name: str) -> object:
        store.fetch_tree(artifact, into / name)
        return tree(into / name)

    for read in (
        lambda: fetch(big, "big"),
        lambda: fetch(small, "small"),
        lambda: store.read_file(big, "text"),
        lambda: [list(store.manifest(a)) for a in (big, small)],
        lambda: list(store.manifest(big).chunk_rows(0, 10**6)),
        lambda: store.header("p", "r"),
        lambda: [a.record for a in store.attempts("p", "r")],
        lambda: store.find_result("ab" * 32),
        lambda: store.published("p", "r"),
        lambda: store.head("p", "main"),
        lambda: list(store.segments("p")),
        lambda: verify_pack(store.space, store.zone, big.packs[0]),
        lambda: [verify_pack(store.space, store.zone, p) for p in packs],
        lambda: find_moved(store.space, store.zone, big.packs[0]),
        lambda: read_record(store.space, PIN, "pin"),
        lambda: read_record(store.space, f"{COLLECTION}/state/000000", "state"),
        lambda: looked(store),
    ):
        try:
            yield read()
        except (StoreDamaged, Absent) as error:
            yield error


def looked(store: Store) -> set[str]:
    watch = Watch()
    watch.look(store.space)
    return watch.doomed


def kinds(store: Store) -> dict[str, str]:
    found = {}
    for key in store.blobs.list(""):
        name = names.parse(key)
        assert name is not None, key
        several = name.kind in ("manifest", "pack")
        found.setdefault(f"{name.kind} {key[-70:]}" if several else name.kind, key)
    return found


def missed(value: object, expected: object) -> bool:
    """No hit, a segment without those that name what was found damaged, or no segment."""
    if value is None or not isinstance(expected, list) or not isinstance(value, list):
        return value is None and expected is not None
    segments = all(isinstance(one, dict) and "results" in one for one in expected)
    return segments and value in ([], [{**one, "results": {}} for one in expected])


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [100, pytest.param(ROUNDS, marks=pytest.mark.slow)])
def test_damage_is_told_and_never_delivered(folder: Folder, tmp_path: Path, rounds: int) -> None:
    store, big, small = stores(folder)
    objects = store.blobs.objects  # type: ignore[attr-defined]
    right = list(read_everything(store, big, small, tmp_path / "right"))
    assert not any(isinstance(r, Exception) for r in right)
    found = kinds(store)
    assert len(found) == 14, sorted(found)
    rng = random.Random(int(os.environ.get("WOMBAT_SEED", "1")) + rounds)
    for number in range(rounds):
        key = rng.choice(sorted(found.values()))
        good = objects[key]
        bad = damaged(good[0], rng, objects[rng.choice(sorted(found.values()))][0])
        if bad == good[0]:
            continue
        objects[key] = (bad, good[1])
        seen = list(read_everything(store, big, small, tmp_path / str(number)))
        told = 0
        for value, expected in zip(seen, right, strict=True):
            # A result that can't be read is a miss: its task runs again.
            if isinstance(value, StoreDamaged) or missed(value, expected):
                told += 1
            else:
                assert value == expected
        harmless = "/m/" in key and len(bad) > len(good[0])  # bytes behind the last section
        assert told or harmless, f"nobody noticed that {key} was damaged"
        objects[key] = good
        store.space.watch.spoiled.clear()
        for report in [k for k in objects if "/damage/" in k]:
            del objects[report]


def test_swapped_objects_are_noticed(folder: Folder, tmp_path: Path) -> None:
    store, *_ = stores(folder)
    objects = store.blobs.objects  # type: ignore[attr-defined]
    store.create_header("p", "r2", {"profile": "production"})
    one, other = (names.header("t/shop", "p", run) for run in ("r", "r2"))
    objects[one] = objects[other]
    with pytest.raises(StoreDamaged):
        store.header("p", "r")


def test_damage_leaves_a_report(folder: Folder) -> None:
    store, *_ = stores(folder)
    objects = store.blobs.objects  # type: ignore[attr-defined]
    key = names.header("t/shop", "p", "r")
    objects[key] = (b"{}", 0.0)
    with pytest.raises(StoreDamaged):
        store.header("p", "r")
    reports = [names.parse(k) for k in objects if "/damage/" in k]
    assert [r.kind for r in reports if r] == ["damage"]


@pytest.mark.parametrize("how", ["short", "flipped"])
def test_one_bad_read_is_read_again(folder: Folder, tmp_path: Path, how: str) -> None:
    store, big, small = stores(folder)
    right = list(read_everything(store, big, small, tmp_path / "right"))

    class Flaky:
        def __init__(self) -> None:
            self.seen: set[object] = set()

        def __getattr__(self, name: str) -> object:
            return getattr(store.blobs, name)

        def _once(self, what: object, data: bytes) -> bytes:
            if what in self.seen:
                return data
            self.seen.add(what)
            half = len(data) // 2
            if how == "short" or not data:
                return data[:half]
            return data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]

        def get(self, key: str) -> bytes:
            return self._once(key, store.blobs.get(key))

        def get_range(self, key: str, start: int, length: int) -> bytes:
            return self._once((key, start), store.blobs.get_range(key, start, length))

    flaky = memory_store(Flaky())
    assert list(read_everything(flaky, big, small, tmp_path / "flaky")) == right


def test_a_failing_store_never_leaves_half_a_tree(folder: Folder, tmp_path: Path) -> None:
    store, big, _ = stores(folder)
    objects = store.blobs.objects  # type: ignore[attr-defined]
    for key in list(store.blobs.list("t/shop/p/")):
        data, when = objects[key]
        objects[key] = (data[: len(data) // 2] + bytes(len(data) - len(data) // 2), when)
    with pytest.raises(StoreDamaged):
        store.fetch_tree(big, tmp_path / "out" / "deep")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_report_whose_answer_is_lost_hides_no_damage() -> None:
    """What is wrong with the record is told, not that nobody knows what became of the note."""

    class Lost(Around):
        def create(self, key: str, data: bytes) -> Created:
            super().create(key, data)
            if "/damage/" in key:
                raise OutcomeUnknown(key)
            return Created.LANDED

    store = memory_store(Lost(MemoryBlobs()))
    store.create_header("p", "r1", {"a": 1})
    key = names.header("t/shop", "p", "r1")
    store.blobs.inner.objects[key] = (b"{}", 0.0)  # type: ignore[attr-defined]
    with pytest.raises(StoreDamaged):
        store.header("p", "r1")
