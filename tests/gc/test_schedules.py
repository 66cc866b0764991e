"""Random schedules of writers, collectors and compaction on the code itself: nothing live goes."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from tests.gc.stage import Stage
from tests.gc.world import World, noise
from wombat.errors import WombatError
from wombat.store import Artifact, Store
from wombat.store.doom import Doomed, Watch
from wombat.store.gc import Retention, Rules, collect
from wombat.store.gc.clocks import DAY, HOUR
from wombat.store.space import Space

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
SCHEDULES = 10_000 if SOAK else 80
KEEP = Retention(Rules(keep_last=1_000, younger_than=0))
JUMPS = (0.2, 2, 13, 25, 62)
KEPT = noise("kept", 12_000)
DROPPED = noise("dropped", 12_000)


def begun() -> tuple[World, Artifact, Artifact]:
    """A world of one's own that is like any other at its beginning."""
    first, live, dead = grown()
    world = World(now=first.now, commits=first.commits)
    world.blobs.objects.update(first.blobs.objects)
    return world, live, dead


@cache
def grown() -> tuple[World, Artifact, Artifact]:
    """A live version that needs a little of old packs; a closed branch; what nobody ever named."""
    world = World()
    store = world.writer()
    dead = world.push(store, KEPT + DROPPED)
    world.publish(store, dead, "gone")
    live = world.push(world.writer(), KEPT[:3000] + noise("live", 3000), dead)
    world.publish(world.writer(), live)
    world.push(world.writer(), noise("orphan"))
    from wombat.store.refs import close

    close(world.writer().space, "p", "gone", time="2026-11-01T00:00:00Z")
    world.pass_(40 * DAY)
    return world, live, dead


class Play:
    """One schedule; `acknowledged` is what writers were told that stands, and its bytes."""

    def __init__(self, seed: int) -> None:
        self.world, self.live, self.dead = begun()
        self.random = random.Random(seed)
        self.acknowledged: list[tuple[str, Artifact, bytes]] = []
        self.told: Counter[str] = Counter()
        self.stage = Stage(seed, self.between, kills=0.004)

    def between(self, dice: random.Random) -> None:
        if dice.random() < 0.08:
            self.world.pass_(dice.choice(JUMPS) * HOUR)

    def space(self, actor: str) -> Space:
        blobs = self.stage.door(self.world.blobs, actor)
        space = Space(blobs, self.world.zone, (self.world.zone,))
        return replace(space, watch=Watch(clock=self.world.clock))

    def write(self, actor: str, contents: list[bytes], base: Artifact | None) -> None:
        for number, data in enumerate(contents):
            store = Store(self.space(actor), "memory:")
            try:
                self.publish(store, f"{actor}-{number}", data, base)
            except WombatError as error:
                self.told[error.code] += 1

    def publish(self, store: Store, branch: str, data: bytes, base: Artifact | None) -> None:
        for last in (False, True):
            artifact = self.world.push(store, data, base)
            try:
                key = self.world.publish(store, artifact, branch)
            except Doomed:
                self.told["again"] += 1
                if last:
                    raise
                continue
            self.acknowledged.append((key, artifact, data))
            return

    def collect(self, actor: str, passes: int) -> None:
        for _ in range(passes):
            try:
                report = collect(
                    self.space(actor), KEEP, apply=True, large=True, clocks=self.world.clocks
                )
                self.told["deleted"] += report.deletes
                self.told["compacted"] += report.compacts
            except WombatError as error:
                self.told[error.code] += 1

    def run(self) -> None:
        again = [KEPT + DROPPED, noise("orphan")]
        mixed = [DROPPED[:6000] + noise("w", 2000), KEPT[:3000] + noise("live", 3000)]
        self.random.shuffle(again)
        self.stage.play(
            {
                "a": lambda: self.write("a", again, None),
                "b": lambda: self.write("b", mixed, self.random.choice([self.live, self.dead])),
                "gc": lambda: self.collect("gc", 3),
                "gc2": lambda: self.collect("gc2", 2),
            }
        )

    def check(self) -> None:
        """What was acknowledged is there, now and after everything that may go is gone."""
        self.acknowledged.append(("", self.live, KEPT[:3000] + noise("live", 3000)))
        for _ in range(2):
            for key, artifact, data in self.acknowledged:
                assert self.world.read(artifact) == data, key
                assert not key or self.world.blobs.get(key)
            for _ in range(3):
                self.world.pass_(25 * HOUR)
                self.collect_at_rest()

    def collect_at_rest(self) -> None:
        """A root that came too late, of which its writer was told, can stop collectors."""
        try:
            self.world.gc(KEEP)
        except WombatError as error:
            if error.code != "gc-root" or not self.told["store-lost"]:
                raise


@pytest.mark.slow
def test_nothing_that_lives_is_deleted() -> None:
    told: Counter[str] = Counter()
    calls = 0
    for seed in range(SCHEDULES):
        play = Play(seed)
        play.run()
        play.check()
        told += play.told
        told["acknowledged"] += len(play.acknowledged)
        calls += play.stage.calls
    print(f"{SCHEDULES} schedules, {calls} calls: {dict(told)}")
    # They did meet: things were deleted, compacted, stored again.
    assert told["deleted"] > SCHEDULES // 4
    assert told["again"] > 0
    assert told["compacted"] > 0


def test_a_few_schedules() -> None:
    for seed in range(5):
        play = Play(seed)
        play.run()
        play.check()


def test_writers_go_on_after_whatever_happened() -> None:
    play = Play(7)
    play.run()
    store = play.world.writer()
    play.publish(store, "after", KEPT + DROPPED, play.live)
    assert play.world.read(play.acknowledged[-1][1]) == KEPT + DROPPED
