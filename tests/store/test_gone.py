"""What is gone from a store comes back when the same is stored again, and is relied on by none."""

from __future__ import annotations

import random
from dataclasses import replace
from hashlib import md5
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from tests.store.test_moved import SMALL, copied, dropped
from wombat.errors import StoreDamaged
from wombat.store import Artifact, Store, names
from wombat.store.blobs import Stat
from wombat.store.moved import record_moved
from wombat.store.sent import Sent
from wombat.store.wrap.around import Around
from wombat.store.wrap.counting import Counting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = random.Random(9).randbytes(90_000)
KEY = "ab" * 32


def again(store: Store) -> Store:
    """Another process."""
    return memory_store(store.blobs)


def published(store: Store, artifact: Artifact, run: str) -> Artifact:
    outputs = {"o": artifact.to_json()}
    store.record_result(KEY, run, 1, {"outputs": outputs})
    store.publish(
        pipeline="p",
        branch="main",
        run=run,
        plan="0" * 64,
        order=int(run[1:]),
        commit=None,
        time="2026-11-01T00:00:00Z",
        outputs=outputs,
        results={KEY: outputs},
    )
    return artifact


@pytest.fixture
def top(folder: Callable[[dict[str, bytes]], Path]) -> Path:
    return folder({"data": DATA})


def push(store: Store, top: Path, *base: Artifact, lasting: bool = False) -> Artifact:
    sizes = replace(SMALL, inline=0)
    return store.push_tree(top, type="directory", base=base, sizes=sizes, lasting=lasting)


@pytest.fixture
def first(top: Path) -> tuple[Store, Artifact]:
    store = memory_store()
    artifact = published(store, push(store, top), "r1")
    assert len(artifact.packs) > 4
    return store, artifact


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("how", ["gone", "gone and pulled", "cut"])
def test_the_same_push_again_brings_back_what_is_gone(
    first: tuple[Store, Artifact], top: Path, tmp_path: Path, how: str, edited: bool
) -> None:
    store, old = first
    objects = store.blobs.objects  # type: ignore[attr-defined]
    for pack in (old.packs[1], old.packs[-1]):
        key = names.pack("t/shop", pack)
        if how == "cut":
            objects[key] = (objects[key][0][:100], 0.0)
        else:
            dropped(store, pack)
    if how == "gone and pulled":
        with pytest.raises(StoreDamaged):
            again(store).fetch_tree(old, tmp_path / "broken")
    if edited:
        (top / "data").write_bytes(DATA[:-10] + b"0123456789")
    new = published(again(store), push(again(store), top, old), "r2")
    again(store).fetch_tree(new, tmp_path / "new")
    assert (tmp_path / "new" / "data").read_bytes() == (top / "data").read_bytes()
    # The next version leans on this one, as ever.
    calm = again(store)
    assert push(calm, top, new) == new
    if how == "gone" and not edited:  # all of it went back under its own names
        again(store).fetch_tree(old, tmp_path / "old")


def test_a_result_of_what_was_found_gone_is_no_hit(
    first: tuple[Store, Artifact], tmp_path: Path
) -> None:
    store, old = first
    assert again(store).find_result(KEY)
    dropped(store, old.packs[1])
    with pytest.raises(StoreDamaged):
        again(store).fetch_tree(old, tmp_path / "out")
    assert again(store).find_result(KEY) is None
    assert [one["results"] for one in again(store).segments("p")] == [{}]


def test_nor_is_one_whose_manifest_is_gone(first: tuple[Store, Artifact], tmp_path: Path) -> None:
    store, old = first
    store.blobs.delete([names.manifest("t/shop", old.content, old.manifest)])
    with pytest.raises(StoreDamaged):
        again(store).fetch_tree(old, tmp_path / "out")
    assert again(store).find_result(KEY) is None


def test_what_moved_is_not_gone(first: tuple[Store, Artifact], top: Path) -> None:
    store, old = first
    new = copied(store, old.packs, salt=b"x")
    for pack in old.packs:
        record_moved(store.space, "t/shop", pack, [new])
    dropped(store, *old.packs)
    assert push(again(store), top, old) == old
    dropped(store, new)
    assert push(again(store), top, old).packs == old.packs  # all of it stored anew
    assert again(store).read_file(old, "data") == DATA


def test_a_base_with_a_damaged_block_is_none(first: tuple[Store, Artifact], top: Path) -> None:
    store, old = first
    objects, key = store.blobs.objects, names.manifest("t/shop", old.content, old.manifest)  # type: ignore[attr-defined]
    objects[key] = (objects[key][0][:-5] + b"wrong", 0.0)
    new = push(again(store), top, old)
    assert new.manifest != old.manifest
    assert again(store).read_file(new, "data") == DATA


@pytest.mark.parametrize("lasting", [False, True])
def test_a_push_of_nothing_new_asks_for_little(
    first: tuple[Store, Artifact], top: Path, tmp_path: Path, lasting: bool
) -> None:
    """Far away, one page of a listing tells of many packs."""
    store, old = first
    far = Counting(store.blobs)
    space = replace(memory_store(far).space, sent=Sent(tmp_path / "notes"))
    assert push(Store(space, "far:"), top, old, lasting=lasting) == old
    assert far.counts.total <= 8
    assert far.counts.calls["stat"] == 0
    # Elsewhere each is asked for by itself, and once.
    near = Counting(store.blobs)
    here = memory_store(near)
    assert push(here, top, old) == old
    assert near.counts.calls["stat"] == len(set(old.packs))
    assert push(here, top, old) == old
    assert near.counts.calls["stat"] == len(set(old.packs))


def test_what_lies_only_upstream_is_no_base(top: Path) -> None:
    upstream, here = memory_store(), memory_store()
    old = published(upstream, push(upstream, top), "r1")
    through = here.before(lambda: upstream)
    new = published(through, push(through, top, old), "r1")
    assert again(here).read_file(new, "data") == DATA


@pytest.mark.parametrize("tagged", [False, True])
def test_notes_of_what_was_sent_are_believed_by_the_bytes(
    first: tuple[Store, Artifact], top: Path, tmp_path: Path, tagged: bool
) -> None:
    """A pack that rotted keeps its size: it is sent again, under another name."""
    objects = first[0].blobs.objects  # type: ignore[attr-defined]
    blobs = Tagging(first[0].blobs) if tagged else first[0].blobs

    def far() -> Store:
        return Store(replace(memory_store(blobs).space, sent=Sent(tmp_path / "notes")), "far:")

    noted = push(far(), top)  # leaves notes
    key = names.pack("t/shop", noted.packs[0])
    data = objects[key][0]
    objects[key] = (data[:500] + bytes([data[500] ^ 1]) + data[501:], 0.0)
    new = push(far(), top)
    assert again(far()).read_file(new, "data") == DATA
    # What didn't rot isn't sent again; with a checksum it isn't read either.
    counting = Counting(blobs)
    blobs = counting  # type: ignore[assignment]
    assert set(push(far(), top).packs) & set(noted.packs)
    assert counting.counts.calls["get"] <= (1 if tagged else len(noted.packs))


class Tagging(Around):
    """A server that has a checksum of what it stores."""

    def stat(self, key: str) -> Stat:
        found = super().stat(key)
        tag = md5(self.inner.get(key), usedforsecurity=False).hexdigest()
        return Stat(found.size, found.time, tag)
