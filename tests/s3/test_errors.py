"""What goes wrong between us and a server: the error that it is, and never another."""

from __future__ import annotations

import http.server
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.s3.proxy import FAULTS, Proxy, Rule
from wombat.errors import Absent, OutcomeUnknown, StoreDenied, StoreUnreachable, WombatError
from wombat.store import Created
from wombat.store.blobs.s3 import S3Blobs
from wombat.store.s3.address import parse_address
from wombat.store.s3.client import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow
SHORT = Patience(tries=4, pause=0.005, longest=0.02, connect=10, read=30, write=60, create=30)
DATA = bytes(range(256)) * 400


@pytest.fixture
def seaweed(servers: Callable[[str], Server]) -> Server:
    return servers("seaweed")


@pytest.fixture
def proxy(seaweed: Server) -> Iterator[Proxy]:
    with Proxy(seaweed.endpoint) as proxy:
        yield proxy


@pytest.fixture
def blobs(seaweed: Server, proxy: Proxy, prefix: str) -> S3Blobs:
    blobs = S3Blobs(parse_address(seaweed.address(prefix, proxy.port)), SHORT)
    blobs.create("t/a", DATA)
    return blobs


def put(blobs: S3Blobs) -> None:
    blobs.put("t/p/new", DATA)
    blobs.sync()


ASKED = {
    "get": lambda blobs: blobs.get("t/a"),
    "range": lambda blobs: blobs.get_range("t/a", 1000, 1000),
    "stat": lambda blobs: blobs.stat("t/a").size,
    "list": lambda blobs: list(blobs.list("t/")),
    "folders": lambda blobs: list(blobs.folders("t/")),
    "put": put,
    "delete": lambda blobs: blobs.delete(["t/none"]),
}
PASSING = [
    *("drop-before", "drop-after", "reset", "stall", "late", "truncate", "lost-500", "delay"),
    *("expired", "500", "503", "429"),
]


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("what", ASKED)
def test_what_passes_is_tried_again(blobs: S3Blobs, proxy: Proxy, what: str, fault: str) -> None:
    ask = ASKED[what]
    expected = ask(S3Blobs(blobs.address, SHORT))
    proxy.reset(Rule(fault, at=0, seconds=0.05))
    assert ask(S3Blobs(blobs.address, SHORT)) == expected
    assert proxy.rules[0].used == 1


@pytest.mark.parametrize("fault", ["503", "drop-before"])
@pytest.mark.parametrize("what", ASKED)
def test_what_stays_is_given_up(blobs: S3Blobs, proxy: Proxy, what: str, fault: str) -> None:
    proxy.reset(Rule(fault))
    with pytest.raises(StoreUnreachable, match=proxy.endpoint) as caught:
        ASKED[what](blobs)
    assert not isinstance(caught.value, StoreDenied)
    assert len(proxy.requests) == SHORT.tries


@pytest.mark.parametrize("what", ["get", "put"])
def test_nobody_waits_for_ever(seaweed: Server, proxy: Proxy, prefix: str, what: str) -> None:
    brief = Patience(tries=2, pause=0.005, connect=1, read=0.3, write=0.3, create=0.3)
    blobs = S3Blobs(parse_address(seaweed.address(prefix, proxy.port)), brief)
    proxy.reset(Rule("stall", seconds=30))
    with pytest.raises(StoreUnreachable, match="gave no whole answer: timed out"):
        ASKED[what](blobs)


@pytest.mark.parametrize("what", ASKED)
def test_a_refusal_names_the_right_and_is_not_absence(
    blobs: S3Blobs, proxy: Proxy, what: str
) -> None:
    rights = {"list": "ListBucket", "folders": "ListBucket", "put": "PutObject"}
    right = rights.get(what, "DeleteObject" if what == "delete" else "GetObject")
    proxy.reset(Rule("403"))
    with pytest.raises(StoreDenied, match=rf"^s3:{right} is refused below s3://artifacts/test-"):
        ASKED[what](blobs)
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("what", [*ASKED, "create"])
def test_a_page_of_something_in_between_is_not_absence(
    blobs: S3Blobs, proxy: Proxy, what: str
) -> None:
    proxy.reset(Rule("page-404"))
    with pytest.raises((StoreUnreachable, OutcomeUnknown)):
        ASKED.get(what, lambda blobs: blobs.create("t/new", b"x"))(blobs)


