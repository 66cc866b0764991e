"""A damaged object on each server: told, mended beside it, and stored again under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.actor import tree, work
from wombat.errors import StoreDamaged
from wombat.store import Artifact, Store, names, open_store
from wombat.store.repair import repair
from wombat.store.sources import Files
from wombat.store.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow


def opened(server: Server, prefix: str) -> Store:
    return open_store(server.address(prefix), project="shop", zone="t")


def overwrite(store: Store, key: str, data: bytes) -> None:
    """As whoever has all rights may do it: away, then other bytes."""
    store.blobs.delete([key])
    store.blobs.create(key, data)


def test_a_damaged_pack(server: Server, prefix: str, tmp_path: Path) -> None:
    folder = tree(tmp_path / "in", "seed")
    assert work(opened(server, prefix), folder, "r1") == "published"
    store = opened(server, prefix)
    head = store.head("p", "main")
    assert head is not None
    artifact = Artifact.from_json(head.outputs["o"])
    key = names.pack("t/shop", artifact.packs[0])
    good = store.blobs.get(key)
    overwrite(store, key, good[:100] + bytes([good[100] ^ 1]) + good[101:])

    broken = opened(server, prefix)
    with pytest.raises(StoreDamaged):
        broken.fetch_tree(artifact, tmp_path / "out")
    report = verify(opened(server, prefix).space, read_data=True)
    assert [fault.key for fault in report.faults] == [key]
    assert report.faults[0].files == ("big",)

    # The same push again doesn't rely on what is damaged.
    fresh = opened(server, prefix)
    again = fresh.push_tree(folder, type="directory")
    fresh.blobs.sync()
    assert again.content == artifact.content
    assert not set(again.packs) & set(artifact.packs)

    space = opened(server, prefix).space
    repair(space, verify(space, read_data=True), [Files(folder)])
    assert verify(opened(server, prefix).space, read_data=True).sound
    opened(server, prefix).fetch_tree(artifact, tmp_path / "out")
    assert (tmp_path / "out" / "big").read_bytes() == (folder / "big").read_bytes()


def test_other_bytes_at_a_packs_name_are_noticed_without_a_report(
    server: Server, prefix: str, tmp_path: Path
) -> None:
    """Nobody read it yet: the push itself finds that the name holds something else."""
    folder = tree(tmp_path / "in", "seed")
    first = opened(server, prefix)
    artifact = first.push_tree(folder, type="directory")
    first.blobs.sync()
    key = names.pack("t/shop", artifact.packs[0])
    good = first.blobs.get(key)
    overwrite(first, key, good[:100] + bytes([good[100] ^ 1]) + good[101:])
    store = opened(server, prefix)
    try:
        assert work(store, folder, "r1") == "published"
    except StoreDamaged:
        # What was on its way is told with the record; the same command again avoids it.
        assert work(store, folder, "r1") == "published"
    head = opened(server, prefix).head("p", "main")
    assert head is not None
    made = Artifact.from_json(head.outputs["o"])
    opened(server, prefix).fetch_tree(made, tmp_path / "out")
    assert (tmp_path / "out" / "big").read_bytes() == (folder / "big").read_bytes()
