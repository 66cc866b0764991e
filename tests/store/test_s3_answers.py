"""Answers of S3 servers as they may come, one by one, and what is made of them."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest

from wombat.errors import Absent, OutcomeUnknown, StoreDenied, StoreUnreachable
from wombat.store import Created
from wombat.store.blobs.s3 import S3Blobs
from wombat.store.s3.address import parse_address
from wombat.store.s3.admin import _fault
from wombat.store.s3.client import Patience
from wombat.store.s3.faults import wrong_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BRIEF = Patience(tries=2, pause=0.001, connect=10, read=30, write=30, create=30)
Answering = "Callable[[int, str], S3Blobs]"


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, str], S3Blobs]]:
    """`answering(403, body)`: a store whose server says just that to everything."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "WOMBAT_ID_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDCANARY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SECRETCANARY")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    said: list[tuple[int, str]] = []

    class Server(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            status, body = said[-1]
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.send_header("last-modified", "Sun, 01 Nov 2026 00:00:00 GMT")
            self.send_header("etag", '"1"')
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

        def make(status: int, body: str = "") -> S3Blobs:
            said.append((status, body))
            address = f"s3://artifacts/w?endpoint=http://127.0.0.1:{server.server_port}"
            return S3Blobs(parse_address(address, {}), BRIEF)

        yield make
        server.shutdown()


def word(code: str) -> str:
    return f"<?xml version='1.0'?>\n<Error>\n  <Code>{code}</Code>\n</Error>"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, word("NoSuchKey"), Absent),
        (404, word("NoSuchBucket"), StoreUnreachable),
        (404, "", StoreUnreachable),
        (404, "<html>no such page</html>", StoreUnreachable),
        (403, word("AccessDenied"), StoreDenied),
        (403, word("NoSuchKey"), StoreDenied),
        (403, "\n\nDebug source: status: 404 \n<html>", StoreDenied),
        (401, "", StoreDenied),
        (500, word("InternalError"), StoreUnreachable),
        (500, "status: 404", StoreUnreachable),
        (301, word("PermanentRedirect"), StoreUnreachable),
        (204, "", None),
    ],
)
def test_a_read(answering: Answering, status: int, body: str, error: type | None) -> None:
    blobs = answering(status, body)
    if error is None:
        assert blobs.get("t/a") == b""
        return
    for read in (blobs.get, lambda key: blobs.get_range(key, 0, 5), blobs.stat):
        with pytest.raises(error) as caught:
            read("t/a")
        assert type(caught.value) is error
        assert "CANARY" not in f"{caught.value!r} {caught.value.hint} {caught.value.__context__!r}"


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidAccessKeyId"])
def test_wrong_keys_are_no_lack_of_a_right(
    answering: Answering, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    blobs = answering(403, word(code))
    for call in (lambda: blobs.get("t/a"), lambda: blobs.create("t/a", b"x")):
        with pytest.raises(StoreDenied, match=code) as caught:
            call()
        assert caught.value.code == "store-credentials"
        assert "AWS_SECRET_ACCESS_KEY" in (caught.value.hint or "")
        assert "policy" not in f"{caught.value} {caught.value.hint}"
        assert "CANARY" not in f"{caught.value} {caught.value.hint}"
    denied = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    assert _fault(denied, blobs.client.address, "s3:GetObject", "t/a").code == "store-credentials"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "aws configure list" in str(wrong_keys("a server", code).hint)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, "", Created.LANDED),
        (412, word("PreconditionFailed"), Created.EXISTS),
        (409, word("ConditionalRequestConflict"), Created.EXISTS),
        (403, word("AccessDenied"), StoreDenied),
        (400, word("EntityTooLarge"), StoreUnreachable),
        (400, "bad gateway", OutcomeUnknown),
        (501, word("NotImplemented"), StoreUnreachable),
        (500, word("InternalError"), OutcomeUnknown),
        (502, "", OutcomeUnknown),
        (503, word("SlowDown"), OutcomeUnknown),
        (504, "", OutcomeUnknown),
        (404, "<html>", OutcomeUnknown),
    ],
)
def test_a_create(answering: Answering, status: int, body: str, outcome: object) -> None:
    blobs = answering(status, body)
    if isinstance(outcome, Created):
        assert blobs.create("t/refs/1", b"ours") is outcome
    else:
        with pytest.raises(outcome) as caught:  # type: ignore[call-overload]
            blobs.create("t/refs/1", b"ours")
        assert type(caught.value) is outcome
    assert blobs.client.requests["PUT"] == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDenied", StoreDenied), ("InternalError", StoreUnreachable)],
)
def test_what_was_deleted_in_part_raises(answering: Answering, code: str, error: type) -> None:
    blobs = answering(
        200,
        "<DeleteResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
        "<Deleted><Key>w/t/a</Key></Deleted>"
        f"<Error><Key>w/t/b</Key><Code>{code}</Code><Message>no</Message></Error></DeleteResult>",
    )
    with pytest.raises(error, match=code) as caught:
        blobs.delete(["t/a", "t/b"])
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "body",
    ["", "<html>", "<ListBucketResult", "<ListBucketResult><Contents><Key>w/t/a</Key></Contents>"],
)
def test_a_listing_that_is_none_is_not_empty(answering: Answering, body: str) -> None:
    blobs = answering(200, body)
    for ask in (blobs.list, blobs.entries, blobs.folders):
        with pytest.raises(StoreUnreachable):
            list(ask("t/"))
