"""Killed at each call of pull, put, repair and a collection: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.store.actor import tree, work
from tests.store.killing import run_and_kill
from tests.store.test_artifacts import tree as read_tree
from tests.store.test_kill import sound
from wombat.store import Artifact, Store, names, open_store
from wombat.store.gc import Clocks, Retention, Rules, collect
from wombat.store.repair import repair
from wombat.store.sources import Files
from wombat.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
POINTS = 10_000 if SOAK else 25
KEEP = Retention(Rules(keep_last=1, younger_than=0))


def opened(top: Path) -> Store:
    return open_store(str(top / "store"), project="shop", zone="local")


def prepared(top: Path) -> None:
    """Two versions that share most of what they hold."""
    for order, run in enumerate(("r0", "r1"), 1):
        if not (top / run).exists():
            tree(top / run, run)
        assert work(opened(top), top / run, run, order) == "published"


def artifact(top: Path) -> Artifact:
    head = opened(top).head("p", "main")
    assert head is not None
    return Artifact.from_json(head.outputs["o"])


def points(operation: Callable[[], None], reset: Callable[[], None]) -> Iterator[int]:
    """Each call of one whole run, or an even choice of them; the store is fresh at each."""
    reset()
    every = range(1, run_and_kill(operation, 0) + 1)
    assert len(every) > 5
    chosen = every if len(every) <= POINTS else random.Random(1).sample(every, POINTS)
    for when in sorted(chosen):
        reset()
        run_and_kill(operation, when)
        yield when


@pytest.fixture
def top(tmp_path: Path) -> Path:
    prepared(tmp_path)
    shutil.copytree(tmp_path / "store", tmp_path / "fresh")
    return tmp_path


def fresh(top: Path) -> Callable[[], None]:
    def reset() -> None:
        shutil.rmtree(top / "store")
        shutil.copytree(top / "fresh", top / "store")

    return reset


@pytest.mark.slow
def test_push_and_publish(top: Path) -> None:
    tree(top / "r2", "r2")

    def operation() -> None:
        work(opened(top), top / "r2", "r2", 3)

    for _ in points(operation, fresh(top)):
        sound(opened(top))
        runs = [r.run for r in opened(top).ref_log("p", "main")]
        assert runs[-2:] == ["r1", "r0"]
        again = work(opened(top), top / "r2", "r2", 3)
        assert again == ("already" if "r2" in runs else "published")
        sound(opened(top))


@pytest.mark.slow
def test_pull(top: Path) -> None:
    """All or nothing, and the next pull needs nobody's help."""
    wanted, right = artifact(top), read_tree(top / "r1")

    def operation() -> None:
        opened(top).fetch_tree(wanted, top / "out")

    def reset() -> None:
        shutil.rmtree(top / "out", ignore_errors=True)

    for _ in points(operation, reset):
        if (top / "out").exists():
            assert read_tree(top / "out") == right
            shutil.rmtree(top / "out")
        operation()
        assert read_tree(top / "out") == right
    sound(opened(top))


@pytest.mark.slow
def test_repair(top: Path) -> None:
    wanted = artifact(top)
    lost = top / "fresh" / names.pack("local/shop", wanted.packs[0])
    lost.unlink()

    def operation() -> None:
        space = opened(top).space
        repair(space, verify(space, read_data=True), [Files(top / "r1")])

    for _ in points(operation, fresh(top)):
        operation()
        assert verify(opened(top).space, read_data=True).sound
        assert opened(top).read_file(wanted, "small") == b"r1"
        assert opened(top).read_file(wanted, "big") == (top / "r1" / "big").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("passes", [1, 2])
def test_collection(top: Path, passes: int) -> None:
    """The first pass dooms the older version, the second deletes it."""
    clocks = Clocks(grace=0, unfinished=0, elapsed=time.time, wall=time.time)

    def once() -> None:
        collect(opened(top).space, KEEP, apply=True, large=True, clocks=clocks)

    def reset() -> None:
        fresh(top)()
        for _ in range(passes - 1):
            once()

    for _ in points(once, reset):
        for _ in range(3):
            assert opened(top).read_file(artifact(top), "small") == b"r1"
            once()
        head = artifact(top)
        opened(top).fetch_tree(head, top / "out")
        assert read_tree(top / "out") == read_tree(top / "r1")
        shutil.rmtree(top / "out")
