"""Roots whose data is gone already, and records that others forged: they stop no collector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gc.test_collect import readable, versions
from tests.gc.world import LITTLE, World, noise
from wombat.errors import StoreDamaged
from wombat.store import names, refs
from wombat.store.gc import Retention, Rules
from wombat.store.gc.clocks import DAY
from wombat.store.records import seal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.store import Artifact

DIGEST = "d" * 64
INVENTED = {"C": "a" * 64, "M": "b" * 64, "packs": ["c" * 64]}
TIME = "2026-11-01T00:00:00Z"


def remove(world: World, artifact: Artifact) -> None:
    del world.blobs.objects[names.manifest(world.zone, artifact.content, artifact.manifest)]


def packs(world: World, artifact: Artifact) -> list[bool]:
    return [names.pack(world.zone, one) in world.blobs.objects for one in artifact.packs]


def test_a_branch_that_comes_back_brings_nothing_old_back() -> None:
    world = World()
    versions(world, 1, "main", days=1)
    old = versions(world, 3, "feature", days=1)
    refs.close(world.writer().space, "p", "feature", time=TIME)
    world.pass_(31 * DAY)
    world.collect_all()
    assert readable(world, old) == [False] * 3
    new = versions(world, 2, "feature", days=1)
    rules = Retention(Rules(keep_last=10))
    report = world.gc(rules)
    [shown] = [one for one in report.branches if one.branch == "feature"]
    assert (shown.keeps, shown.lets_go, report.gone) == ({"newest": 1, "last": 1}, 4, 0)
    world.collect_all()
    assert readable(world, new) == [True, True]


def test_a_branch_that_came_back_in_time_keeps_what_it_had() -> None:
    """And its closing counts for none of the last ones."""
    world = World()
    old = versions(world, 2, "feature", days=1)
    refs.close(world.writer().space, "p", "feature", time=TIME)
    world.pass_(20 * DAY)
    store = world.writer()
    new = world.push(store, noise("new"))
    world.publish(store, new, "feature")
    world.pass_(2 * DAY)
    world.collect_all()
    report = world.gc()
    assert readable(world, [*old, new]) == [False, True, True]
    assert report.branches[0].keeps == {"newest": 1, "last": 1}


def test_a_wider_rule_names_what_is_gone_and_goes_on() -> None:
    world = World()
    found = versions(world, 6)
    world.collect_all()
    report = world.gc(Retention(Rules(keep_last=5, younger_than=0)))
    assert report.gone == 3
    assert sum("gone already" in note for note in report.notes) == 3
    world.collect_all()
    assert readable(world, found) == [False] * 4 + [True] * 2


def test_the_packs_of_a_manifest_that_is_gone_are_kept() -> None:
    """Whoever has a copy of the manifest brings it back."""
    world = World()
    found = versions(world, 3)
    manifest = names.manifest(world.zone, found[1].content, found[1].manifest)
    held = world.blobs.objects[manifest]
    del world.blobs.objects[manifest]
    world.collect_all()
    assert all(packs(world, found[1]))
    world.blobs.objects[manifest] = held
    assert world.read(found[1]) == noise("main1", 3000)


@pytest.mark.parametrize("kind", ["heads", "tags"])
def test_what_has_to_be_there_ends_it(kind: str) -> None:
    world = World()
    found = versions(world, 4)
    if kind == "tags":
        store = world.writer()
        record = next(r for r in store.ref_log("p", "main") if r.seq == 1)
        change = refs.Change("p", "v1", record.run, DIGEST, 1, None, TIME, record.outputs, "tags")
        store.commit_ref(change)
    remove(world, found[0 if kind == "tags" else -1])
    with pytest.raises(StoreDamaged) as raised:
        world.gc()
    assert raised.value.code == "gc-root"
    assert "/gc/" not in "".join(key for key in world.blobs.objects if "doomed" in key)


def test_a_manifest_that_is_damaged_ends_it_whichever_version_it_is_of() -> None:
    """What packs it needs nobody knows for sure, and it may be repaired."""
    world = World()
    found = versions(world, 4)
    key = names.manifest(world.zone, found[-2].content, found[-2].manifest)
    world.blobs.objects[key] = (b"x" * 400, world.blobs.objects[key][1])
    with pytest.raises(StoreDamaged, match="a manifest that a root names"):
        world.gc()


def test_where_most_is_gone_nothing_is_collected() -> None:
    world = World()
    found = versions(world, 25)
    for one in found[:-1]:
        remove(world, one)
    rules = Retention(Rules(keep_last=50))
    with pytest.raises(StoreDamaged, match="24 of 25 manifests"):
        world.gc(rules, large=False)
    assert world.gc(rules, large=False, apply=False).gone == 24
    assert world.gc(rules, large=True).gone == 24


def test_a_job_of_an_old_run_that_is_tried_again() -> None:
    """Its old attempts are roots again, and what they made is gone; also what is aside."""
    world = World()
    versions(world, 1)
    store = world.writer()
    artifact = world.push(store, noise("old"))
    body: Mapping[str, Any] = {"state": "done", "outputs": {"o": artifact.to_json()}}
    store.record_attempt("p", "late", "t", None, {**body, "cost": {"log": "x" * (2 << 20)}})
    world.pass_(8 * DAY)
    world.collect_all()
    world.writer().record_attempt("p", "late", "u", None, {"state": "failed"})
    report = world.gc()
    assert report.gone >= 1
    assert any("runs/p/late/t=" in note for note in report.notes)


PINS: dict[str, dict[str, Any]] = {
    "invented": {"until": "2099-01-01T00:00:00Z", **INVENTED},
    "never ends": {"until": "9999-12-31T23:59:59-12:00"},
    "no packs": {"until": "2099-01-01T00:00:00Z", **INVENTED, "packs": 7},
    "no zone": {"until": "2099-01-01T00:00:00Z", **INVENTED, "zone": {"a": 1}},
    "no time": {"until": [], **INVENTED},
}


@pytest.mark.parametrize("name", PINS)
def test_a_pin_that_another_project_forged_stops_nothing(name: str) -> None:
    world = World()
    found = versions(world, 4)
    key = "x/shop/other/forged"
    world.blobs.objects[key] = (seal(key, "pin", PINS[name]), world.now)
    report = world.gc()
    world.collect_all()
    assert readable(world, found) == [False, False, True, True]
    assert bool(report.notes) == (name not in ("no packs", "no zone"))


UNTRUSTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "moved": (f"moved/{DIGEST}/1", "moved", {"packs": ["zz"]}),
    "moved to a number": (f"moved/{DIGEST}/1", "moved", {"packs": 7}),
    "moved to text": (f"moved/{DIGEST}/1", "moved", {"manifest": "zz"}),
    "header": ("runs/p/r9/header", "header", {"header": {**INVENTED, "packs": 7}}),
    "header of nothing": ("runs/p/r9/header", "header", {"header": INVENTED}),
    "all": ("runs/p/r9/all", "all", {"aside": 5}),
    "junk": ("runs/p/r9/all", "junk", {}),
    "ref": (f"refs/p/heads/x/{names.inverse(1)}", "junk", {}),
    "far ref": (f"refs/p/heads/x/{names.inverse(2**60)}", "junk", {}),
    "top": (f"refs/p/heads/main/{names.inverse(2**60)}", "junk", {}),
    "segment": (f"cache/p/{names.inverse(1)}-r9", "junk", {}),
    "result": (f"results/dd/{DIGEST}/r9.1", "junk", {}),
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_in_the_untrusted_zone_nobody_stops_it(name: str) -> None:
    world = World(zone="u/shop")
    found = versions(world, 4)
    below, kind, body = UNTRUSTED[name]
    key = f"u/shop/{below}"
    world.blobs.objects[key] = (seal(key, kind, body), world.now - DAY)
    world.gc()
    world.collect_all()
    assert readable(world, found[-1:]) == [True]
    assert readable(world, found[:2]) == [False, False]


@pytest.mark.parametrize("name", ["moved", "moved to a number", "moved to text", "all", "ref"])
def test_in_the_trusted_zone_what_is_broken_ends_it(name: str) -> None:
    world = World()
    versions(world, 4)
    below, kind, body = UNTRUSTED[name]
    key = f"t/shop/{below}"
    world.blobs.objects[key] = (seal(key, kind, body), world.now)
    with pytest.raises(StoreDamaged):
        world.gc()


def test_a_broken_move_counts_as_the_one_before() -> None:
    world = World(zone="u/shop")
    [artifact] = versions(world, 1)
    pack = artifact.packs[0]
    key = f"u/shop/moved/{pack}/1"
    data = noise("took over", 100)
    target = "e" * 64
    world.blobs.objects[f"u/shop/p/ee/{target}"] = (data, world.now - 20 * DAY)
    world.blobs.objects[key] = (seal(key, "moved", {"packs": [target]}), world.now)
    forged = f"u/shop/moved/{pack}/9"
    world.blobs.objects[forged] = (seal(forged, "moved", {"packs": ["zz"]}), world.now)
    world.collect_all()
    assert f"u/shop/p/ee/{target}" in world.blobs.objects
    assert world.gc(LITTLE).notes
