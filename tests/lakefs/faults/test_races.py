"""Projections at once, by threads, with somebody else's commits between: whatever their order, the
target holds what the ref says."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from wombat.errors import WombatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lakefs.faults.conftest import Scene
    from tests.lakefs.projects import Files
    from wombat.projection.steps import Projection

pytestmark = pytest.mark.slow


def version(number: int) -> dict[str, Files]:
    """Every other one is the same as the one before the last."""
    kind = b"%d" % (number % 2)
    return {"load.table": {"same": b"0", "one": kind, f"only-{number % 3}": b"", "two": kind * 9}}


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What they return, or the error that ended them; each in a thread, begun together."""
    gate, found = threading.Barrier(len(calls)), [None] * len(calls)

    def one(number: int, call: Callable[[], object]) -> None:
        gate.wait(60)
        try:
            found[number] = call()  # type: ignore[call-overload]
        except WombatError as error:
            found[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=one, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive()
    return found  # type: ignore[return-value]


def outcome_of(projection: Projection) -> Callable[[], object]:
    return lambda: projection.run().outcome


def test_two_runs_are_shown_at_once(scene: Scene) -> None:
    """Each is worked on by two processes."""
    scene.publish(version(0))
    scene.project_now()
    for number in range(1, 20 if scene.lake.real else 8, 2):
        older = scene.publish(version(number))
        holds: list[object] = []

        def newer(number: int = number, holds: list[object] = holds) -> object:
            scene.publish(version(number + 1))
            done = scene.project_now()
            holds.append(scene.look.files())
            return done.outcome

        def elsewhere(number: int = number) -> None:
            for _ in range(3):
                scene.look.put(f"other/{number}", b"theirs")
                scene.look.commit()
                scene.look.delete(f"other/{number}")
                scene.look.commit()

        wanted = {
            f"data/shop/load/table/{p}": d for p, d in version(number + 1)["load.table"].items()
        }
        processes = [scene.projection(older) for _ in range(2)]
        ended = at_once(*[outcome_of(one) for one in processes], newer)
        allowed = ("projected", "unchanged", "superseded")
        assert all(isinstance(one, WombatError) or one in allowed for one in ended), ended
        if ended[2] in ("projected", "unchanged"):
            assert holds == [wanted]
        at_once(elsewhere, lambda: scene.project_now().outcome)
        assert scene.project_now().outcome in ("projected", "unchanged")
        assert scene.look.files() == wanted
        assert scene.look.record()["run"] == scene.head().run
        assert scene.run_branches() == []