def test_only_the_server_makes_a_thing_absent(blobs: S3Blobs) -> None:
    for read in (blobs.get, blobs.stat, lambda key: blobs.get_range(key, 0, 1)):
        with pytest.raises(Absent):
            read("t/none")


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        *(("drop-before", False), ("reset", False), ("stall", False), ("500", False)),
        *(("503", False), ("page-404", False), ("drop-after", True), ("lost-500", True)),
    ],
)
def test_a_create_is_sent_once(blobs: S3Blobs, proxy: Proxy, fault: str, stored: bool) -> None:
    """A stall is as long as nobody waits."""
    hasty = replace(SHORT, create=0.4) if fault == "stall" else SHORT
    proxy.reset(Rule(fault, seconds=30))
    with pytest.raises(OutcomeUnknown):
        S3Blobs(blobs.address, hasty).create("t/refs/1", b"ours")
    assert len(proxy.requests) == 1
    proxy.reset()
    assert list(blobs.list("t/refs/")) == (["t/refs/1"] if stored else [])


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        ("403", StoreDenied, False),
        ("429", StoreUnreachable, False),
        ("400", StoreUnreachable, False),
        ("501", StoreUnreachable, False),
        ("redirect", StoreUnreachable, False),
        ("spoil", StoreUnreachable, False),
    ],
)
def test_a_create_that_was_refused_is_not_unknown(
    blobs: S3Blobs, proxy: Proxy, fault: str, error: type[WombatError], stored: bool
) -> None:
    proxy.reset(Rule(fault, method="PUT", location=f"{proxy.endpoint}/elsewhere"))
    with pytest.raises(error):
        blobs.create("t/refs/1", b"ours")
    proxy.reset()
    assert list(blobs.list("t/refs/")) == (["t/refs/1"] if stored else [])


def test_a_create_with_credentials_that_are_over_is_sent_with_new_ones(
    blobs: S3Blobs, proxy: Proxy
) -> None:
    proxy.reset(Rule("expired", at=0))
    assert blobs.create("t/refs/1", b"ours") is Created.LANDED
    proxy.reset(Rule("expired"))
    with pytest.raises(StoreDenied) as caught:
        blobs.create("t/refs/2", b"ours")
    assert caught.value.code == "store-token-expired"


def test_an_answer_that_says_conflict_is_never_ours(blobs: S3Blobs, proxy: Proxy) -> None:
    proxy.reset(Rule("409"))
    assert blobs.create("t/refs/1", b"ours") is Created.EXISTS
    proxy.reset(Rule("409", at=0, method="PUT"))
    blobs.put("t/p/one", b"pack")
    blobs.sync()  # nothing stood there, so it was sent again
    proxy.reset()
    assert blobs.get("t/p/one") == b"pack"


def test_a_lost_race_is_told_when_the_winner_can_be_read(blobs: S3Blobs, proxy: Proxy) -> None:
    """As Amazon may do it: 409 while the other's put is still under way."""
    winner = S3Blobs(blobs.address, SHORT)
    proxy.reset(
        Rule("409", at=1, method="PUT"),
        Rule("delay", at=0, method="PUT", seconds=0.1),
    )
    patient = S3Blobs(blobs.address, Patience(pause=0.3))
    put = threading.Thread(target=winner.create, args=("t/refs/1", b"theirs"))
    put.start()
    while not proxy.requests:
        pass
    assert patient.create("t/refs/1", b"ours") is Created.EXISTS
    assert patient.get("t/refs/1") == b"theirs"
    put.join()


def test_bytes_that_change_on_the_way_there_are_sent_again(blobs: S3Blobs, proxy: Proxy) -> None:
    proxy.reset(Rule("spoil", at=0, method="PUT"))
    blobs.put("t/p/one", b"pack")
    blobs.sync()
    assert proxy.rules[0].used == 1
    proxy.reset()
    assert blobs.get("t/p/one") == b"pack"


def test_a_listing_that_breaks_goes_on_or_raises(blobs: S3Blobs, proxy: Proxy) -> None:
    keys = [f"t/many/{number:04}" for number in range(1100)]
    for key in keys:
        blobs.put(key, b"")
    blobs.sync()
    for fault in ("truncate", "drop-after", "500"):
        proxy.reset(Rule(fault, at=1, method="LIST"))
        assert list(blobs.list("t/many/")) == keys
        proxy.reset(Rule(fault, at=1, times=100, method="LIST"))
        found = []
        with pytest.raises(StoreUnreachable):
            found.extend(entry.key for entry in blobs.entries("t/many/"))


