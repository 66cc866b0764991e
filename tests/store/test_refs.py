"""Refs: one rule, its three outcomes, order, forks, and answers that get lost."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.errors import Conflict, OutcomeUnknown, StoreDamaged, StoreUnreachable, UsageFault
from wombat.store import Change, Created, Store, names, open_store
from wombat.store.journal import create_record

if TYPE_CHECKING:
    from pathlib import Path

TIME = "2026-11-01T00:00:00Z"


def change(run: str, order: int = 1, **more: object) -> Change:
    fields: dict[str, object] = {
        "pipeline": "p",
        "branch": "main",
        "run": run,
        "plan": "0" * 64,
        "order": order,
        "commit": None,
        "time": TIME,
        "outputs": {"out": {"run": run}},
    }
    return Change(**(fields | more))  # type: ignore[arg-type]


class Faulty:
    """A blob store whose creates of refs go wrong as told: `fault` is used up by one create."""

    def __init__(self, inner: object, fault: str) -> None:
        self.inner, self.fault = inner, fault

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def create(self, key: str, data: bytes) -> Created:
        fault, self.fault = (self.fault, "") if "/refs/" in key else ("", self.fault)
        if fault in ("500 after storing", "dropped after storing"):
            self.inner.create(key, data)  # type: ignore[attr-defined]
            raise OutcomeUnknown("no answer")
        if fault == "409 for our own":
            self.inner.create(key, data)  # type: ignore[attr-defined]
            return Created.EXISTS
        if fault == "409 with nothing stored":
            return Created.EXISTS
        if fault == "dropped before storing":
            raise OutcomeUnknown("no answer")
        if fault == "refused":
            raise StoreUnreachable("never sent")
        return self.inner.create(key, data)  # type: ignore[attr-defined,no-any-return]


def test_history(store: Store) -> None:
    assert store.head("p", "feature/ü") is None
    for n in range(1, 12):
        published = store.commit_ref(change(f"r{n}", n, branch="feature/ü"))
        assert (published.outcome, published.seq) == ("published", n)
    head = store.head("p", "feature/ü")
    assert head is not None
    assert (head.seq, head.run, dict(head.outputs)) == (11, "r11", {"out": {"run": "r11"}})
    log = list(store.ref_log("p", "feature/ü"))
    assert [r.seq for r in log] == list(range(11, 0, -1))
    for record, parent in itertools.pairwise(log):
        assert record.parents[0]["at"] == parent.name.rpartition("/")[2]
    assert log[-1].parents == ()
    store.commit_ref(change("tag", 1, branch="v1", kind="tags"))
    store.commit_ref(change("q", 1, pipeline="q"))
    assert store.branches("p") == ["feature/ü"]
    assert store.tags("p") == ["v1"]
    assert store.pipelines() == ["p", "q"]


def test_an_older_pipeline_never_moves_a_ref_back(store: Store) -> None:
    store.commit_ref(change("new", 7))
    late = store.commit_ref(change("old", 6))
    assert (late.outcome, late.by) == ("superseded", "new")
    assert store.commit_ref(change("same", 7)).outcome == "published"
    assert [r.run for r in store.ref_log("p", "main")] == ["same", "new"]


def test_a_retry_recognises_its_own_commit(store: Store) -> None:
    store.commit_ref(change("r1", 1))
    store.commit_ref(change("r2", 2))
    again = store.commit_ref(change("r1", 1, time="2026-11-02T00:00:00Z"))
    assert (again.outcome, again.seq, again.by) == ("already", 1, "r1")
    assert len(list(store.ref_log("p", "main"))) == 2


def test_merge_adds_to_the_snapshot(store: Store) -> None:
    store.commit_ref(change("r1", outputs={"a": {"n": 1}, "b": {"n": 1}}, merge=True))
    store.commit_ref(change("r2", outputs={"b": {"n": 2}}, merge=True))
    head = store.head("p", "main")
    assert head is not None
    assert dict(head.outputs) == {"a": {"n": 1}, "b": {"n": 2}}


def racing(inner: object, rival: Change) -> object:
    """Between our look at the head and our create, a rival commits."""

    class Racing(Faulty):
        def create(self, key: str, data: bytes) -> Created:
            if "/refs/" in key and not self.fault:
                self.fault = "done"
                memory_store(inner).commit_ref(rival)
            return self.inner.create(key, data)  # type: ignore[attr-defined,no-any-return]

    return Racing(inner, "")


def test_a_merge_is_never_superseded(store: Store) -> None:
    store.commit_ref(change("late", 9, outputs={"a": {"n": 1}}, merge=True))
    slow = change("slow", 2, outputs={"b": {"n": 2}}, merge=True)
    assert store.commit_ref(slow).outcome == "published"
    head = store.head("p", "main")
    assert head is not None
    assert dict(head.outputs) == {"a": {"n": 1}, "b": {"n": 2}}
    assert head.order == 9, "a branch doesn't get older"


def test_merges_at_once_all_land(tmp_path: Path) -> None:
    def put(number: int) -> str:
        own = open_store(str(tmp_path / "store"), project="shop", zone="local")
        outputs = {f"o{number}": {"n": number}}
        return own.commit_ref(
            change(f"r{number}", 100 - number, outputs=outputs, merge=True)
        ).outcome

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(put, range(16)))
    assert outcomes == ["published"] * 16
    head = open_store(str(tmp_path / "store"), project="shop", zone="local").head("p", "main")
    assert head is not None
    assert len(head.outputs) == 16


def test_a_branch_is_bounded_in_bytes(memory: Store) -> None:
    assert memory.head("p", "x" * 200) is None
    assert memory.head("p", "ü" * 33) is None
    for long in ("x" * 201, "ü" * 45):
        with pytest.raises(UsageFault, match="can't be a ref"):
            memory.head("p", long)


def test_the_loser_is_told_who_won(memory: Store) -> None:
    ours = memory_store(racing(memory.blobs, change("rival", 1)))
    with pytest.raises(Conflict, match="'rival'"):
        ours.commit_ref(change("r1", 1), tries=1)
    assert [r.run for r in memory.ref_log("p", "main")] == ["rival"]


@pytest.mark.parametrize(
    ("order", "outcome", "history"),
    [(1, "published", ["r1", "rival"]), (0, "superseded", ["rival"])],
)
def test_a_loser_may_look_again(
    memory: Store, order: int, outcome: str, history: list[str]
) -> None:
    ours = memory_store(racing(memory.blobs, change("rival", 1)))
    assert ours.commit_ref(change("r1", order)).outcome == outcome
    assert [r.run for r in memory.ref_log("p", "main")] == history


@pytest.mark.parametrize("fault", ["500 after storing", "dropped after storing", "409 for our own"])
def test_a_lost_answer_is_settled_by_what_stands_there(memory: Store, fault: str) -> None:
    faulty = memory_store(Faulty(memory.blobs, fault))
    assert faulty.commit_ref(change("r1")).outcome == "published"
    assert [r.run for r in memory.ref_log("p", "main")] == ["r1"]


@pytest.mark.parametrize("fault", ["409 with nothing stored", "dropped before storing"])
def test_nothing_there_is_unknown_never_a_conflict(memory: Store, fault: str) -> None:
    faulty = memory_store(Faulty(memory.blobs, fault))
    before = set(memory.blobs.list(""))
    with pytest.raises(OutcomeUnknown):
        faulty.commit_ref(change("r1"))
    assert set(memory.blobs.list("")) >= before, "nothing is cleaned up"
    # A new process tries again, after the late bytes came, or didn't.
    assert memory.commit_ref(change("r1")).outcome == "published"
    assert memory.commit_ref(change("r1")).outcome == "already"


def test_a_store_that_cant_be_asked_is_unknown(memory: Store) -> None:
    class Silent(Faulty):
        def get_range(self, key: str, start: int, length: int) -> bytes:
            if "/refs/" in key:
                raise StoreUnreachable("no answer")
            return self.inner.get_range(key, start, length)  # type: ignore[attr-defined,no-any-return]

    with pytest.raises(OutcomeUnknown):
        memory_store(Silent(memory.blobs, "500 after storing")).commit_ref(change("r1"))
    assert memory.commit_ref(change("r1")).outcome == "already"


def test_what_was_never_sent_is_unreachable(memory: Store) -> None:
    with pytest.raises(StoreUnreachable):
        memory_store(Faulty(memory.blobs, "refused")).commit_ref(change("r1"))
    assert memory.head("p", "main") is None


def test_without_conditional_writes_nothing_is_overwritten() -> None:
    store = memory_store(atomic=False)
    store.commit_ref(change("r1", 1))

    class Late(Faulty):
        """Shows the first listing of heads again after a rival came."""

        def create(self, key: str, data: bytes) -> Created:
            if "/refs/" in key and not self.fault:
                self.fault = "done"
                rival = memory_store(self.inner, atomic=False)
                rival.commit_ref(change("r2", 2, outputs={"b": {"n": 2}}))
            return self.inner.create(key, data)  # type: ignore[attr-defined,no-any-return]

    late = memory_store(Late(store.blobs, ""), atomic=False)
    assert late.commit_ref(change("r3", 2, outputs={"c": {"n": 3}})).outcome == "published"
    with pytest.raises(Conflict, match=r"'r[23]' and 'r[23]'") as caught:
        store.head("p", "main")
    assert caught.value.code == "ref-fork"
    assert {r.run for r in store.ref_log("p", "main")} == {"r1", "r2", "r3"}
    store.commit_ref(change("r4", 3, outputs={}, merge=True))
    head = store.head("p", "main")
    assert head is not None
    assert {p["at"] for p in head.parents} == {
        r.name.rpartition("/")[2] for r in store.ref_log("p", "main") if r.run in ("r2", "r3")
    }
    assert dict(head.outputs) == {"b": {"n": 2}, "c": {"n": 3}}
    assert store.commit_ref(change("r2", 2)).outcome == "already"


def test_a_record_below_another_ref_is_refused(memory: Store) -> None:
    from wombat.errors import StoreDamaged
    from wombat.store.records import seal

    memory.commit_ref(change("r1"))
    head = memory.head("p", "main")
    assert head is not None
    key = names.ref("t/shop", "p", "heads", "other", 1, None)
    memory.blobs.create(key, seal(key, "ref", head.to_body()))
    with pytest.raises(StoreDamaged, match="another ref"):
        memory.head("p", "other")


def test_a_closed_branch_says_so_and_opens_again(store: Store) -> None:
    store.commit_ref(change("r1", 5))
    closed = store.close("p", "main", time="2026-11-02T00:00:00Z")
    assert closed is not None
    assert (closed.outcome, closed.seq) == ("published", 2)
    head = store.head("p", "main")
    assert head is not None
    assert (head.closed, dict(head.outputs), head.run, head.order) == (True, {}, "r1", 5)
    assert store.close("p", "main", time=TIME) is None
    assert store.close("p", "nothing", time=TIME) is None
    assert store.commit_ref(change("late", 4)).outcome == "superseded"
    merged = change("r2", 5, outputs={"b": {"n": 1}}, merge=True)
    assert store.commit_ref(merged).outcome == "published"
    head = store.head("p", "main")
    assert head is not None
    assert (head.closed, dict(head.outputs)) == (False, {"b": {"n": 1}})
    assert [r.run for r in store.ref_log("p", "main")] == ["r2", "r1", "r1"]


def test_nothing_is_closed_over(memory: Store) -> None:
    memory.commit_ref(change("r1", 5))
    blobs = racing(memory.blobs, change("r2", 5))
    closed = memory_store(blobs).close("p", "main", time=TIME)
    assert closed is not None
    assert (closed.outcome, closed.by) == ("superseded", "r2")
    head = memory.head("p", "main")
    assert head is not None
    assert (head.run, head.closed) == ("r2", False)


def test_a_record_of_another_shape_is_damage(memory: Store) -> None:
    key = names.ref("t/shop", "p", "heads", "main", 1, None)
    create_record(memory.space, key, "ref", {"pipeline": "p"})
    with pytest.raises(StoreDamaged, match="no ref record"):
        memory.head("p", "main")


def test_closing_a_fork_mends_it() -> None:
    store = memory_store(atomic=False)
    store.commit_ref(change("r1", 1))
    blobs = racing(store.blobs, change("right", 2))
    other = memory_store(blobs, atomic=False)
    other.commit_ref(change("left", 2))
    assert {r.run for r in store.tops("p", "main")} == {"left", "right"}
    store.close("p", "main", time=TIME)
    head = store.head("p", "main")
    assert head is not None
    assert head.closed
    assert store.commit_ref(change("r3", 2)).outcome == "published"


def test_a_paused_writer_whose_branch_was_closed_meanwhile(memory: Store) -> None:
    """It looked at the head before the closing, and its record lands on top: nothing is lost."""
    memory.commit_ref(change("r1", 1))

    class Closing(Faulty):
        def create(self, key: str, data: bytes) -> Created:
            if "/refs/" in key and not self.fault:
                self.fault = "done"
                memory_store(self.inner).close("p", "main", time=TIME)
            return self.inner.create(key, data)  # type: ignore[attr-defined,no-any-return]

    slow = memory_store(Closing(memory.blobs, ""))
    assert slow.commit_ref(change("slow", 2)).outcome == "published"
    log = list(memory.ref_log("p", "main"))
    assert [(r.run, r.closed) for r in log] == [("slow", False), ("r1", True), ("r1", False)]
    late = memory.commit_ref(change("late", 1))
    assert (late.outcome, late.by) == ("superseded", "slow")
