"""The second edition: what was added to the first format since, with fixed times and ids."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from unittest import mock

from tests.store.golden.generate import write_store
from wombat.digest import digest_bytes
from wombat.store import Artifact, Store, names, open_store
from wombat.store.moved import record_moved
from wombat.store.packs import salted
from wombat.store.pins import subscribe
from wombat.store.records import seal
from wombat.store.standins import record_restored, record_successor

SECOND: Final = Path(__file__).resolve().parent / "v1-2"
COLLECTION: Final = f"local/shop/gc/{names.inverse(1_800_000_000_000)}-{'ab' * 8}"


def write_second(top: Path, tree: Path) -> None:
    """The first edition; then packs that moved, stand-ins, salt, a pin, a collection's lists."""
    write_store(top, tree)
    store = open_store(str(top), project="shop", zone="local")
    head = store.head("churn", "feature/ü")
    assert head is not None
    big, small = (Artifact.from_json(head.outputs[name]) for name in ("big", "small"))
    _moved(store, big)
    _stand_ins(store, tree, small)
    _lists(store, big)


def _moved(store: Store, big: Artifact) -> None:
    """The first pack, copied with salt."""
    pack = big.packs[0]
    with mock.patch("secrets.token_bytes", lambda size: b"\7" * size):
        data = salted(store.blobs.get(names.pack(store.zone, pack)))
    digest = digest_bytes(data)
    store.blobs.put(names.pack(store.zone, digest), data)
    record_moved(store.space, store.zone, pack, [digest])


def _stand_ins(store: Store, tree: Path, small: Artifact) -> None:
    key = names.manifest(store.zone, small.content, small.manifest)
    store.space.watch.doomed.add(key)
    with mock.patch("secrets.token_hex", lambda size: "07" * size):
        other = store.push_tree(tree / "run.sh", type="file")
        assert other.manifest != small.manifest
        record_successor(store.space, small, other.manifest, other.packs)
    header = names.header(store.zone, "churn", "r1")
    record_restored(store.space, header, "header", store.blobs.get(header))


def _lists(store: Store, big: Artifact) -> None:
    gone = digest_bytes(b"gone")
    value = {**big.to_json(), "zone": store.zone, "address": "shop:churn/big@main"}
    assert subscribe(store.space, "shop", "fraud", value, now=datetime(2026, 11, 1, tzinfo=UTC))
    records = {
        f"{COLLECTION}/doomed/000000": ("doomed", {"objects": [f"p/{gone[:2]}/{gone}"]}),
        f"{COLLECTION}/state/000000": ("state", {"began": True}),
        f"{COLLECTION}/done": ("done", {"objects": 1, "bytes": 1}),
    }
    for key, (kind, body) in records.items():
        store.blobs.create(key, seal(key, kind, body))
