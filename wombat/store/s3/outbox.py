"""Puts under way: some at once, so many bytes at most, and nothing that failed is forgotten."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from wombat.errors import StoreDamaged, WombatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WIDTH: Final = 4
ROOM: Final = 64 << 20
"""Bytes; one object may be larger, and then goes alone."""


class Outbox:
    """`send` is called in threads of its own, and raises a WombatError where it fails."""

    def __init__(
        self, send: Callable[[str, bytes], None], *, width: int = WIDTH, room: int = ROOM
    ) -> None:
        self._send = send
        self._width = width
        self._room = room
        self._pool: ThreadPoolExecutor | None = None
        self._held: dict[str, bytes] = {}
        self._bytes = 0
        self._changed = threading.Condition()
        self._failed: dict[str, WombatError] = {}
        self._lost: set[str] = set()

    def add(self, key: str, data: bytes) -> None:
        """Waits for room. Raises what went wrong before, so that nobody goes on for hours."""
        with self._changed:
            if key in self._held:
                return
            self._changed.wait_for(lambda: not self._bytes or self._bytes + len(data) <= self._room)
            if key not in self._failed:
                self._raise(halting=True)
            self._held[key] = data
            self._bytes += len(data)
            pool = self._pool = self._pool or ThreadPoolExecutor(self._width, "wombat-put")
        pool.submit(self._run, key, data)

    def held(self, key: str) -> bytes | None:
        """What is under way to this key."""
        with self._changed:
            return self._held.get(key)

    def settle(self) -> None:
        """Comes back when nothing is under way; raises what failed since it was last told."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held)
            self._raise()

    def lost(self, keys: Iterable[str]) -> str | None:
        """The first of these that failed, told or not, and wasn't put again since.

        Whoever is told may have put something else: a put's failure belongs to the root that would
        name it, and to nothing after.
        """
        with self._changed:
            return next((key for key in keys if key in self._lost), None)

    def _raise(self, *, halting: bool = False) -> None:
        """One that other bytes stand in the way of is lost by itself, and halts nobody."""
        for key, fault in self._failed.items():
            if not isinstance(fault, StoreDamaged):
                for told in [k for k, f in self._failed.items() if not isinstance(f, StoreDamaged)]:
                    del self._failed[told]
                raise fault
            if not halting:
                del self._failed[key]
                raise fault

    def _run(self, key: str, data: bytes) -> None:
        fault: BaseException | None = None
        try:
            self._send(key, data)
        except BaseException as error:
            fault = error
            raise
        finally:
            self._done(key, len(data), fault)

    def _done(self, key: str, size: int, fault: BaseException | None) -> None:
        with self._changed:
            del self._held[key]
            self._bytes -= size
            if fault is None:
                self._failed.pop(key, None)
                self._lost.discard(key)
            else:
                if not isinstance(fault, WombatError):
                    fault = WombatError(f"a put broke: {fault!r}")
                self._failed[key] = fault
                self._lost.add(key)
            self._changed.notify_all()
