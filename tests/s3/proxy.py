"""A proxy before an S3 server: it counts, is as far away and as narrow as told, and breaks things.

`with Proxy("http://127.0.0.1:8333", rules=[Rule("drop-after", at=3)]) as proxy: ... proxy.port`,
or by itself: `python -m tests.s3.proxy http://127.0.0.1:8333 --latency 30 --bandwidth 100`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import heapq
import json
import re
import signal
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

PIECE = 1 << 16
BODILESS = {204, 304}
CODES = {
    400: ("Bad Request", "BadRequest"),
    403: ("Forbidden", "AccessDenied"),
    404: ("Not Found", "NoSuchKey"),
    409: ("Conflict", "ConditionalRequestConflict"),
    412: ("Precondition Failed", "PreconditionFailed"),
    429: ("Too Many Requests", "SlowDown"),
    500: ("Internal Server Error", "InternalError"),
    501: ("Not Implemented", "NotImplemented"),
    503: ("Service Unavailable", "SlowDown"),
}
FAULTS = (
    "drop-before",  # nothing reaches the server, no answer
    "drop-after",  # the server has done it, no answer
    "reset",  # as drop-before, by a reset
    "delay",  # answered `seconds` later
    "stall",  # no answer for `seconds`, then the end
    "late",  # no answer, and the server gets it `seconds` later
    "slow",  # the body comes in small pieces over `seconds`
    "truncate",  # half of the body, then the end
    "corrupt",  # one bit of the answer's body is another; not of a listing: it has no digest
    "spoil",  # one bit of the request's body is another
    "lost-500",  # the server has done it, and 500 is the answer
    "page-404",  # something in between answers, in no word of S3
    "expired",  # the credentials are over
    "redirect",  # to another host: `location`
)


@dataclass
class Rule:
    """`fault` is one of FAULTS or a status, as "503"; of the requests that match, `times` of them
    from number `at` on (from 0); all without `at`. `method` LIST is a GET of a listing."""

    fault: str
    at: int | None = None
    method: str = ""
    key: str = ""
    times: int = 1
    seconds: float = 1.0
    location: str = ""
    code: str = ""
    seen: int = 0
    used: int = 0

    def takes(self, request: Request) -> bool:
        if self.method and self.method != request.kind:
            return False
        if self.key and not re.search(self.key, request.path):
            return False
        number, self.seen = self.seen, self.seen + 1
        taken = self.at is None or self.at <= number < self.at + self.times
        self.used += taken
        return taken


@dataclass
class Request:
    """One request; `status` 0 where none was given. Seconds since the proxy began."""

    method: str
    path: str
    head: bytes = b""
    body: bytes = b""
    status: int = 0
    sent: int = 0
    received: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def kind(self) -> str:
        parts = urlsplit(self.path)
        listing = self.method == "GET" and "list-type" in parts.query
        return "LIST" if listing else self.method

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path)


@dataclass
class Link:
    """One direction of a line; `rate` in bytes a second, 0 for as fast as can be."""

    rate: float
    free: float = 0.0

    async def carry(self, size: int) -> None:
        if not self.rate:
            return
        now = time.monotonic()
        self.free = max(now, self.free) + size / self.rate
        if self.free > now:
            await asyncio.sleep(self.free - now)


class Broken(Exception):
    """The connection is to end now; with `hard`, by a reset."""

    def __init__(self, *, hard: bool = False) -> None:
        super().__init__("ended")
        self.hard = hard


@dataclass
class Proxy:
    """`latency` in seconds there and back; `bandwidth` in bits a second each way."""

    target: str
    rules: list[Rule] = field(default_factory=list)
    latency: float = 0.0
    bandwidth: float = 0.0
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = urlsplit(self.target)
        self._host, self._to = parts.hostname or "127.0.0.1", parts.port or 80
        self._up, self._down = Link(self.bandwidth / 8), Link(self.bandwidth / 8)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._began = time.monotonic()
        self._live: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop
        assert self._thread
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self, *rules: Rule) -> None:
        """Forgets what was asked; other rules from now on."""
        self.rules = list(rules)
        self.requests = []

    def counts(self) -> dict[str, object]:
        """Requests in all and by kind, bytes, and the rounds: the longest chain of requests each
        of which began after the one before it had ended."""
        done = sorted((r for r in self.requests if r.ended), key=lambda r: r.began)
        under_way: list[tuple[float, int]] = []
        longest = 0
        for one in done:
            while under_way and under_way[0][0] <= one.began:
                longest = max(longest, heapq.heappop(under_way)[1])
            heapq.heappush(under_way, (one.ended, longest + 1))
        return {
            "requests": len(self.requests),
            "kinds": dict(sorted(Counter(r.kind for r in self.requests).items())),
            "rounds": max((depth for _, depth in under_way), default=longest),
            "sent": sum(r.sent for r in self.requests),
            "received": sum(r.received for r in self.requests),
        }

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._live):
            task.cancel()
        await asyncio.gather(*self._live, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._live.add(task)
        server: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        try:
            await asyncio.sleep(self.latency)  # a connection costs a round trip
            while await self._one(reader, writer, server):
                pass
        except Broken as end:
            if end.hard:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._live.discard(task)
            for end in (writer, *(w for _, w in server)):
                with contextlib.suppress(Exception):
                    end.close()

    async def _one(self, reader, writer, server) -> bool:  # type: ignore[no-untyped-def]
        """Whether the connection goes on."""
        request = await self._read(reader, writer)
        if request is None:
            return False
        self.requests.append(request)
        rule = next((r for r in self.rules if r.takes(request)), None)
        await asyncio.sleep(self.latency / 2)
        answer = await self._broken(rule, request, server) if rule else None
        if answer is None:
            answer = await self._forward(request, server)
        head, body = answer
        await asyncio.sleep(self.latency / 2)
        if rule is not None:
            head, body = await self._spoilt(rule, writer, request, head, body)
        await self._write(writer, head + body)
        self._note(request, head, len(body))
        return b"connection: close" not in head.lower()

    def _note(self, request: Request, head: bytes, received: int) -> None:
        request.status = int(head.split(b" ", 2)[1])
        request.received = received
        request.ended = time.monotonic() - self._began
        request.head, request.body = b"", b""

    async def _read(self, reader, writer) -> Request | None:  # type: ignore[no-untyped-def]
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        began = time.monotonic() - self._began
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if b"100-continue" in head.lower():
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = re.sub(rb"(?i)expect: 100-continue\r\n", b"", head)
        body = await _body(reader, head, self._up)
        return Request(method, path, head, body, 0, len(body), 0, began)

    async def _forward(self, request: Request, server) -> tuple[bytes, bytes]:  # type: ignore[no-untyped-def]
        """The server's answer; a connection that it closed meanwhile is opened anew."""
        for fresh in (not server, True):
            if fresh:
                for _, old in server:
                    old.close()
                server[:] = [await asyncio.open_connection(self._host, self._to, limit=1 << 20)]
            reader, writer = server[0]
            try:
                writer.write(request.head + request.body)
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                if fresh:
                    raise Broken from None
                continue
            status = int(head.split(b" ", 2)[1])
            if request.method == "HEAD" or status in BODILESS:
                return head, b""
            return head, await _body(reader, head, None)
        raise AssertionError("sent twice")

    async def _broken(self, rule, request, server):  # type: ignore[no-untyped-def]
        """What comes instead of the server's answer; None where that is still to come."""
        if rule.fault in ("drop-before", "reset"):
            raise Broken(hard=rule.fault == "reset")
        if rule.fault in ("drop-after", "lost-500"):
            await self._forward(request, server)
        if rule.fault == "late":
            self._later(rule.seconds, request)
        if rule.fault in ("stall", "delay"):
            await asyncio.sleep(rule.seconds)
        if rule.fault in ("drop-after", "late", "stall"):
            raise Broken
        if rule.fault == "spoil" and request.body:
            request.body = _flipped(request.body)
        return _instead(rule, request.method == "HEAD")

    def _later(self, seconds: float, request: Request) -> None:
        async def send() -> None:
            await asyncio.sleep(seconds)
            await self._forward(request, [])

        task = asyncio.ensure_future(send())
        self._live.add(task)
        task.add_done_callback(self._live.discard)

    async def _spoilt(self, rule, writer, request, head, body):  # type: ignore[no-untyped-def]
        if rule.fault == "truncate":
            await self._write(writer, head + body[: len(body) // 2])
            self._note(request, head, len(body) // 2)
            raise Broken
        if rule.fault == "corrupt" and body and request.kind != "LIST":
            return head, _flipped(body)
        if rule.fault == "slow" and body:
            await self._write(writer, head)
            for at in range(0, len(body), max(1, len(body) // 10)):
                await asyncio.sleep(rule.seconds / 10)
                await self._write(writer, body[at : at + max(1, len(body) // 10)])
            self._note(request, head, len(body))
            raise Broken
        return head, body

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            await self._down.carry(len(piece))
            writer.write(piece)
            await writer.drain()


async def _body(reader: asyncio.StreamReader, head: bytes, link: Link | None) -> bytes:
    """As it comes on the wire, with its chunks' sizes if it has any."""
    lower = head.lower()
    if found := re.search(rb"\r\ncontent-length: *(\d+)", lower):
        left, pieces = int(found[1]), []
        while left:
            piece = await reader.readexactly(min(left, PIECE))
            if link:
                await link.carry(len(piece))
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    if b"transfer-encoding: chunked" in lower:
        pieces = []
        while True:
            size = await reader.readuntil(b"\r\n")
            rest = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            pieces += [size, rest]
            if rest == b"\r\n":
                return b"".join(pieces)
    return b""


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _instead(rule: Rule, head_only: bool) -> tuple[bytes, bytes] | None:
    if rule.fault == "lost-500":
        return _answer(500, head_only=head_only)
    if rule.fault == "page-404":
        return _answer(404, body=b"<html><body>no such page</body></html>", head_only=head_only)
    if rule.fault == "expired":
        return _answer(400, "ExpiredToken", head_only=head_only)
    if rule.fault == "redirect":
        more = f"Location: {rule.location}\r\n"
        return _answer(307, "TemporaryRedirect", more=more, head_only=head_only)
    if rule.fault.isdigit():
        return _answer(int(rule.fault), rule.code, head_only=head_only)
    return None


def _answer(
    status: int,
    code: str = "",
    *,
    body: bytes | None = None,
    more: str = "",
    head_only: bool = False,
) -> tuple[bytes, bytes]:
    reason, usual = CODES.get(status, ("Answer", ""))
    if body is None:
        text = f"<Error><Code>{code or usual}</Code><Message>by the proxy</Message></Error>"
        body = text.encode()
    more += "Retry-After: 1\r\n" if status in (429, 503) else ""
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/xml\r\n"
        f"Content-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode(), b"" if head_only else body


def main() -> None:
    parser = argparse.ArgumentParser(description="A proxy before an S3 server.")
    parser.add_argument("target")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0, help="ms there and back")
    parser.add_argument("--bandwidth", type=float, default=0, help="Mbit/s each way")
    parser.add_argument("--counts", type=Path, help="where what was counted is written at the end")
    given = parser.parse_args()
    proxy = Proxy(
        given.target,
        latency=given.latency / 1000,
        bandwidth=given.bandwidth * 1e6,
        port=given.port,
    )
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with proxy, contextlib.suppress(KeyboardInterrupt):
        print(proxy.port, flush=True)
        signal.pause()
    if given.counts:
        given.counts.write_text(json.dumps(proxy.counts()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
