"""Moved packs: an old manifest goes on being read from the packs that took over."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.digest import Digest, digest_bytes
from wombat.errors import StoreDamaged
from wombat.store import Sizes, names
from wombat.store.chunking import Chunker
from wombat.store.moved import Moves, find_moved, locate, record_moved, table_of
from wombat.store.packs import PackWriter, decompress, read_table
from wombat.store.standins import record_restored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wombat.store import Artifact, Store

DATA = random.Random(5).randbytes(60_000)
SMALL = Sizes(pack=16 << 10, frame=2048, inline=0, chunker=Chunker(1024, 256, 4096))


def copied(store: Store, packs: Iterable[Digest], *, salt: bytes = b"") -> Digest:
    """One pack with every chunk of these, stored."""
    landed: list[Digest] = []

    def put(_: int, digest: Digest, data: bytes) -> None:
        store.blobs.put(names.pack(store.zone, digest), data)
        landed.append(digest)

    writer = PackWriter(lambda: 0, put)
    if salt:
        writer.add(bytes.fromhex(digest_bytes(salt)), salt)
    for pack in packs:
        data = store.blobs.get(names.pack(store.zone, pack))
        for row in read_table(data):
            frame = decompress(row.codec, data[row.offset : row.offset + row.length], 1 << 20)
            writer.add(row.chunk, frame[row.inside : row.inside + row.raw])
    writer.close()
    return landed[0]


def dropped(store: Store, *packs: Digest) -> None:
    store.blobs.delete([names.pack(store.zone, pack) for pack in packs])


@pytest.fixture
def pushed(folder: Callable[[dict[str, bytes]], Path]) -> tuple[Store, Artifact]:
    store = memory_store()
    artifact = store.push_tree(folder({"data": DATA}), type="directory", sizes=SMALL)
    assert len(artifact.packs) > 3
    return store, artifact


def test_what_was_compacted_is_read_where_it_went(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    new = copied(store, artifact.packs)
    for pack in artifact.packs:
        record_moved(store.space, store.zone, pack, [new])
        assert find_moved(store.space, store.zone, pack) == (new,)
    dropped(store, *artifact.packs)
    assert store.read_file(artifact, "data") == DATA


def test_without_a_record_it_is_lost(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    copied(store, artifact.packs)
    dropped(store, *artifact.packs)
    with pytest.raises(StoreDamaged) as caught:
        store.read_file(artifact, "data")
    assert caught.value.code == "store-lost"


def test_moves_of_moves_are_followed(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    behind: list[Digest] = []
    for step in (b"one", b"two", b"three"):
        new = copied(store, artifact.packs, salt=step)
        for pack in behind[-1:] or artifact.packs:
            record_moved(store.space, store.zone, pack, [new])
        behind.append(new)
    dropped(store, *artifact.packs, *behind[:-1])
    assert store.read_file(artifact, "data") == DATA


def test_the_highest_record_counts(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    old = artifact.packs[0]
    for number in range(1, 12):
        record_moved(store.space, store.zone, old, [digest_bytes(b"%d" % number)])
    found = find_moved(store.space, store.zone, old)
    assert found == tuple(digest_bytes(b"%d" % number) for number in range(11, 0, -1))


def test_no_pack_moves_to_itself(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    a, b, c = artifact.packs[:3]
    record_moved(store.space, store.zone, a, [b])
    record_moved(store.space, store.zone, b, [c])
    for pack, target in ((a, a), (b, a), (c, a)):
        with pytest.raises(StoreDamaged, match="to itself"):
            record_moved(store.space, store.zone, pack, [target])


def test_a_loop_that_somebody_wrote_ends(pushed: tuple[Store, Artifact]) -> None:
    from wombat.store.records import seal

    store, artifact = pushed
    a, b = artifact.packs[:2]
    for pack, target in ((a, b), (b, a)):
        key = names.build("moved", zone=store.zone, digest=pack, move="1")
        store.blobs.create(key, seal(key, "moved", {"packs": [target]}))
    dropped(store, a, b)
    with pytest.raises(StoreDamaged):
        store.read_file(artifact, "data")


def test_a_damaged_record_is_told_and_no_move(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    old = artifact.packs[0]
    key = record_moved(store.space, store.zone, old, [copied(store, [old], salt=b"x")])
    objects = store.blobs.objects  # type: ignore[attr-defined]
    objects[key] = (objects[key][0][:-1], 0.0)
    with pytest.raises(StoreDamaged):
        find_moved(store.space, store.zone, old)
    dropped(store, old)
    with pytest.raises(StoreDamaged) as caught:
        store.read_file(artifact, "data")
    assert names.pack(store.zone, old) in caught.value.message


def test_every_chunk_has_its_place(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    new = copied(store, artifact.packs)
    record_moved(store.space, store.zone, artifact.packs[0], [new])
    moves = Moves(store.space)
    for row in table_of(store.space, names.pack(store.zone, artifact.packs[0])):
        assert [p.pack for p in moves.places(store.zone, artifact.packs[0], row.chunk)] == [new]
        found = locate(store.space, store.zone, artifact.packs, row.chunk)
        assert found is not None
        assert (found.pack, found.row) == (artifact.packs[0], row)
    assert locate(store.space, store.zone, artifact.packs, b"\0" * 32) is None


def test_a_table_longer_than_the_first_read(memory: Store) -> None:
    landed: list[tuple[Digest, bytes]] = []
    writer = PackWriter(lambda: 0, lambda _, digest, data: landed.append((digest, data)))
    for number in range(3000):
        piece = b"%d" % number
        writer.add(bytes.fromhex(digest_bytes(piece)), piece)
    writer.close()
    ((digest, data),) = landed
    memory.blobs.put(names.pack(memory.zone, digest), data)
    key = names.pack(memory.zone, digest)
    assert table_of(memory.space, key) == read_table(data)
    objects = memory.blobs.objects  # type: ignore[attr-defined]
    for at in (len(data) - 57, len(data) - 3000 * 49, len(data) - 1, len(data) - 50):
        objects[key] = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], 0.0)
        with pytest.raises(StoreDamaged):
            table_of(memory.space, key)


def test_what_moved_before_still_counts(pushed: tuple[Store, Artifact]) -> None:
    """Others may need chunks that only the packs of an earlier record hold."""
    store, artifact = pushed
    old, other = artifact.packs[:2]
    first = copied(store, [old], salt=b"x")
    record_moved(store.space, store.zone, old, [first])
    second = copied(store, [other], salt=b"y")
    record_moved(store.space, store.zone, old, [second])
    assert find_moved(store.space, store.zone, old) == (second, first)
    dropped(store, old)
    assert store.read_file(artifact, "data") == DATA


def test_nothing_goes_on_top_of_a_move_that_cannot_be_read(pushed: tuple[Store, Artifact]) -> None:
    store, artifact = pushed
    old = artifact.packs[0]
    key = record_moved(store.space, store.zone, old, [copied(store, [old], salt=b"x")])
    objects = store.blobs.objects  # type: ignore[attr-defined]
    good = objects[key]
    objects[key] = (good[0][:-1], 0.0)
    with pytest.raises(StoreDamaged):
        record_moved(store.space, store.zone, old, [copied(store, [old], salt=b"y")])
    # A good copy of the record that a repair put beside it is as good.
    record_restored(store.space, key, "moved", good[0])
    dropped(store, old)
    assert memory_store(store.blobs).read_file(artifact, "data") == DATA
