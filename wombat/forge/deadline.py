"""Answers that come within a time as a whole, however slowly each of their bytes drips."""

from __future__ import annotations

import http.client
import io
import time
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    import ssl


class _Until(io.RawIOBase):
    """What a socket receives until a moment: its own timeout begins anew with every byte."""

    def __init__(self, sock: socket.socket, seconds: float | None) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer comes too slowly")
            self._sock.settimeout(left)
        return self._raw.readinto(into)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """One whose status, headers and body share the connection's timeout, from the request on."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Until(sock, sock.gettimeout()))


class _Plain(http.client.HTTPConnection):
    response_class = _Answer


class _Encrypted(http.client.HTTPSConnection):
    response_class = _Answer


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, req)


class _EncryptedHandler(urllib.request.HTTPSHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._checked = context

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Encrypted, req, context=self._checked)


def http_handler() -> urllib.request.HTTPHandler:
    """For an opener of urllib."""
    return _PlainHandler()


def https_handler(context: ssl.SSLContext) -> urllib.request.HTTPSHandler:
    """For an opener of urllib; `context` says which certificates are believed."""
    return _EncryptedHandler(context)
