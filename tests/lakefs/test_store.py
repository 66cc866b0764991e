"""A store on a branch of lakeFS: the contract of blob stores, and what is lakeFS's own."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.double.server import Drop
from tests.lakefs.projects import Look
from tests.store.contract import BlobContract
from wombat.errors import Conflict, OutcomeUnknown, StoreDenied, StoreUnreachable, UsageFault
from wombat.stopping import stop
from wombat.store import Created
from wombat.store.blobs import open_blobs
from wombat.store.blobs.lakefs import LakeBlobs
from wombat.store.lakefs import staging
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.faults import Fault
from wombat.store.lakefs.versions import commit
from wombat.store.parallel import each

if TYPE_CHECKING:
    from tests.lakefs.conftest import Lake
    from tests.lakefs.double import Double
    from tests.lakefs.double.server import Request


class TestLakefs(BlobContract):
    @pytest.fixture
    def blobs(self, lake: Lake) -> LakeBlobs:
        return LakeBlobs(parse_address(f"lakefs://{lake.repository}/main/a/store"))


@pytest.fixture
def blobs(lake: Lake) -> LakeBlobs:
    return LakeBlobs(parse_address(f"lakefs://{lake.repository}/main/s"))


def test_atomic_is_found_out(blobs: LakeBlobs) -> None:
    assert blobs.atomic
    assert list(blobs.list("")) == []


def test_a_create_that_was_taken_and_refused_is_ours_and_stays(
    blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As lakeFS does where a commit of the branch begins in the midst of it."""
    real = staging.create

    def refused(*sent: Any) -> Fault | None:
        assert real(*sent) is None
        return Fault(412, "path already exists")

    with monkeypatch.context() as patched:
        patched.setattr(staging, "create", refused)
        assert blobs.create("t/p/refs/1", b"ours") is Created.LANDED
    assert blobs.client.requests["fs:WriteObject"] == 2, "it was written anew, without a condition"
    assert blobs.get("t/p/refs/1") == b"ours"
    assert blobs.create("t/p/refs/1", b"theirs") is Created.EXISTS


