"""A gate before a server of lakeFS, the double or a real one.

It sees each request, lets something else happen first, and may end the connection before or after
the server has done what was asked.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.lakefs.double.routes import route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

API: Final = "/api/v1"
BEFORE: Final = "before"
AFTER: Final = "after"
STRANGER: Final = "stranger"
"""The connection ends before, or after, the server did it; or it is asked by somebody unknown."""
_OURS: Final = ("connection", "keep-alive", "transfer-encoding", "content-length")


@dataclass
class Asked:
    """`kind` is the operation's name in lakeFS's OpenAPI; `number` counts from 1; `places` are what
    stands in its path, the repository first. `status` is 0 where no answer came back."""

    number: int
    kind: str
    places: tuple[str, ...]
    query: Mapping[str, list[str]] = field(repr=False)
    status: int = 0


@dataclass
class Gate:
    """`act` is called with each request, in a thread of its own, before it goes on, and what it
    returns is done to it; `done` once the server has answered, before that is handed on."""

    endpoint_behind: str
    act: Callable[[Asked], str | None] | None = None
    done: Callable[[Asked], None] | None = None
    log: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gate = self
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for end in list(self._ends):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def counts(self) -> Counter[str]:
        return Counter(one.kind for one in list(self.log))

    def forget(self, act: Callable[[Asked], str | None] | None = None) -> None:
        """Counts from 1 again."""
        with self._lock:
            self.log = []
            self.act = act

    def seen(self, method: str, path: str) -> Asked:
        parts = urlsplit(path)
        kind, _, places = route(method, parts.path.removeprefix(API))
        with self._lock:
            asked = Asked(
                len(self.log) + 1, kind, tuple(map(unquote, places)), parse_qs(parts.query)
            )
            self.log.append(asked)
        return asked


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    gate: Gate

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.gate._ends.add(self.connection)
        parts = urlsplit(self.server.gate.endpoint_behind)
        self.behind = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def finish(self) -> None:
        self.server.gate._ends.discard(self.connection)
        self.behind.close()
        super().finish()

    def log_message(self, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = self.server.gate.seen(self.command, self.path)
        act = self.server.gate.act
        how = act(asked) if act else None
        if how == BEFORE:
            self.close_connection = True
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        if how == STRANGER:
            headers["Authorization"] = "Bearer over"
        self.behind.request(self.command, self.path, body=body or None, headers=headers)
        answer = self.behind.getresponse()
        data = answer.read()
        if self.server.gate.done:
            self.server.gate.done(asked)
        if how == AFTER:
            self.close_connection = True
            return
        asked.status = answer.status
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _OURS:
                self.send_header(name, value)
        size = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data))
        if answer.status != 204:
            self.send_header("Content-Length", size or "0")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve
