"""At each request of a projection it is killed, an answer is lost, or somebody comes between.

Each time the end is what it is undisturbed: the same objects, and no branch left behind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.lakefs.faults.gate import AFTER, BEFORE
from wombat.errors import WombatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lakefs.faults.conftest import Holds, Scene
    from tests.lakefs.faults.gate import Asked
    from tests.lakefs.projects import Files
    from wombat.store import RefRecord

pytestmark = pytest.mark.slow

FIRST: dict[str, Files] = {
    "train.model": {"model.bin": b"1" * 100, "notes.txt": b"the same", "old/gone": b"1"},
    "raw": {"stations.csv": b"a,b\n"},
}
SECOND: dict[str, Files] = {
    "train.model": {"model.bin": b"2" * 100, "notes.txt": b"the same", "new": b""},
    "raw": {"stations.csv": b"a,b\n"},
}


class Begun:
    """The first version stands, the second one is published; what an undisturbed projection asks,
    and what stands after it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.publish(FIRST)
        assert scene.project_now().outcome == "projected"
        self.before = str(scene.look.head()["id"])
        scene.publish(SECOND)
        scene.gate.forget()
        undisturbed = self.target("undisturbed")
        assert scene.project_now(undisturbed).outcome == "projected"
        self.kinds = [one.kind for one in scene.gate.log]
        self.wanted = scene.holds(undisturbed)
        assert scene.run_branches() == []
        assert len(self.wanted) == 5

    def target(self, name: str) -> str:
        return self.scene.branch(name, self.before)

    def ended(self, branch: str) -> None:
        """One more time, undisturbed; then all is as it should be."""
        self.scene.gate.forget()
        assert self.scene.project_now(branch).outcome in ("projected", "unchanged")
        self.stands(branch)

    def clean(self) -> None:
        for one in self.scene.run_branches():
            self.scene.look.drop(one)

    def stands(self, branch: str, held: Holds | None = None) -> None:
        held = self.scene.holds(branch) if held is None else held
        record = held.pop("data/shop/_wombat.json")
        wanted = dict(self.wanted)
        assert record[2][-1] == wanted.pop("data/shop/_wombat.json")[2][-1]  # whose it is
        assert held == wanted
        assert self.scene.run_branches() == []


def at(number: int, how: str, *, forever: bool = False) -> Callable[[Asked], str | None]:
    def act(asked: Asked) -> str | None:
        return how if asked.number == number or (forever and asked.number > number) else None

    return act


def test_killed_at_every_request(scene: Scene) -> None:
    """From some request on none is sent any more, as by SIGKILL."""
    begun = Begun(scene)
    for number in range(1, len(begun.kinds) + 1):
        branch = begun.target(f"killed-{number}")
        scene.gate.forget(at(number, BEFORE, forever=True))
        with pytest.raises(WombatError):
            scene.project_now(branch)
        assert len(scene.gate.log) >= number
        begun.ended(branch)


def between(scene: Scene, number: int, somebody: Callable[[], object]) -> None:
    """Who comes before a request of some number does all of it before that goes on."""

    def act(asked: Asked) -> None:
        if asked.number == number:
            somebody()

    scene.gate.forget(act)


@pytest.mark.parametrize("how", [BEFORE, AFTER])
def test_an_answer_is_lost_at_every_request(scene: Scene, how: str) -> None:
    """The same run ends well, though it can't know whether the server has done it."""
    begun = Begun(scene)
    for number, kind in enumerate(begun.kinds, 1):
        branch = begun.target(f"lost-{number}")
        scene.gate.forget(at(number, how))
        assert scene.project_now(branch).outcome in ("projected", "unchanged"), (number, kind)
        begun.stands(branch)


def test_a_second_process_does_the_same_between_any_two_requests(scene: Scene) -> None:
    begun = Begun(scene)
    for number in range(1, len(begun.kinds) + 1):
        branch = begun.target(f"twice-{number}")
        between(scene, number, lambda at=branch: scene.project_now(at, beside=True))  # type: ignore[misc]
        assert scene.project_now(branch).outcome in ("projected", "unchanged")
        begun.stands(branch)


