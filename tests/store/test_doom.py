"""Doomed lists as writers see them: nothing that is about to be deleted is named by a root."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.store.conftest import memory_store
from wombat.errors import StoreDamaged
from wombat.store import Created, Store, names
from wombat.store.doom import FRESH, STALE, WINDOW, Doomed
from wombat.store.records import seal
from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.store import Artifact

COLLECTION = f"t/shop/gc/{names.inverse(1)}-{'ab' * 8}"


def doom(store: Store, artifact: Artifact, *, page: int = 0) -> None:
    keys = [k for k in store.blobs.list("t/shop/") if names.parse(k).kind in ("pack", "manifest")]  # type: ignore[union-attr]
    key = f"{COLLECTION}/doomed/{page:06}"
    body = {"objects": [k.removeprefix("t/shop/") for k in keys]}
    store.blobs.create(key, seal(key, "doomed", body))


def attempt(store: Store, artifact: Artifact) -> None:
    record: dict[str, Any] = {"state": "done", "outputs": {"o": artifact.to_json()}}
    store.record_attempt("p", "r1", "t", None, record)


@pytest.fixture(params=[b"small", b"large" * 40_000], ids=["inline", "packed"])
def top(request: pytest.FixtureRequest, folder: Callable[[dict[str, bytes]], Path]) -> Path:
    return folder({"file": request.param})


def test_what_is_doomed_before_is_stored_anew(top: Path) -> None:
    store = memory_store()
    old = store.push_tree(top, type="directory")
    doom(store, old)
    later = memory_store(store.blobs)
    new = later.push_tree(top, type="directory", base=[old])
    assert new.content == old.content
    assert new.manifest != old.manifest
    assert not set(new.packs) & set(old.packs)
    attempt(later, new)
    store.blobs.delete(later.space.watch.doomed)
    assert later.read_file(new, "file") == (top / "file").read_bytes()


def test_a_root_is_refused_what_was_doomed_meanwhile(top: Path) -> None:
    now = [0.0]
    store = memory_store()
    store.space.watch.clock = lambda: now[0]
    old = store.push_tree(top, type="directory")
    doom(store, old)
    now[0] = FRESH + 1
    with pytest.raises(Doomed):
        attempt(store, old)
    assert store.attempts("p", "r1") == []
    attempt(store, store.push_tree(top, type="directory", base=[old]))


def test_a_list_is_in_force_until_it_is_taken_away(top: Path) -> None:
    """Another collector, stopped in the middle, may still delete by it."""
    store = memory_store()
    old = store.push_tree(top, type="directory")
    doom(store, old)
    store.blobs.create(f"{COLLECTION}/done", seal(f"{COLLECTION}/done", "done", {}))
    with pytest.raises(Doomed):
        attempt(memory_store(store.blobs), old)
    store.blobs.delete([f"{COLLECTION}/doomed/000000", f"{COLLECTION}/done"])
    attempt(memory_store(store.blobs), old)


def test_a_list_that_cannot_be_read_lets_no_root_land(top: Path) -> None:
    store = memory_store()
    store.blobs.create(f"{COLLECTION}/doomed/000000", b"{}")
    with pytest.raises(StoreDamaged):
        store.push_tree(top, type="directory")


def test_a_root_that_lands_late_is_checked(top: Path) -> None:
    store = memory_store()
    ticks = iter([0.0])
    store.space.watch.clock = lambda: next(ticks, WINDOW + FRESH)
    artifact = store.push_tree(top, type="directory")
    attempt(store, artifact)
    store.space.watch.looked = WINDOW + FRESH
    late = iter([WINDOW + FRESH, WINDOW + FRESH])
    store.space.watch.clock = lambda: next(late, 3 * WINDOW)
    store.blobs.delete([names.manifest("t/shop", artifact.content, artifact.manifest)])
    with pytest.raises(StoreDamaged, match="too late"):
        attempt(store, artifact)


def test_a_root_that_lands_late_is_told_of_lists_that_landed_meanwhile(top: Path) -> None:
    """All is still there, and a collection that marked before is about to delete it."""
    store = memory_store()
    now = [0.0]
    store.space.watch.clock = lambda: now[0]
    artifact = store.push_tree(top, type="directory")

    class Late(Around):
        """A list lands, and hours pass, while the root is on its way."""

        def create(self, key: str, data: bytes) -> Created:
            doom(memory_store(self.inner), artifact)
            now[0] += WINDOW + 1
            return self.inner.create(key, data)

    space = replace(store.space, blobs=Late(store.blobs))
    store = Store(space, "memory:")
    with pytest.raises(StoreDamaged, match="too late"):
        attempt(store, artifact)


def test_a_command_of_yesterday_looks_for_what_it_names(top: Path) -> None:
    now = [0.0]
    store = memory_store()
    store.space.watch.clock = lambda: now[0]
    artifact = store.push_tree(top, type="directory")
    now[0] = STALE + 1
    attempt(store, artifact)
    store.blobs.delete([names.manifest("t/shop", artifact.content, artifact.manifest)])
    with pytest.raises(Doomed):
        attempt(store, artifact)


def test_a_long_field_that_stands_aside_is_looked_at_too() -> None:
    long: dict[str, Any] = {"state": "done", "outputs": {}, "log": "x" * (1 << 20)}
    store = memory_store()
    store.record_attempt("p", "r1", "t", None, long)
    [manifest] = store.blobs.list("t/shop/m/")
    name = names.parse(manifest)
    assert name is not None
    key = f"{COLLECTION}/doomed/000000"
    body = {"objects": [k.removeprefix("t/shop/") for k in store.blobs.list("t/shop/m/")]}
    store.blobs.create(key, seal(key, "doomed", body))
    later = memory_store(store.blobs)
    with pytest.raises(Doomed):
        later.record_attempt("p", "r2", "t", None, long)
    later.record_attempt("p", "r2", "t", None, long)
    assert len(list(store.blobs.list("t/shop/m/"))) == 2


def test_what_is_doomed_in_the_trusted_zone_is_in_no_untrusted_pushs_way(top: Path) -> None:
    """Roots name packs by their digests alone: the same bytes in both zones need two names."""
    trusted = memory_store()
    old = trusted.push_tree(top, type="directory")
    doom(trusted, old)
    untrusted = memory_store(trusted.blobs, zone="u/shop")
    for run in ("r1", "r2"):
        new = untrusted.push_tree(top, type="directory")
        record: dict[str, Any] = {"state": "done", "outputs": {"o": new.to_json()}}
        untrusted.record_attempt("p", run, "t", None, record)
    assert new.content == old.content
