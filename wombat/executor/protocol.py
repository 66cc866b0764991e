"""JSON lines over a socket: how a parent and its worker talk, apart from the task's own output."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from wombat.executor.waiting import ready

if TYPE_CHECKING:
    import socket

BLOCK: Final = 1 << 16
LONGEST: Final = 1 << 28
CLOSED: Final = 113
"""How a worker ends whose connection its task closed."""


class TimedOut(Exception):  # it is no error of the channel
    """No message came in time."""


class Garbled(Exception):
    """Something came that is no message."""


class Channel:
    """One end of a connection. Not safe for threads; one message is one line of ASCII JSON."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._rest = bytearray()

    def send(self, message: dict[str, Any]) -> bool:
        """False where the other end is gone."""
        line = json.dumps(message, ensure_ascii=True, separators=(",", ":")) + "\n"
        try:
            self.connection.sendall(line.encode("ascii"))
        except OSError:
            return False
        return True

    def receive(
        self, timeout: float | None = None, watch: int | None = None
    ) -> dict[str, Any] | None:
        """The next message; None where the other end is gone or the descriptor `watch` is ready.

        Raises TimedOut after `timeout` seconds, Garbled for anything but a message. What the other
        end said before it went is read.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > LONGEST:
                raise Garbled
            if not self._fill(deadline, watch):
                return None
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return _message(line)

    def _fill(self, deadline: float | None, watch: int | None) -> bool:
        """Reads a block. A child that outlives the worker may hold its end: hence `watch`."""
        waited = [self.connection.fileno()] + ([] if watch is None else [watch])
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimedOut
        found = ready(waited, left)
        if not found:
            raise TimedOut
        if waited[0] not in found:
            return False
        try:
            block = self.connection.recv(BLOCK)
        except ConnectionResetError:
            return False
        self._rest += block
        return bool(block)

    def close(self) -> None:
        self.connection.close()


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise Garbled from None
    if not isinstance(message, dict):
        raise Garbled
    return message
