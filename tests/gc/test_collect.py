"""A pass keeps what the rules keep, stops where something is odd, and may end anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gc.world import LITTLE, World, noise
from wombat.errors import CheckFailed, Conflict, StoreDamaged, StoreUnreachable, WombatError
from wombat.store import names, refs
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.doom import Watch
from wombat.store.gc import Retention, Rules, collect
from wombat.store.gc.clocks import DAY, HOUR
from wombat.store.gc.lists import collections
from wombat.store.pins import subscribe
from wombat.store.space import Space
from wombat.store.standins import record_successor
from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.store import Artifact
    from wombat.store.blobs import Entry


def versions(world: World, count: int, branch: str = "main", days: float = 10) -> list[Artifact]:
    """One after another, so many days apart, each of its own bytes."""
    found = []
    for number in range(count):
        store = world.writer()
        artifact = world.push(store, noise(f"{branch}{number}", 3000))
        world.publish(store, artifact, branch)
        found.append(artifact)
        world.pass_(days * DAY)
    return found


def readable(world: World, found: list[Artifact]) -> list[bool]:
    def one(artifact: Artifact) -> bool:
        try:
            world.read(artifact)
        except StoreDamaged:
            return False
        return True

    return [one(artifact) for artifact in found]


def test_the_last_ones_stay_and_the_records_too() -> None:
    world = World()
    found = versions(world, 5)
    world.collect_all()
    assert readable(world, found) == [False, False, False, True, True]
    assert [r.seq for r in world.writer().ref_log("p", "main")] == [5, 4, 3, 2, 1]


def test_young_ones_stay_whatever_their_number() -> None:
    world = World()
    found = versions(world, 5)
    world.gc(Retention(Rules(keep_last=1, younger_than=35 * DAY)))
    world.pass_(DAY)
    world.gc(Retention(Rules(keep_last=1, younger_than=36 * DAY)))
    assert readable(world, found) == [False, False, True, True, True]


def test_a_tag_keeps_what_it_names() -> None:
    world = World()
    found = versions(world, 4)
    store = world.writer()
    record = next(r for r in store.ref_log("p", "main") if r.seq == 1)
    change = refs.Change(
        "p", "v1", record.run, "0" * 64, 1, None, record.time, record.outputs, kind="tags"
    )
    store.commit_ref(change)
    world.collect_all()
    assert readable(world, found) == [True, False, True, True]


def test_a_closed_branch_keeps_its_data_for_thirty_days() -> None:
    world = World()
    found = versions(world, 2, "feature", days=1)
    versions(world, 1)
    refs.close(world.writer().space, "p", "feature", time="2026-11-01T00:00:00Z")
    world.pass_(26 * DAY)
    world.collect_all()
    assert readable(world, found) == [True, True]
    world.pass_(5 * DAY)
    world.collect_all()
    assert readable(world, found) == [False, False]


def test_a_pipeline_has_its_own_rules() -> None:
    world = World()
    found = versions(world, 4)
    rules = Retention(Rules(keep_last=1, younger_than=0), {"p": Rules(keep_last=3, younger_than=0)})
    world.gc(rules)
    world.pass_(DAY)
    world.gc(rules)
    assert readable(world, found) == [False, True, True, True]


def test_what_others_pinned_stays_until_its_day() -> None:
    from datetime import UTC, datetime

    world = World()
    found = versions(world, 4, days=1)
    now = datetime.fromtimestamp(world.now, UTC)
    value = {"address": "shop:p/o@main", **found[0].to_json()}
    assert subscribe(world.writer().space, "shop", "other", value, now=now)
    world.collect_all()
    assert readable(world, found) == [True, False, True, True]
    world.pass_(91 * DAY)
    world.collect_all()
    assert readable(world, found) == [False, False, True, True]


def test_a_run_keeps_what_it_made_for_a_week() -> None:
    world = World()
    versions(world, 1)
    store = world.writer()
    artifact = world.push(store, noise("made"))
    store.create_header("p", "run-1", {"inputs": {}})
    record = {"state": "done", "outputs": {"o": artifact.to_json()}}
    store.record_attempt("p", "run-1", "t", None, record)
    store.record_result("ab" * 32, "run-1", 1, {"outputs": {"o": artifact.to_json()}})
    for _ in range(3):
        world.pass_(DAY + HOUR)
        world.gc()
    assert readable(world, [artifact]) == [True]
    assert world.writer().find_result("ab" * 32) is not None
    world.pass_(4 * DAY)
    world.collect_all()
    assert readable(world, [artifact]) == [False]
    assert world.writer().find_result("ab" * 32) is None
    assert not list(world.blobs.list("t/shop/results/"))
    assert len(world.writer().attempts("p", "run-1")) == 1


def test_a_header_keeps_what_its_run_reads() -> None:
    world = World()
    found = versions(world, 3)
    store = world.writer()
    store.create_header("p", "run-1", {"inputs": {"x": found[0].to_json()}})
    world.collect_all()
    assert readable(world, found) == [True, True, True]


def test_a_doomed_result_is_no_hit() -> None:
    world = World()
    artifact = world.push(world.writer(), noise("made"))
    versions(world, 1)
    world.writer().record_result("ab" * 32, "r", 1, {"outputs": {"o": artifact.to_json()}})
    assert world.writer().find_result("ab" * 32) is not None
    world.gc()
    assert world.writer().find_result("ab" * 32) is None


def test_a_long_field_aside_is_kept_and_what_it_names() -> None:
    world = World()
    artifact = world.push(world.writer(), noise("named"))
    store = world.writer()
    outputs = {f"o{n:05}": {**artifact.to_json(), "note": "x" * 900} for n in range(1500)}
    change = refs.Change("p", "big", "r", "0" * 64, 1, None, "2026-11-01T00:00:00Z", outputs)
    store.commit_ref(change)
    world.pass_(10 * DAY)
    world.collect_all()
    head = world.writer().head("p", "big")
    assert head is not None
    assert len(head.outputs) == 1500
    assert readable(world, [artifact]) == [True]


def test_untrusted_roots_keep_nothing_trusted() -> None:
    trusted = World()
    found = versions(trusted, 3)
    untrusted = World(now=trusted.now, blobs=trusted.blobs, zone="u/shop")
    untrusted.now = trusted.now
    value = {**found[0].to_json(), "zone": "t/shop"}
    change = refs.Change("p", "mr", "r", "0" * 64, 1, None, "2026-11-01T00:00:00Z", {"o": value})
    untrusted.writer().commit_ref(change)
    assert untrusted.gc().live_objects == 0  # and what it names elsewhere isn't missed
    trusted.collect_all()
    assert readable(trusted, found) == [False, True, True]


def test_a_dry_run_writes_nothing() -> None:
    world = World()
    versions(world, 4)
    before = dict(world.blobs.objects)
    report = world.gc(apply=False, large=False)
    assert report.dooms > 0
    assert report.large
    assert world.blobs.objects == before


# What is odd


class Wrong(Around):
    """A store one listing of which goes wrong."""

    def __init__(self, inner: Any, wrong: Callable[[list[Entry]], list[Entry]], at: str) -> None:
        super().__init__(inner)
        self.wrong, self.at = wrong, at

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        found = list(self.inner.entries(prefix, after=after))
        return iter(self.wrong(found) if f"/{self.at}/" in prefix else found)


def fails(found: list[Entry]) -> list[Entry]:
    raise StoreUnreachable("the listing broke off")


SHORT = [
    ("refs", lambda found: found[1:], "gc-listing"),  # only seen by who collected before
    ("refs", lambda found: found[:-1], "gc-listing"),
    ("refs", lambda found: found[:1] + found[2:], "gc-listing"),
    ("refs", lambda _: [], "gc-listing"),
    ("m", lambda _: [], "gc-listing"),
    ("m", lambda found: found[:1], "gc-listing"),
    *(
        (at, fails, "store-unreachable")
        for at in ("refs", "runs", "cache", "m", "p", "gc", "moved")
    ),
]


@pytest.mark.parametrize(("at", "wrong", "code"), SHORT)
def test_a_listing_that_is_short_or_fails_ends_it(at: str, wrong: Any, code: str) -> None:
    world = World()
    keep = Retention(Rules(keep_last=3, younger_than=0))
    versions(world, 4)
    world.gc(keep)
    world.pass_(DAY + HOUR)
    before = dict(world.blobs.objects)
    space = Space(Wrong(world.blobs, wrong, at), world.zone, (world.zone,))
    space = replace(space, watch=Watch(clock=world.clock))
    with pytest.raises(WombatError) as raised:
        collect(space, keep, apply=True, large=True, clocks=world.clocks)
    assert raised.value.code == code
    added = world.blobs.objects.keys() - before.keys()
    assert before.keys() <= world.blobs.objects.keys()
    assert all("/state/" in key for key in added)


def test_no_roots_at_all() -> None:
    world = World()
    world.push(world.writer(), noise("orphan"))
    world.pass_(10 * DAY)
    with pytest.raises(StoreDamaged) as raised:
        world.gc()
    assert raised.value.code == "gc-no-roots"


def test_a_large_sweep_is_asked_for() -> None:
    world = World()
    versions(world, 4)
    with pytest.raises(CheckFailed) as raised:
        world.gc(large=False)
    assert raised.value.code == "gc-large-sweep"
    assert not any("/doomed/" in key for key in world.blobs.objects)


@pytest.mark.parametrize("kind", ["ref", "manifest", "pin"])
def test_a_root_that_cannot_be_read_ends_it(kind: str) -> None:
    world = World()
    found = versions(world, 4)
    keys = {
        "ref": next(iter(world.blobs.list("t/shop/refs/"))),
        "manifest": names.manifest("t/shop", found[-1].content, found[-1].manifest),
        "pin": "x/shop/other/one",
    }
    world.blobs.objects[keys[kind]] = (b"{}", world.now)
    with pytest.raises(StoreDamaged):
        world.gc()
    assert not any("/doomed/" in key for key in world.blobs.objects)


def test_a_manifest_of_the_same_content_stands_in() -> None:
    world = World()
    store = world.writer()
    data = noise("same", 20_000)
    first = world.push(store, data)
    second = world.push(store, data + b"x")  # other bytes, so that packs differ
    world.publish(store, first)
    world.publish(store, second)
    again = world.writer()
    again.space.watch.doomed.update(k for k in world.blobs.objects if "/m/" in k or "/p/" in k)
    third = world.push(again, data)
    assert third.content == first.content
    assert third.manifest != first.manifest
    world.pass_(10 * DAY)
    world.blobs.objects[names.manifest("t/shop", first.content, first.manifest)] = (b"", world.now)
    world.collect_all()
    assert world.read(third) == data


def test_what_a_repair_named_instead_stays() -> None:
    """The damaged manifest reads well as far as a collection looks."""
    world = World()
    store = world.writer()
    data = noise("same", 20_000)
    first = world.push(store, data)
    world.publish(store, first)
    again = world.writer()
    again.space.watch.doomed.update(k for k in world.blobs.objects if "/m/" in k or "/p/" in k)
    second = world.push(again, data)
    record_successor(again.space, first, second.manifest, second.packs)
    world.pass_(10 * DAY)
    world.collect_all()
    assert names.manifest("t/shop", second.content, second.manifest) in world.blobs.objects
    assert {names.pack("t/shop", digest) for digest in second.packs} <= world.blobs.objects.keys()


# Clocks


def test_nothing_goes_before_the_grace_nor_after_the_life() -> None:
    world = World()
    found = versions(world, 4)
    world.gc()
    world.pass_(23 * HOUR)
    assert world.gc().deletes == 0
    world.pass_(26 * HOUR)
    late = world.gc()
    assert late.deletes == 0
    assert late.dooms > 0
    world.pass_(DAY)
    assert world.gc().deletes > 0
    assert readable(world, found) == [False, False, True, True]


def test_what_is_young_is_not_doomed() -> None:
    """A push of hours would have to be stored again."""
    world = World()
    versions(world, 2)
    artifact = world.push(world.writer(), noise("under way"))
    assert world.gc().dooms == 0
    world.pass_(DAY + HOUR)
    assert world.gc().dooms == 1 + len(artifact.packs)


def test_the_servers_clock_decides() -> None:
    """Ours is a day ahead, then a day behind."""
    for skew in (DAY, -DAY):
        world = World()
        found = versions(world, 4)
        clocks = replace(world.clocks, wall=lambda: world.now + skew)  # noqa: B023
        assert world.gc().dooms > 0
        space = Space(world.blobs, world.zone, (world.zone,))
        world.pass_(23 * HOUR)
        assert collect(space, LITTLE, apply=True, large=True, clocks=clocks).deletes == 0
        world.pass_(2 * HOUR)
        assert collect(space, LITTLE, apply=True, large=True, clocks=clocks).deletes > 0
        assert readable(world, found) == [False, False, True, True]


def test_a_collector_that_was_stopped_past_its_lists_life_deletes_no_more() -> None:
    world = World()
    found = versions(world, 4)
    world.gc()
    world.pass_(DAY + HOUR)

    class Stopped(Around):
        def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
            return self.inner.entries(prefix, after=after)

        def delete(self, keys: Any) -> None:
            self.inner.delete(keys)
            world.pass_(30 * HOUR)

    space = Space(Stopped(world.blobs), world.zone, (world.zone,))
    with pytest.raises(Conflict) as raised:
        collect(space, LITTLE, apply=True, large=True, clocks=world.clocks)
    assert raised.value.code == "gc-expired"
    packs = {names.pack("t/shop", digest) for one in found for digest in one.packs}
    assert packs <= world.blobs.objects.keys()  # manifests went first, and nothing after them
    assert readable(world, found[2:]) == [True, True]


def test_old_lists_are_taken_away() -> None:
    world = World()
    versions(world, 4)
    for _ in range(6):
        world.gc()
        world.pass_(DAY + HOUR)
    world.gc()
    left = collections(world.writer().space)
    assert all(world.now - one.ends() < 61 * HOUR for one in left)
    assert len(left) <= 4


def test_what_lives_again_is_dropped() -> None:
    """Its writer looked before the list landed."""
    world = World()
    found = versions(world, 4)
    store = world.writer()
    artifact = world.push(store, noise("main0", 3000))
    assert artifact.manifest == found[0].manifest
    world.gc()
    world.publish(store, artifact, "late")
    world.pass_(DAY)
    report = world.gc()
    assert report.revived > 0
    assert readable(world, found) == [True, False, True, True]


# Ends


class Dies(Around):
    """Every call counts; the one of that number, and all after, don't happen."""

    def __init__(self, inner: Any, last: int) -> None:
        super().__init__(inner)
        self.left = last

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt

    def get(self, key: str) -> bytes:
        self._count()
        return self.inner.get(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self._count()
        return self.inner.get_range(key, start, length)

    def put(self, key: str, data: bytes) -> None:
        self._count()
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> Any:
        self._count()
        return self.inner.create(key, data)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        self._count()
        return self.inner.entries(prefix, after=after)

    def delete(self, keys: Any) -> None:
        """In the middle of its keys."""
        every = list(keys)
        self.left -= 1
        self.inner.delete(every[: len(every) // 2] if self.left < 0 else every)
        if self.left < 0:
            raise KeyboardInterrupt

    def stat(self, key: str) -> Any:
        self._count()
        return self.inner.stat(key)


def stored(world: World) -> int:
    found = world.blobs.objects.items()
    return sum(len(value[0]) for key, value in found if key.startswith("t/shop/p/"))


def compacted() -> tuple[World, Artifact, bytes]:
    """A live version that needs a little of old packs, and dead ones."""
    world = World()
    base = noise("base", 20_000)
    store = world.writer()
    old = world.push(store, base)
    world.publish(store, old)
    data = b""
    for number in range(3):
        world.pass_(10 * DAY)
        data = base[:6000] + noise(number, 2000)
        new = world.push(world.writer(), data, old)
        world.publish(world.writer(), new)
    world.pass_(2 * DAY)
    return world, new, data


def copy_of(world: World) -> World:
    blobs = MemoryBlobs()
    blobs.objects = dict(world.blobs.objects)
    copied = World(now=world.now, blobs=blobs)
    blobs.clock = copied.clock
    return copied


@pytest.mark.slow
@pytest.mark.parametrize("second", [False, True], ids=["dooms and compacts", "deletes"])
def test_killed_at_every_call(second: bool) -> None:
    world, live, data = compacted()
    if second:
        world.gc()
        world.pass_(DAY + HOUR)
    whole = copy_of(world)
    whole.collect_all()
    most = stored(whole)
    died = 0
    while True:
        one = copy_of(world)
        space = Space(Dies(one.blobs, died), one.zone, (one.zone,))
        try:
            collect(space, LITTLE, apply=True, large=True, clocks=one.clocks)
            break
        except KeyboardInterrupt:
            died += 1
        assert one.read(live) == data
        for _ in range(3):
            one.gc()
            one.pass_(DAY + HOUR)
        one.gc()
        assert one.read(live) == data
        one.pass_(7 * DAY)  # packs that no manifest ever named wait for so long
        one.collect_all()
        assert one.read(live) == data
        assert stored(one) <= most
    assert died > 20


class Slow(Around):
    """Each pack takes an hour, and every eight hours a collection comes along."""

    world: World
    sent = 0

    def put(self, key: str, data: bytes) -> None:
        self.inner.put(key, data)
        if "/p/" in key:
            self.sent += 1
            self.world.pass_(HOUR)
            if self.sent % 8 == 0:
                blobs, self.world.blobs = self.world.blobs, self.inner
                self.world.gc()
                self.world.blobs = blobs


def test_a_push_of_days_beside_collections_ends_with_the_first_try() -> None:
    world = World()
    versions(world, 1)
    slow = Slow(world.blobs)
    slow.world, world.blobs = world, slow
    store = world.writer()
    data = noise("long", 400_000)
    artifact = world.push(store, data)
    world.publish(store, artifact)
    assert 3 * 24 < slow.sent < 6 * 24
    assert len(artifact.packs) == slow.sent
    world.blobs = slow.inner
    world.collect_all()
    assert world.read(artifact) == data


@pytest.mark.parametrize(("days", "stays"), [(6, True), (7.1, False)])
def test_packs_that_no_manifest_ever_named_stay_for_seven_days(days: float, stays: bool) -> None:
    world = World()
    versions(world, 1)
    lone = world.push(world.writer(), noise("killed"))
    del world.blobs.objects[names.manifest("t/shop", lone.content, lone.manifest)]
    world.pass_(days * DAY)
    world.gc()
    world.pass_(DAY)
    world.gc()
    key = names.pack("t/shop", lone.packs[0])
    assert (key in world.blobs.objects) == stays


def test_what_was_let_go_does_not_wait_for_seven_days() -> None:
    """Also where the pass that deletes ended between the manifest and its packs."""
    world = World()
    found = versions(world, 4, days=1.1)
    world.gc()
    world.pass_(DAY)
    manifest = names.manifest("t/shop", found[1].content, found[1].manifest)
    del world.blobs.objects[manifest]
    world.gc()
    packs = [names.pack("t/shop", p) for one in found[:2] for p in one.packs]
    assert not any(key in world.blobs.objects for key in packs)


def test_compaction_gains_and_is_read_through() -> None:
    world, live, data = compacted()
    report = world.gc()
    assert report.compacts > 0
    assert report.gains_bytes > 0
    world.pass_(DAY + HOUR)
    world.gc()
    moved = [key for key in world.blobs.objects if "/moved/" in key]
    assert moved
    assert not any(names.pack("t/shop", key.split("/")[-2]) in world.blobs.objects for key in moved)
    assert world.read(live) == data
    # A new version on top of it names the old pack, and lives on what took over.
    store = world.writer()
    new = world.push(store, data + b"more", live)
    world.publish(store, new)
    world.pass_(10 * DAY)
    world.collect_all()
    assert world.read(new) == data + b"more"


def test_two_passes_side_by_side_are_one() -> None:
    world, live, data = compacted()
    world.gc()
    world.gc()
    world.pass_(DAY + HOUR)
    world.gc()
    world.gc()
    assert world.read(live) == data
    world.collect_all()
    assert world.read(live) == data


def test_small_packs_are_merged_on_request() -> None:
    world = World()
    found = []
    store = world.writer()
    for number in range(20):
        artifact = world.push(store, noise(number, 2000))
        world.publish(store, artifact, f"b{number}")
        found.append(artifact)
    world.pass_(2 * DAY)
    assert world.gc().compacts == 0
    report = world.gc(small=True)
    assert report.compacts >= 20
    world.pass_(DAY + HOUR)
    world.gc()
    assert [world.read(a) for a in found] == [noise(n, 2000) for n in range(20)]
    assert sum(key.startswith("t/shop/p/") for key in world.blobs.objects) < 20


def test_a_pass_knows_what_the_one_before_read(tmp_path: Any) -> None:
    world = World()
    versions(world, 6, days=1)
    cache = tmp_path / "marks.sqlite"
    keep = Retention(Rules(keep_last=6))
    first = world.gc(keep, cache=cache, apply=False)
    again = world.gc(keep, cache=cache, apply=False)
    assert first.read > 6
    assert again.read == 0
    cache.write_bytes(b"no database")
    assert world.gc(keep, cache=cache, apply=False).read == first.read
