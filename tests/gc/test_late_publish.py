"""A run that is published late: what it made may be gone, and nobody is told that it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gc.world import World, noise
from wombat.errors import StoreDamaged
from wombat.store.doom import STALE, Doomed
from wombat.store.gc.clocks import DAY, HOUR
from wombat.store.wrap.counting import Counting

if TYPE_CHECKING:
    from wombat.store import Artifact, Store


@pytest.fixture
def world() -> World:
    """With a version of another run, so that there is something to keep."""
    world = World()
    store = world.writer()
    world.publish(store, world.push(store, noise("other")))
    return world


def left(world: World, tasks: int = 1) -> list[Artifact]:
    """A run whose tasks are done, and which nobody publishes."""
    store = world.writer()
    found = [world.push(store, noise(n)) for n in range(tasks)]
    for number, artifact in enumerate(found):
        record = {"state": "done", "outputs": {"o": artifact.to_json()}, "inputs": {}}
        store.record_attempt("p", "late", f"t{number}", None, record)
    return found


def publish(store: Store, found: list[Artifact]) -> str:
    """As the last job does it."""
    store.require_outputs(store.attempts("p", "late"))
    return plain(store, found)


def plain(store: Store, found: list[Artifact]) -> str:
    outputs: dict[str, Any] = {f"t{n}.o": one.to_json() for n, one in enumerate(found)}
    results = {f"{n:064x}": {"o": one.to_json()} for n, one in enumerate(found)}
    return store.publish(
        pipeline="p", branch="main", run="late", plan="0" * 64, order=9, commit=None,
        time="2026-11-01T00:00:00Z", outputs=outputs, results=results,
    ).outcome  # fmt: skip


def test_what_is_gone_is_not_published(world: World) -> None:
    found = left(world)
    world.pass_(7.1 * DAY)
    for _ in range(12):
        world.gc()
        world.pass_(8 * HOUR)
    with pytest.raises(StoreDamaged, match=r"'t0' made is gone.* 7 days") as raised:
        publish(world.writer(), found)
    assert "as another run" in str(raised.value.hint)
    with pytest.raises(StoreDamaged, match="is gone from the store"):
        plain(world.writer(), found)
    assert world.writer().published_ref("p", "late") is None
    world.gc()


def test_what_is_about_to_go_is_not_published(world: World) -> None:
    found = left(world)
    world.pass_(7.1 * DAY)
    world.gc()
    world.pass_(HOUR)
    with pytest.raises(StoreDamaged, match="'t0' made is gone"):
        publish(world.writer(), found)
    with pytest.raises(Doomed) as raised:
        plain(world.writer(), found)
    assert "as another run" in str(raised.value.hint)


def test_a_late_one_in_time_is_published(world: World) -> None:
    found = left(world, 3)
    world.pass_(6.9 * DAY)
    world.gc()
    assert publish(world.writer(), found) == "published"
    world.collect_all()
    assert [world.read(one) for one in found] == [noise(n) for n in range(3)]


@pytest.mark.parametrize(("hours", "looks"), [(1, 0), (STALE / HOUR + 1, 3)])
def test_what_was_recorded_a_moment_ago_is_not_looked_for(
    world: World, hours: float, looks: int
) -> None:
    found = left(world, 3)
    world.pass_(hours * HOUR)
    counting = Counting(world.blobs)
    seen: list[str] = []
    stat = counting.stat
    counting.stat = lambda key: seen.append(key) or stat(key)  # type: ignore[method-assign,func-returns-value]
    world.blobs, plain_blobs = counting, world.blobs
    assert publish(world.writer(), found) == "published"
    world.blobs = plain_blobs
    assert sum("/m/" in key for key in seen) == looks


def test_a_second_publish_of_what_is_gone_is_no_success(world: World) -> None:
    found = left(world)
    assert publish(world.writer(), found) == "published"
    manifest = next(k for k in world.blobs.objects if f".{found[0].manifest}" in k)
    del world.blobs.objects[manifest]
    with pytest.raises(StoreDamaged, match="is gone from the store"):
        plain(world.writer(), found)


def test_a_record_that_stands_already_and_names_what_is_gone_is_no_success(world: World) -> None:
    """While it is the head; below another one it may have been let go of."""
    artifact = world.push(world.writer(), noise("again"))
    ref = world.publish(world.writer(), artifact)
    number = world.commits
    manifest = next(k for k in world.blobs.objects if f".{artifact.manifest}" in k)
    del world.blobs.objects[manifest]
    world.commits = number - 1
    with pytest.raises(StoreDamaged, match="is gone from the store"):
        world.publish(world.writer(), artifact)
    store = world.writer()
    world.publish(store, world.push(store, noise("newer")))
    world.commits = number - 1
    assert world.publish(world.writer(), artifact) == ref
