"""Packs past lakeFS, by the URLs that it gives out: who is sent what, and what goes which way.

On a real server these run where it is set up on an object store; else there is no such way.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.double.answers import Answer
from tests.lakefs.double.server import PAST
from wombat.store.blobs import Created, Spoiled
from wombat.store.blobs.lakefs import LakeBlobs
from wombat.store.lakefs import presigned
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.presigned import LEAST
from wombat.store.lakefs.versions import commit

if TYPE_CHECKING:
    from tests.lakefs.conftest import Lake
    from tests.lakefs.double import Double
    from tests.lakefs.double.server import Request

PACK = f"t/p/p/ab/{'ab' * 32}"
DATA = random.Random(1).randbytes(LEAST + 1000)
URLS = ("presigned PUT", "presigned GET")


@pytest.fixture
def blobs(lake: Lake) -> LakeBlobs:
    if lake.double is not None:
        lake.double.presigns = True
    return LakeBlobs(parse_address(f"lakefs://{lake.repository}/main/s"))


@pytest.fixture
def ways(lake: Lake, blobs: LakeBlobs) -> tuple[int, int]:
    """How many puts and gets by URL each of them is: none where the server gives out none."""
    with lake.raw as raw:
        one = int(raw.ask("GET", "/config").tree["storage_config"]["pre_sign_support"])
    return one, one


def asked(blobs: LakeBlobs) -> tuple[int, ...]:
    return tuple(blobs.client.requests[kind] for kind in URLS)


def put(blobs: LakeBlobs, key: str, data: bytes) -> None:
    blobs.put(key, data)
    blobs.sync()


def test_packs_come_and_go_past_lakefs(blobs: LakeBlobs, ways: tuple[int, int]) -> None:
    up, down = ways
    put(blobs, PACK, DATA)
    assert asked(blobs) == (up, 0)
    assert blobs.get(PACK) == DATA
    assert blobs.get_range(PACK, 500, LEAST) == DATA[500 : 500 + LEAST]
    assert blobs.get_range(PACK, 500, 2 * LEAST) == DATA[500:]
    assert blobs.get_range(PACK, len(DATA), LEAST) == b""
    assert asked(blobs) == (up, 4 * down)
    assert blobs.stat(PACK).size == len(DATA)
    assert [entry.size for entry in blobs.entries("")] == [len(DATA)]


def test_a_commit_keeps_what_came_past_it(blobs: LakeBlobs, ways: tuple[int, int]) -> None:
    put(blobs, PACK, DATA)
    commit(blobs.client, "main", "by somebody", {})
    assert LakeBlobs(blobs.address).get(PACK) == DATA


def test_what_is_small_and_what_is_created_goes_through_lakefs(blobs: LakeBlobs) -> None:
    put(blobs, PACK, DATA[: LEAST - 1])
    assert blobs.create("t/p/refs/1", DATA) is Created.LANDED
    assert blobs.get_range(PACK, 10, LEAST - 1) == DATA[10 : LEAST - 1]
    assert blobs.get("t/p/refs/1") == DATA
    assert asked(blobs) == (0, 0)


def test_nothing_is_overwritten_past_lakefs(blobs: LakeBlobs) -> None:
    put(blobs, PACK, DATA)
    put(LakeBlobs(blobs.address), PACK, DATA)
    other = LakeBlobs(blobs.address)
    with pytest.raises(Spoiled):
        put(other, PACK, DATA[::-1])
    assert blobs.get(PACK) == DATA


def test_no_credential_goes_to_the_object_store(double: Double, blobs: LakeBlobs) -> None:
    put(blobs, PACK, DATA)
    blobs.get(PACK)
    past = [request for request in double.log if request.path.startswith(PAST)]
    assert [request.method for request in past] == ["PUT", "GET"]
    for request in past:
        sent = f"{dict(request.headers.items())}"
        assert double.secret not in sent
        assert "uthorization" not in sent


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.google.internal/x",
        "ftp://127.0.0.1/x",
        "https://",
    ],
)
def test_no_request_goes_where_none_may(
    double: Double, blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """What lakeFS names is no server to believe: the bytes go through lakeFS then."""

    def never(*args: Any, **words: Any) -> None:
        raise AssertionError("a request")

    monkeypatch.setattr(presigned.Presigned, "_request", never)
    monkeypatch.setattr(double, "_door", lambda address: url)
    put(blobs, PACK, DATA)
    assert LakeBlobs(blobs.address).get(PACK) == DATA
    assert double.count("uploadObject") == 1


def test_plain_text_goes_no_further_than_lakefs_itself_does(
    double: Double, blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = presigned.Presigned(blobs.client, "main")
    door._check("http://10.1.2.3/x")
    monkeypatch.setattr(type(blobs.client), "server", "https://lake.example")
    with pytest.raises(presigned.Unfit):
        door._check("http://10.1.2.3/x")
    door._check("https://10.1.2.3/x")


@pytest.mark.parametrize("status", [403, 400, 404])
def test_where_the_object_store_refuses_it_goes_through_lakefs(
    double: Double, blobs: LakeBlobs, status: int
) -> None:
    def refuse(request: Request) -> Answer | None:
        return Answer(status, b"<Error/>") if request.path.startswith(PAST) else None

    double.act = refuse
    put(blobs, PACK, DATA)
    assert blobs.get(PACK) == DATA
    assert asked(blobs) == (1, 0), "asked once, and not again in this process"


def test_the_object_store_is_asked_again_where_that_may_help(
    double: Double, blobs: LakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [Answer(503, b"SlowDown"), Answer(500, b"")]
    monkeypatch.setattr(blobs.client, "wait", lambda attempt: None)
    double.act = lambda request: busy.pop() if request.path.startswith(PAST) and busy else None
    put(blobs, PACK, DATA)
    assert asked(blobs) == (3, 0)
    assert double.count("uploadObject") == 0
    assert blobs.get(PACK) == DATA
