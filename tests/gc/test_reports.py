"""Reports of damage stay while they warn of something; a look reads few requests' worth."""

from __future__ import annotations

import pytest

from tests.gc.test_collect import versions
from tests.gc.world import World
from wombat.store import names
from wombat.store.doom import REPORTS, Watch
from wombat.store.gc.clocks import DAY
from wombat.store.records import seal
from wombat.store.space import Space, report_damage
from wombat.store.wrap.counting import Counting


def reports(world: World) -> list[str]:
    return sorted(world.blobs.list("t/shop/damage/"))


@pytest.mark.parametrize("kind", ["pack", "manifest", "ref"])
def test_a_report_goes_when_what_it_warns_of_is_sound_or_gone(kind: str) -> None:
    world = World()
    [artifact] = versions(world, 1)
    key = {
        "pack": names.pack("t/shop", artifact.packs[0]),
        "manifest": names.manifest("t/shop", artifact.content, artifact.manifest),
        "ref": next(iter(world.blobs.list("t/shop/refs/"))),
    }[kind]
    sound = world.blobs.objects[key]
    world.blobs.objects[key] = (sound[0][:-1] + b"?", world.now)
    report_damage(world.writer().space, key, "rot")
    report_damage(world.writer().space, f"t/shop/p/dd/{'d' * 64}", "gone")
    world.pass_(31 * DAY)
    if kind == "pack":
        world.gc()
        assert len(reports(world)) == 1
    world.blobs.objects[key] = sound
    world.gc()
    assert reports(world) == []


def test_a_young_report_stays() -> None:
    world = World()
    versions(world, 1)
    report_damage(world.writer().space, f"t/shop/p/dd/{'d' * 64}", "gone")
    world.pass_(29 * DAY)
    world.gc()
    assert len(reports(world)) == 1


def test_a_report_that_says_nothing_goes() -> None:
    world = World()
    versions(world, 1)
    bodies: list[dict[str, object]] = [{}, {"key": "t/shop/p/x"}, {"key": 5}]
    for number, body in enumerate(bodies):
        key = f"t/shop/damage/{'d' * 64}/{number:016x}"
        world.blobs.objects[key] = (seal(key, "damage", body), world.now)
    world.pass_(31 * DAY)
    world.gc()
    assert reports(world) == []


def test_a_look_reads_pages_side_by_side_and_few_reports() -> None:
    world = World()
    versions(world, 1)
    at = f"t/shop/gc/{names.inverse(1)}-{'ab' * 8}/"
    for page in range(40):
        key = f"{at}doomed/{page:06}"
        world.blobs.objects[key] = (seal(key, "doomed", {"objects": [f"p/{page}"]}), world.now)
    counting = Counting(world.blobs)
    asked: list[int | None] = []
    plain = counting.list

    def listing(prefix: str, **options: object) -> object:
        if "/damage/" in prefix:
            asked.append(options.get("limit"))  # type: ignore[arg-type]
        return plain(prefix, **options)  # type: ignore[arg-type]

    counting.list = listing  # type: ignore[assignment,method-assign]
    watch = Watch(clock=world.clock)
    watch.look(Space(counting, "t/shop", ("t/shop",), watch=watch))
    assert watch.doomed == {f"t/shop/p/{page}" for page in range(40)}
    assert asked == [REPORTS]