def test_deletes_go_in_batches_and_the_rest_is_tried(blobs: S3Blobs, proxy: Proxy) -> None:
    for number in range(3):
        blobs.create(f"t/d/{number}", b"x")
    keys = [f"t/none/{number}" for number in range(1000)] + [f"t/d/{n}" for n in range(3)]
    proxy.reset(Rule("403", at=0, method="POST"))
    with pytest.raises(StoreDenied, match="s3:DeleteObject"):
        blobs.delete(keys)
    assert [r.kind for r in proxy.requests] == ["POST", "POST"]
    assert list(blobs.list("t/d/")) == []


def test_no_signature_follows_a_redirect(blobs: S3Blobs, proxy: Proxy) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            seen.append((self.command, {k.lower(): v for k, v in self.headers.items()}))
            self.send_response(403)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        place = f"http://localhost:{other.server_port}/artifacts/t/a"
        proxy.reset(Rule("redirect", location=place))
        for ask in (*ASKED.values(), lambda blobs: blobs.create("t/new", b"x")):
            with pytest.raises(StoreUnreachable):
                ask(S3Blobs(blobs.address, SHORT))
        other.shutdown()
    for command, headers in seen:
        assert command != "PUT", "nothing that is stored goes elsewhere"
        assert "authorization" not in headers
        assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(headers)
        assert os.environ["AWS_ACCESS_KEY_ID"] not in str(headers)


@pytest.mark.parametrize(
    ("endpoint", "match"),
    [
        ("http://127.0.0.1:9", "can't be reached: connection refused"),
        ("https://nowhere.invalid", r"can't be reached|answers"),
        ("https://127.0.0.1:{port}", "can't be reached"),
    ],
)
def test_a_server_that_is_not_there_is_named(seaweed: Server, endpoint: str, match: str) -> None:
    endpoint = endpoint.format(port=seaweed.port)
    blobs = S3Blobs(parse_address(f"s3://artifacts?endpoint={endpoint}"), SHORT)
    for ask in (*ASKED.values(), lambda blobs: blobs.create("t/new", b"x")):
        with pytest.raises((StoreUnreachable, OutcomeUnknown), match=endpoint) as caught:
            ask(S3Blobs(blobs.address, SHORT))
        if "127.0.0.1" in endpoint:
            assert isinstance(caught.value, StoreUnreachable), "what was never sent isn't unknown"
            assert match in caught.value.message


def test_a_bucket_that_is_not_there_is_said(servers: Callable[[str], Server]) -> None:
    endpoint = servers("rclone").endpoint
    blobs = S3Blobs(parse_address(f"s3://no-such-bucket?endpoint={endpoint}"), SHORT)
    for ask in (*ASKED.values(), lambda blobs: blobs.create("t/new", b"x")):
        with pytest.raises(StoreUnreachable, match="there is no bucket 'no-such-bucket' at"):
            ask(S3Blobs(blobs.address, SHORT))


def test_wrong_keys_are_refused_and_shown_nowhere(
    seaweed: Server, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "CANARYSECRET")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "CANARYTOKEN")
    for ask in (*ASKED.values(), lambda blobs: blobs.create("t/new", b"x")):
        blobs = S3Blobs(parse_address(seaweed.address(prefix)), SHORT)
        with pytest.raises(StoreDenied) as caught:
            ask(blobs)
        told = f"{caught.value!r} {caught.value.hint} {blobs!r} {blobs.client!r}"
        chain = caught.value.__cause__ or caught.value.__context__
        assert "CANARY" not in f"{told} {chain!r}"


def test_every_fault_is_one_that_is_tried() -> None:
    assert set(FAULTS) - set(PASSING) == {
        *("slow", "corrupt", "spoil", "page-404", "redirect"),
    }


@pytest.mark.parametrize(
    ("status", "code", "match"),
    [
        ("403", "RequestTimeTooSkewed", "this machine's clock to be right"),
        ("400", "AuthorizationHeaderMalformed", "is in another region"),
        ("409", "OperationAborted", "answers 409 .OperationAborted. to s3:GetObject"),
        ("404", "NoSuchBucket", "there is no bucket 'artifacts'"),
    ],
)
def test_the_servers_word_is_told(
    blobs: S3Blobs, proxy: Proxy, status: str, code: str, match: str
) -> None:
    proxy.reset(Rule(status, code=code))
    with pytest.raises(StoreUnreachable, match=match):
        blobs.get("t/a")


def test_no_credentials_at_all_is_said_before_anything_is_sent(
    seaweed: Server, proxy: Proxy, prefix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for ask in (*ASKED.values(), lambda blobs: blobs.create("t/new", b"x")):
        blobs = S3Blobs(parse_address(seaweed.address(prefix, proxy.port)), SHORT)
        with pytest.raises(StoreDenied) as caught:
            ask(blobs)
        assert caught.value.code == "store-credentials"
    assert proxy.requests == []
