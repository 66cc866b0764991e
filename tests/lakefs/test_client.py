"""Which requests are sent again, how often, and what is said when that doesn't help."""

from __future__ import annotations

import io
import traceback
from typing import TYPE_CHECKING, Final

import pytest

from tests.lakefs.double import Drop, Request, Trouble
from wombat.errors import (
    Absent,
    Conflict,
    OutcomeUnknown,
    StoreDenied,
    StoreUnreachable,
    WombatError,
)
from wombat.store.lakefs import objects, versions
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import Login, find_login
from wombat.store.s3.client import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lakefs.conftest import Lake
    from tests.lakefs.double import Answer, Double

QUICK: Final = Patience(tries=4, pause=0.0, longest=0.0)


@pytest.fixture
def client(lake: Lake) -> Client:
    return Client(lake.repository, find_login(None), QUICK)


def _always(status: int) -> Callable[[Request], Answer]:
    return lambda request: Trouble(status, "because").answer


def _first(count: int, then: Drop | Answer) -> Callable[[Request], Drop | Answer | None]:
    """Does that to the first requests from now on, and nothing to the others."""
    left = iter(range(count))
    return lambda request: then if next(left, None) is not None else None


@pytest.mark.parametrize("status", [408, 420, 423, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(client: Client, double: Double, status: int) -> None:
    double.act = _always(status)
    with pytest.raises(StoreUnreachable, match="because"):
        objects.stat(client, "main", "f")
    assert double.count("statObject") == 4
    double.act = _first(3, Trouble(status, "because").answer)
    with pytest.raises(Absent):
        objects.stat(client, "main", "f")
    assert double.count("statObject") == 8


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 416, 501])
def test_a_clear_no_is_asked_once(client: Client, double: Double, status: int) -> None:
    double.act = _always(status)
    with pytest.raises(WombatError):
        objects.stat(client, "main", "f")
    assert double.count("statObject") == 1


@pytest.mark.parametrize("how", list(Drop))
def test_a_cut_connection_is_asked_again(client: Client, double: Double, how: Drop) -> None:
    stream = io.BytesIO(b"hello")
    double.act = _first(2, how)
    objects.write(client, "main", "f", stream, size=5, metadata={"k": "v"})
    assert double.count("uploadObject") == 3
    double.act = _first(2, how)
    assert objects.read(client, "main", "f", 1, 3) == b"ell"
    assert double.count("getObject") == 3
    double.act = _first(3, how)
    assert versions.create_branch(client, "x", "main") == (how is Drop.BEFORE)


def _changed(client: Client) -> None:
    objects.write(client, "main", "f", b"f", size=1)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("kind", ["commit", "mergeIntoBranch"])
def test_what_moves_a_branch_is_sent_once(
    client: Client, double: Double, kind: str, status: int
) -> None:
    _changed(client)
    double.act = lambda request: Trouble(status, "no").answer if request.kind == kind else None
    with pytest.raises(OutcomeUnknown):
        _move(client, kind)
    assert double.count(kind) == 1


@pytest.mark.parametrize("how", list(Drop))
@pytest.mark.parametrize("kind", ["commit", "mergeIntoBranch"])
def test_a_lost_answer_is_not_asked_for_again(
    client: Client, double: Double, kind: str, how: Drop
) -> None:
    _changed(client)
    if kind == "mergeIntoBranch":
        versions.create_branch(client, "x", "main")
        versions.commit(client, "main", "first", {})
    before = double.count(kind)
    double.act = lambda request: how if request.kind == kind else None
    with pytest.raises(OutcomeUnknown):
        _move(client, kind)
    assert double.count(kind) - before == 1
    double.act = None
    # What happened is seen by looking: asked again, it finds its work done, or does it.
    assert (_move(client, kind) is None) == (how is Drop.AFTER)


def _move(client: Client, kind: str) -> str | None:
    if kind == "commit":
        return versions.commit(client, "main", "message", {})
    return versions.merge(client, "main", "x", "message", {})


@pytest.mark.parametrize("status", [420, 423, 429])
@pytest.mark.parametrize("kind", ["commit", "mergeIntoBranch"])
def test_what_was_put_off_is_sent_again(
    client: Client, double: Double, kind: str, status: int
) -> None:
    """lakeFS said that it did nothing, so nothing is unknown at the end either."""
    _changed(client)
    double.act = lambda request: Trouble(status, "busy").answer if request.kind == kind else None
    with pytest.raises(StoreUnreachable, match="busy"):
        _move(client, kind)
    assert double.count(kind) == 4
    if kind == "commit":
        double.act = _first(2, Trouble(status, "busy").answer)
        assert versions.commit(client, "main", "message", {})


