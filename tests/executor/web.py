"""A server of data on 127.0.0.1 that answers as it is told, each way once or always."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Page:
    """What is at a path. `faults` are used up first, one a request: a status, `cut`, or `silent`;
    `only` are the methods that are known; a page with `drip` comes a byte each so many seconds."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    faults: list[Any] = field(default_factory=list)
    only: tuple[str, ...] = ("HEAD", "GET")
    chunked: bool = False
    drip: float = 0.0


@dataclass
class Site:
    """Pages by path, and what was asked for."""

    port: int
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heard: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/data.csv") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def put(self, body: bytes, path: str = "/data.csv", **words: Any) -> str:
        etag = words.pop("etag", None)
        headers = words.pop("headers", {}) | ({"ETag": etag} if etag else {})
        self.pages[path] = Page(body, headers, **words)
        return self.url(path)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    here: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever broke off knows it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        here = self.server.here
        here.asked.append(f"{self.command} {self.path}")
        here.heard.append(dict(self.headers))
        page = here.pages.get(self.path.partition("?")[0], Page(status=404))
        fault = page.faults.pop(0) if page.faults else None
        if fault == "silent":
            here.over.wait(60)
            self.close_connection = True
            return
        status = fault if isinstance(fault, int) else page.status
        self.send_response(status if self.command in page.only else 405)
        body = self._framed(page, page.body if status == 200 else b"", cut=fault == "cut")
        self.end_headers()
        if self.command == "GET":
            self._send(body, page.drip)

    do_HEAD = do_GET

    def _framed(self, page: Page, body: bytes, *, cut: bool) -> bytes:
        """Sends the headers; the bytes that follow, of which `cut` leaves out the last."""
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(body)))
        self.close_connection = self.close_connection or cut
        return body[: len(body) // 2] if cut else body

    def _send(self, body: bytes, drip: float) -> None:
        try:
            for at in range(0, len(body), 1 if drip else max(1, len(body))):
                self.wfile.write(body[at : at + 1] if drip else body)
                time.sleep(drip)
        except OSError:
            self.close_connection = True  # nobody reads on

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def site(certificate: tuple[Path, Path] | None = None) -> Iterator[Site]:
    """Serves until the block ends; by https with a certificate and its key."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.here = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.here
    finally:
        server.here.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