def test_the_branch_is_deleted_between_any_two_requests(scene: Scene) -> None:
    begun = Begun(scene)
    for number in range(1, len(begun.kinds) + 1):
        branch = begun.target(f"deleted-{number}")
        between(scene, number, lambda: scene.look.drop("wombat-shop-run-2"))
        assert scene.project_now(branch).outcome in ("projected", "unchanged")
        begun.stands(branch)


def test_somebody_commits_elsewhere_between_any_two_requests(scene: Scene) -> None:
    begun = Begun(scene)
    for number in range(1, len(begun.kinds) + 1):
        branch = begun.target(f"elsewhere-{number}")

        def commit(at: str = branch) -> None:
            scene.look.put("data/other.csv", b"theirs", at)
            scene.look.commit(at)

        between(scene, number, commit)
        assert scene.project_now(branch).outcome in ("projected", "unchanged")
        held = scene.holds(branch)
        assert held.pop("data/other.csv")[1] == 6
        begun.stands(branch, held)


@pytest.mark.parametrize("back", [False, True])
def test_a_newer_version_is_shown_between_any_two_requests(scene: Scene, *, back: bool) -> None:
    """Whoever is overtaken never puts its own over it: neither where the newer one differs, nor
    where it goes back to what stands there and has no file to send."""
    begun = Begun(scene)
    older = scene.records[-1]
    newer = scene.publish(FIRST if back else {"raw": {"stations.csv": b"newer"}})
    last = begun.target("last")
    assert scene.project_now(last).outcome == "projected"
    wanted = scene.holds(last)
    for number in range(1, len(begun.kinds) + 1):
        branch = begun.target(f"newer-{number}")
        now = [older]
        one = scene.projection(older, branch)
        one.head = lambda now=now: now[0]  # type: ignore[misc]

        def overtake(at: str = branch, now: list[RefRecord] = now) -> None:
            now[0] = newer
            assert scene.projection(newer, at, beside=True).run().outcome == "projected"

        between(scene, number, overtake)
        done = one.run()
        assert now == [newer]
        assert (done.outcome, done.by) in (("superseded", newer.run), ("projected", None))
        held = scene.holds(branch)
        assert {path: held[path][2] for path in held} == {path: wanted[path][2] for path in wanted}
        assert not set(scene.run_branches()) - {f"wombat-shop-{older.run}"}
        begun.clean()


def test_what_is_merged_is_what_was_compared(scene: Scene) -> None:
    """The branch is another one by then."""
    begun = Begun(scene)
    branch, name = begun.target("compared"), "wombat-shop-run-2"

    def other() -> None:
        scene.look.drop(name)
        scene.look.branch(name, branch)
        scene.look.put("data/shop/train/model/new", b"never compared", name)
        scene.look.commit(name)

    between(scene, begun.kinds.index("mergeIntoBranch") + 1, other)
    assert scene.project_now(branch).outcome == "projected"
    begun.stands(branch)


def test_a_version_that_comes_back_is_another_one(scene: Scene) -> None:
    """Its run was overtaken, and is promoted: whoever began before leaves it to who promoted it."""
    begun = Begun(scene)
    branch, older = begun.target("back"), scene.records[-1]
    newer = scene.publish(FIRST)
    now = [older]

    def promoted() -> None:
        now[:] = [newer]
        scene.projection(newer, branch, beside=True).run()
        now[:] = [replace(older, seq=newer.seq + 1)]

    one = scene.projection(older, branch)
    one.head = lambda: now[0]
    between(scene, begun.kinds.index("mergeIntoBranch") + 1, promoted)
    assert one.run().outcome == "superseded"
    two = scene.projection(now[0], branch)
    two.head = one.head
    assert two.run().outcome == "projected"
    begun.stands(branch)