@pytest.mark.parametrize(("status", "kind"), [(401, StoreDenied), (403, StoreDenied)])
def test_who_may_not_commit_is_told_so(
    client: Client, double: Double, status: int, kind: type[Exception]
) -> None:
    _changed(client)
    double.refuse_next("commit", status, "not you")
    with pytest.raises(kind, match="not you"):
        versions.commit(client, "main", "message", {})


def test_a_hook_that_refuses_a_commit(client: Client, double: Double) -> None:
    _changed(client)
    double.refuse_next("commit", 412, "a hook said no")
    with pytest.raises(Conflict, match="a hook said no") as caught:
        versions.commit(client, "main", "message", {})
    assert caught.value.code == "lakefs-refused"


@pytest.mark.parametrize("path", ["x" * 1025, "ü" * 513])
def test_a_path_that_lakefs_does_not_take(client: Client, path: str) -> None:
    """No outage: the next try would end the same."""
    for ask in (
        lambda: objects.write(client, "main", path, b"f", size=1),
        lambda: objects.stat(client, "main", path),
        lambda: objects.read(client, "main", path),
        lambda: list(objects.listing(client, "main", path)),
    ):
        with pytest.raises(Conflict, match=r"with 400: .*maximum length \(1024\)") as caught:
            ask()
        assert caught.value.code == "lakefs-refused"
        assert "later" not in str(caught.value.hint)
    assert client.requests.total() == 4
    objects.write(client, "main", path[:-1], b"f", size=1)


def test_a_branch_whose_name_is_none_was_not_made_by_others(client: Client) -> None:
    with pytest.raises(Conflict) as caught:
        versions.create_branch(client, "no name", "main")
    assert caught.value.code == "lakefs-refused"


def test_nobody_answers(lake: Lake, double: Double) -> None:
    client = Client(lake.repository, find_login(None), QUICK)
    objects.write(client, "main", "f", b"f", size=1)
    double.close()
    for ask in (
        lambda: objects.stat(client, "main", "f"),
        lambda: versions.commit(client, "main", "message", {}),
    ):
        with pytest.raises(StoreUnreachable, match="can't be reached: nobody answers there"):
            ask()


def test_an_expired_token(lake: Lake, double: Double) -> None:
    client = Client(lake.repository, Login(lake.endpoint, token=double.token()), QUICK)
    objects.write(client, "main", "f", b"f", size=1)
    assert objects.read(client, "main", "f") == b"f"
    double.forget()
    for ask in (
        lambda: objects.stat(client, "main", "f"),
        lambda: objects.write(client, "main", "f", b"f", size=1),
        lambda: versions.commit(client, "main", "message", {}),
    ):
        with pytest.raises(StoreDenied) as caught:
            ask()
        assert caught.value.code == "lakefs-credentials"


def test_an_unknown_key(lake: Lake) -> None:
    login = Login(lake.endpoint, key="AKIANOBODY", secret="of-nobody")
    with pytest.raises(StoreDenied) as caught:
        objects.stat(Client(lake.repository, login, QUICK), "main", "f")
    assert caught.value.code == "lakefs-credentials"


def test_no_credential_in_what_is_raised(lake: Lake, double: Double) -> None:
    token = double.token()
    logins = [Login(lake.endpoint, token=token), find_login(None)]
    for login in logins:
        client = Client(lake.repository, login, QUICK)
        basic = str(client.api.objects_api.api_client.configuration.get_basic_auth_token())
        objects.write(client, "main", "f", b"f", size=1)
        for act in (*map(_always, (400, 401, 403, 404, 409, 500)), lambda _: Drop.AFTER):
            double.act = act
            for ask in (
                lambda: objects.stat(client, "main", "f"),  # noqa: B023 -- called at once
                lambda: objects.read(client, "main", "f"),  # noqa: B023
                lambda: versions.merge(client, "main", "x", "m", {}),  # noqa: B023
            ):
                with pytest.raises(WombatError) as caught:
                    ask()
                told = "".join(traceback.format_exception(caught.value)) + repr(client)
                for word in (token, lake.secret, lake.key, basic):
                    assert word not in told
        double.act = None


def test_truths_are_written_as_the_openapi_has_them(client: Client, double: Double) -> None:
    list(objects.listing(client, "main", "", metadata=False))
    list(versions.history(client, "main", limit=1))
    listed, logged = double.log[-2:]
    assert listed.query["user_metadata"] == ["false"]
    assert logged.query["limit"] == ["true"]