def test_a_create_that_was_refused_for_what_is_gone_is_tried_again(
    blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server took went away with a commit that had passed it already."""
    real, told = staging.create, [Fault(412, "path already exists")]
    monkeypatch.setattr(blobs.client, "wait", lambda attempt: None)
    monkeypatch.setattr(staging, "create", lambda *sent: told.pop() if told else real(*sent))
    assert blobs.create("t/p/refs/1", b"ours") is Created.LANDED
    assert blobs.get("t/p/refs/1") == b"ours"


def test_a_create_that_may_not_last_is_unknown(
    blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsure(*sent: Any) -> Fault | None:
        assert real(*sent) is None
        return Fault(412, "path already exists")

    def busy(*sent: Any) -> None:
        raise StoreUnreachable("Too many attempts, try again later")

    real = staging.create
    monkeypatch.setattr(staging, "create", unsure)
    monkeypatch.setattr(staging, "pin", busy)
    with pytest.raises(OutcomeUnknown):
        blobs.create("t/p/refs/1", b"ours")


def test_what_a_rival_pinned_is_whose_bytes_it_has(
    blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rival that looked a moment before pins what it finds, not knowing that it is ours."""
    real = staging.create

    def refused(*sent: Any) -> Fault | None:
        if real(*sent) is None:
            staging.pin(blobs.client, "main", sent[2])
        return Fault(412, "path already exists")

    monkeypatch.setattr(staging, "create", refused)
    assert blobs.create("t/p/refs/1", b"ours") is Created.LANDED
    assert blobs.create("t/p/refs/1", b"theirs") is Created.EXISTS
    assert blobs.get("t/p/refs/1") == b"ours"


def test_a_rivals_create_stays_a_rivals(blobs: LakeBlobs) -> None:
    rival = LakeBlobs(blobs.address)
    assert rival.create("t/p/refs/1", b"theirs") is Created.LANDED
    commit(blobs.client, "main", "by somebody", {})
    assert blobs.create("t/p/refs/1", b"ours") is Created.EXISTS
    assert blobs.get("t/p/refs/1") == b"theirs"


def test_creates_race_while_somebody_commits(blobs: LakeBlobs) -> None:
    """Whoever is told that it landed did; and nothing of it is lost with a commit."""
    rounds, ended = 12, threading.Event()

    def commits() -> None:
        while not ended.is_set():
            with suppress(Conflict, OutcomeUnknown, StoreUnreachable):
                commit(blobs.client, "main", "in between", {})

    def one(way: int, number: int) -> bool | None:
        try:
            return blobs.create(f"t/p/refs/{number}", b"%d" % way) is Created.LANDED
        except OutcomeUnknown:
            return None

    committing = threading.Thread(target=commits)
    committing.start()
    try:
        told = [list(each(lambda w, n=n: one(w, n), range(8), width=8)) for n in range(rounds)]  # type: ignore[misc]
    finally:
        ended.set()
        committing.join()
    for number, answers in enumerate(told):
        stands = int(blobs.get(f"t/p/refs/{number}"))
        assert answers.count(True) <= 1
        assert answers[stands] is not False
    assert len(list(blobs.list("t/p/refs/"))) == rounds


def test_a_lost_answer_is_unknown_and_nothing_is_sent_twice(
    double: Double, blobs: LakeBlobs
) -> None:
    for how in (Drop.BEFORE, Drop.AFTER):
        double.drop_at(1, how)
        with pytest.raises(OutcomeUnknown):
            blobs.create(f"t/p/refs/{how.name}", b"x")
        double.act = None
    assert double.count("uploadObject") == 2
    assert list(blobs.list("")) == ["t/p/refs/AFTER"]


def test_puts_are_sent_again(
    double: Double, blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs.client, "wait", lambda attempt: None)
    double.drop_at(1, Drop.AFTER)
    blobs.put("t/p/p/ab/one", b"bytes")
    blobs.sync()
    assert blobs.get("t/p/p/ab/one") == b"bytes"
    assert double.counts()["uploadObject"] == 2


@pytest.mark.parametrize("ask", ["get", "stat", "list", "folders", "create", "put"])
@pytest.mark.parametrize("place", ["{}/nonesuch", "no-such-repository/main"])
def test_a_branch_that_is_not_there_is_never_an_empty_one(lake: Lake, place: str, ask: str) -> None:
    blobs = LakeBlobs(parse_address(f"lakefs://{place.format(lake.repository)}/s"))
    with pytest.raises(StoreUnreachable, match="there is no branch") as caught:
        _ask(blobs, ask)
    assert not isinstance(caught.value, StoreDenied)


def _ask(blobs: LakeBlobs, ask: str) -> None:
    if ask in ("list", "folders"):
        list(getattr(blobs, ask)("t/"))
    elif ask in ("create", "put"):
        getattr(blobs, ask)("x", b"")
        blobs.sync()
    else:
        getattr(blobs, ask)("x")


def test_a_tag_or_a_commit_is_no_place_for_a_store(lake: Lake) -> None:
    with pytest.raises(UsageFault, match="expected a branch"):
        open_blobs(f"lakefs://{lake.repository}/main~1/s")


def test_who_may_not_is_told(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", "CANARY")
    blobs = LakeBlobs(parse_address(f"lakefs://{lake.repository}/main/s"))
    for ask in (lambda: blobs.get("x"), lambda: blobs.create("x", b"")):
        with pytest.raises(StoreDenied) as caught:
            ask()
        assert caught.value.code == "lakefs-credentials"
        assert "CANARY" not in str(caught.value)
    assert "CANARY" not in repr(blobs) + repr(blobs.client.login)


def test_who_waits_is_let_go_by_a_ctrl_c(double: Double, blobs: LakeBlobs) -> None:
    """Whatever is under way: nothing is waited for that an interrupted command has no use for."""
    came, go = threading.Event(), threading.Event()

    def hang(request: Request) -> None:
        came.set()
        go.wait(60)

    def ask() -> None:
        with pytest.raises(KeyboardInterrupt):
            blobs.create("t/p/refs/1", b"x")
        let_go.append(True)

    let_go: list[bool] = []
    double.act = hang
    waiting = threading.Thread(target=ask, daemon=True)
    waiting.start()
    assert came.wait(60)
    stop(for_good=False)
    waiting.join(60)
    go.set()
    assert let_go


def test_absent_is_asked_twice(double: Double, blobs: LakeBlobs) -> None:
    """In the moment in which a commit ends, lakeFS may not find what it commits."""
    blobs.create("t/p/refs/1", b"x")
    double.refuse_next("getObject", 404, "not found")
    assert blobs.get("t/p/refs/1") == b"x"
    double.refuse_next("statObject", 404, "not found")
    assert blobs.stat("t/p/refs/1").size == 1


def test_a_protected_branch_takes_nothing_and_is_named(blobs: LakeBlobs, lake: Lake) -> None:
    blobs.create("before", b"1")
    Look(lake).protect("main")
    for write in (
        lambda: blobs.create("record", b"2"),
        lambda: (blobs.put("pack", b"3"), blobs.sync()),
    ):
        with pytest.raises(Conflict, match="is protected by the rule 'main'") as no:
            write()
        assert str(no.value).startswith(f"the branch main of {lake.repository} ")
        assert (no.value.code, no.value.exit_code) == ("lakefs-refused", 15)
    assert blobs.get("before") == b"1"
