"""Requests to one server over connections of `http.client` that stay open.

The SDK's own way costs more processor for an upload of 20 KB than lakeFS takes to store it. No
redirect is followed and no proxy asked, as in the SDK; so what says who asks goes to this server
alone.
"""

from __future__ import annotations

import http.client
import os
import select
import socket
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self, TypeAlias
from urllib.parse import urlsplit

from wombat import stopping
from wombat.store.lakefs.answer import Answer, Cut
from wombat.store.lakefs.faults import Fault
from wombat.store.s3.calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Body: TypeAlias = "bytes | BinaryIO | Iterable[bytes]"
_PIECE: Final = 1 << 20


class Lost(Exception):
    """No answer, or none to its end."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Wire:
    """Connections to one server, as many as are asked for at once. `headers` are of each request.

    Safe in threads, and in a child of this process.
    """

    def __init__(self, endpoint: str, headers: Mapping[str, str], *, connect: float) -> None:
        parts = urlsplit(endpoint)
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._said = {"Host": parts.netloc, **headers}
        self._connect = connect
        self._context: Any = None
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._idle: list[Connection] = []
        weakref.finalize(self, _close, self._idle)

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        patience: float,
        body: Body | None = None,
    ) -> Answer:
        """The answer, of which the head has come; it has to be read, or closed. `patience`: seconds
        without a byte. Sent once. Lost; KeyboardInterrupt where nobody waits any more."""
        if stopping.stopped():
            raise KeyboardInterrupt
        with self._taken() as one:
            one.begin(patience)
            return one.ask(method, target, {**self._said, **headers}, body)

    def _taken(self) -> Connection:
        if self._process != os.getpid():
            self._process, self._idle = os.getpid(), []
        while True:
            try:
                one = self._idle.pop()
            except IndexError:
                opened = CALLS.run(self._opened)
                return Connection(opened, self._idle, host=self._host, port=self._port)
            if not one.ended:
                return one
            one.close()

    def _opened(self) -> socket.socket:
        """Lost where nobody was reached: nothing was sent yet."""
        try:
            plain = socket.create_connection((self._host, self._port), self._connect)
        except TimeoutError:
            raise Lost(Fault(0, unsent=True, reason="it timed out")) from None
        except (OSError, UnicodeError):
            raise Lost(Fault(0, unsent=True, reason="nobody answers there")) from None
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._secured(plain) if self._tls else plain
        except BaseException:
            plain.close()
            raise

    def _secured(self, plain: socket.socket) -> socket.socket:
        import ssl

        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context()
        try:
            found: socket.socket = self._context.wrap_socket(plain, server_hostname=self._host)
        except ssl.SSLError:
            reason = "its certificate isn't trusted"
            raise Lost(Fault(0, unsent=True, reason=reason)) from None
        except TimeoutError:
            raise Lost(Fault(0, unsent=True, reason="it timed out")) from None
        except OSError:
            raise Lost(Fault(0, unsent=True, reason="nobody answers there")) from None
        return found


class Connection:
    """One connection. Whatever goes wrong within `with` closes it, and is a Lost; a Ctrl-C ends
    what waits for it. It is idle again where an answer was read to its end."""

    def __init__(
        self, opened: socket.socket, idle: list[Connection], *, host: str, port: int
    ) -> None:
        self.socket = opened
        self._http = http.client.HTTPConnection(host, port, blocksize=_PIECE)
        self._http.sock = opened
        self._http.auto_open = 0
        self._left = False
        self._idle = idle

    @property
    def ended(self) -> bool:
        """Whether the server has closed it, or said what nobody asked for."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    def begin(self, patience: float) -> None:
        self.socket.settimeout(patience)
        _BUSY.add(self)
        if stopping.stopped():
            self.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            return
        self.close()
        if kind is GeneratorExit:
            return
        if self._left:
            raise KeyboardInterrupt from None
        if issubclass(kind, TimeoutError):
            raise Lost(Fault(0, reason="it timed out")) from None
        if issubclass(kind, http.client.InvalidURL):
            return
        if issubclass(kind, (OSError, Cut, http.client.HTTPException)):
            raise Lost(Fault(0, reason="it broke off")) from None

    def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: Body | None
    ) -> Answer:
        """Sends it, and reads the head of the answer."""
        lasts = True
        try:
            self._http.request(method, target, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            lasts = False  # it may have said why before it closed
        return Answer(self, self._http.getresponse(), lasts=lasts)

    def keep(self) -> None:
        """The answer was read to its end."""
        _BUSY.discard(self)
        self._idle.append(self)

    def close(self) -> None:
        _BUSY.discard(self)
        self._http.close()
        self.socket.close()

    def leave(self) -> None:
        """Nobody waits for it any more: whoever reads from it, or writes, does so in vain. Not the
        TLS's own end of a connection, which another thread may be in the midst of."""
        self._left = True
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


_BUSY: Final[set[Connection]] = set()


def _abandon() -> None:
    for one in list(_BUSY):
        one.leave()


stopping.when_stopped(_abandon)
os.register_at_fork(after_in_child=_BUSY.clear)


def _close(idle: list[Connection]) -> None:
    while idle:
        idle.pop().close()
