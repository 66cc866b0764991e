"""The double as a server of HTTP, with what a test may do to it."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from tests.lakefs.double import objects
from tests.lakefs.double.answers import Answer, Trouble, said
from tests.lakefs.double.checking import check
from tests.lakefs.double.routes import OPEN, route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lakefs.double.state import Entry, Repository

API: Final = "/api/v1"
PAST: Final = "/past/"
"""Where what goes past lakeFS is put and got, by addresses that are good for anybody."""
SMALL: Final = 1 << 20
"""A greater body is a file."""
PIECE: Final = 1 << 18


class Drop(Enum):
    """The connection ends without an answer."""

    BEFORE = "before the request took effect"
    AFTER = "after it took effect"


@dataclass
class Request:
    """`kind` is the operation's name in lakeFS's OpenAPI, such as `uploadObject`; `number` counts
    the requests of a double from 1."""

    double: Double = field(repr=False)
    number: int
    kind: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    places: tuple[str, ...]
    body: bytes | Path = field(repr=False)
    target: str = field(default="", repr=False)
    status: int = 0
    """Of its answer; 0 while there is none."""

    @property
    def json(self) -> Any:
        return json.loads(self.body) if isinstance(self.body, bytes) and self.body else {}


Interference = Drop | Answer | None


class Double:
    """A server on 127.0.0.1 in this process. What a test may set:

    `act`: called with each request before it counts, by the thread that answers it; what it
    returns is done instead (an Answer), or to the connection (a Drop). `presigns`: whether it
    gives addresses past itself. `keys` and `tokens`: who is let in.
    """

    def __init__(self, key: str = "AKIADOUBLE", secret: str = "double-secret") -> None:
        self.key, self.secret = key, secret
        self.keys = {(key, secret)}
        self.tokens: set[str] = set()
        self.born = int(time.time())
        self.repositories: dict[str, Repository] = {}
        self.presigns = False
        self.past: dict[str, bytes | Path] = {}
        self.act: Callable[[Request], Interference] | None = None
        self.log: list[Request] = []
        self.lock = threading.RLock()
        self._doors: dict[str, str] = {}
        self._refusals: list[tuple[str, Answer]] = []
        self._connections: set[socket.socket] = set()
        self._folder = tempfile.TemporaryDirectory(prefix="lake-double-")
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.double = self
        serve = {"poll_interval": 0.02}
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs=serve, daemon=True
        )
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._folder.cleanup()

    def count(self, *kinds: str) -> int:
        """How many requests there were, of these operations, or of all."""
        return sum(not kinds or request.kind in kinds for request in list(self.log))

    def counts(self) -> Counter[str]:
        return Counter(request.kind for request in list(self.log))

    def refuse_next(self, kind: str, status: int = 412, message: str = "refused") -> None:
        """Answers the next request of an operation so, once, and changes nothing."""
        self._refusals.append((kind, Trouble(status, message).answer))

    def drop_at(self, number: int, how: Drop) -> None:
        """Ends the connection at the request that comes as the `number`th from now on."""
        start = len(self.log)
        self.act = lambda request: how if request.number - start == number else None

    def forget(self) -> None:
        """No key and no token is good any more."""
        self.keys.clear()
        self.tokens.clear()

    def token(self) -> str:
        made = secrets.token_urlsafe(32)
        self.tokens.add(made)
        return made

    def put_past(self, address: str) -> str:
        return self._door(address)

    def get_past(self, entry: Entry) -> str:
        self.past[entry.address] = entry.body
        return self._door(entry.address)

    def _door(self, address: str) -> str:
        name = secrets.token_urlsafe(16)
        self._doors[name] = address
        return f"{self.endpoint}{PAST}{name}?signature=good-for-anybody"

    def room(self) -> Path:
        """For a body that is too great for memory."""
        return Path(self._folder.name) / secrets.token_hex(8)

    def numbered(self, request: Request) -> Interference:
        with self.lock:
            self.log.append(request)
            request.number = len(self.log)
        return self.act(request) if self.act else None

    def answer(self, request: Request, handler: Callable[..., Answer] | None) -> Answer:
        with self.lock:
            try:
                return self._refused(request) or self._answer(request, handler)
            except Trouble as trouble:
                return Answer(trouble.status) if request.method == "HEAD" else trouble.answer

    def _refused(self, request: Request) -> Answer | None:
        for waiting in self._refusals:
            if waiting[0] == request.kind:
                self._refusals.remove(waiting)
                return waiting[1]
        return None

    def _answer(self, request: Request, handler: Callable[..., Answer] | None) -> Answer:
        if request.path.startswith(PAST):
            return self._through(request)
        if handler is None:
            raise Trouble(404, "invalid API endpoint")
        check(request)
        if request.kind not in OPEN and not self._known(request.headers.get("Authorization") or ""):
            raise Trouble(401, "error authenticating request")
        if not request.places:
            return handler(request)
        repository = self.repositories.get(request.places[0])
        if repository is None and request.kind == "deleteObjects":
            return said(200, {"errors": []})
        if repository is None:
            raise Trouble(404, "repository not found")
        return handler(repository, request, *request.places[1:])

    def _through(self, request: Request) -> Answer:
        address = self._doors.get(request.path.removeprefix(PAST))
        if address is None or request.headers.get("Authorization"):
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        if request.method == "PUT":
            self.past[address] = request.body
            return Answer(200, headers={"ETag": f'"{objects.measured(request.body)[0]}"'})
        return objects.ranged(request, self.past[address])

    def _known(self, said: str) -> bool:
        kind, _, value = said.partition(" ")
        if kind == "Bearer":
            return value in self.tokens
        try:
            key, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return False
        return kind == "Basic" and (key, secret) in self.keys


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    double: Double

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""
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
        self.server.double._connections.add(self.connection)

    def finish(self) -> None:
        self.server.double._connections.discard(self.connection)
        super().finish()

    def log_message(self, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        double, parts = self.server.double, urlsplit(self.path)
        path = parts.path.removeprefix(API) if parts.path.startswith(API) else parts.path
        kind, handler, places = route(self.command, path)
        request = Request(
            double,
            0,
            kind,
            self.command,
            path,
            parse_qs(parts.query, keep_blank_values=True),
            self.headers,  # type: ignore[arg-type]
            tuple(map(unquote, places)),
            self._body(),
            self.path,
        )
        outcome = double.numbered(request)
        if outcome is Drop.BEFORE:
            return self._cut()
        answer = outcome if isinstance(outcome, Answer) else double.answer(request, handler)
        request.status = answer.status
        if outcome is Drop.AFTER:
            return self._cut()
        self._send(answer)
        return None

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes | Path:
        length = int(self.headers.get("Content-Length") or 0)
        if length <= SMALL:
            body = self.rfile.read(length)
            if len(body) < length:
                raise ConnectionError("the client went away")
            return body
        place = self.server.double.room()
        with place.open("wb") as file:
            while length:
                piece = self.rfile.read(min(PIECE, length))
                if not piece:
                    raise ConnectionError("the client went away")
                file.write(piece)
                length -= len(piece)
        return place

    def _send(self, answer: Answer) -> None:
        body = answer.body
        end = answer.end
        if end is None:
            end = len(body) if isinstance(body, bytes) else body.stat().st_size
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers and answer.status != 204:
            self.send_header("Content-Length", str(end - answer.start))
        self.end_headers()
        if self.command != "HEAD":
            self._write(body, answer.start, end)
        self.wfile.flush()

    def _write(self, body: bytes | Path, start: int, end: int) -> None:
        if isinstance(body, bytes):
            self.wfile.write(body[start:end])
            return
        with body.open("rb") as file:
            file.seek(start)
            while start < end:
                piece = file.read(min(PIECE, end - start))
                self.wfile.write(piece)
                start += len(piece)
