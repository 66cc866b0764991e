"""What was asked of a store: calls by kind, bytes, and how many waited for one another."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.blobs import BlobStore, Created, Entry, Stat

T = TypeVar("T")
Data = TypeVar("Data", bytes, memoryview)
PAGE: Final = 1000


@dataclass(slots=True)
class Counts:
    """`calls` by kind, a listing once a page; bytes both ways. `rounds` is the longest chain of
    calls each of which began after the one before it had ended: times of a round trip to wait."""

    calls: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    received: int = 0
    rounds: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def total(self) -> int:
        return sum(self.calls.values())

    @contextmanager
    def counted(self, kind: str, sent: int = 0) -> Iterator[None]:
        """Around one call."""
        with self.lock:
            self.calls[kind] += 1
            self.sent += sent
            depth = self.rounds + 1
        try:
            yield
        finally:
            with self.lock:
                self.rounds = max(self.rounds, depth)

    def goes(self, size: int) -> None:
        """Bytes that are sent."""
        with self.lock:
            self.sent += size

    def came(self, data: Data) -> Data:
        """The same bytes, which were received."""
        with self.lock:
            self.received += len(data)
        return data

    def text(self) -> str:
        """One line for people."""
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(self.calls.items()))
        return (
            f"{self.total} requests in {self.rounds} rounds ({kinds}); "
            f"{self.sent:,} bytes sent, {self.received:,} received"
        )


class Counting(Around):
    """A put counts when it is handed over: what is sent behind it waits for nothing."""

    def __init__(self, inner: BlobStore, counts: Counts | None = None) -> None:
        super().__init__(inner)
        self.counts = counts or Counts()
        self._synced = 0

    def get(self, key: str) -> bytes:
        with self.counts.counted("get"):
            return self.counts.came(self.inner.get(key))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with self.counts.counted("get"):
            return self.counts.came(self.inner.get_range(key, start, length))

    def put(self, key: str, data: bytes) -> None:
        with self.counts.lock:
            self.counts.calls["put"] += 1
            self.counts.sent += len(data)
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> Created:
        with self.counts.counted("create", sent=len(data)):
            return self.inner.create(key, data)

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        return self._paged(self.inner.list(prefix, after=after, limit=limit))

    def folders(self, prefix: str) -> Iterator[str]:
        return self._paged(self.inner.folders(prefix))

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        return self._paged(self.inner.entries(prefix, after=after))

    def delete(self, keys: Iterable[str]) -> None:
        with self.counts.counted("delete"):
            self.inner.delete(keys)

    def stat(self, key: str) -> Stat:
        with self.counts.counted("stat"):
            return self.inner.stat(key)

    def sync(self) -> None:
        """The puts before it are one round, as they were sent side by side."""
        with self.counts.lock:
            waiting, self._synced = (
                self.counts.calls["put"] - self._synced,
                self.counts.calls["put"],
            )
            depth = self.counts.rounds + bool(waiting)
        self.inner.sync()
        with self.counts.lock:
            self.counts.rounds = max(self.counts.rounds, depth)

    def _paged(self, found: Iterator[T]) -> Iterator[T]:
        """Each page is a call of its own, for as many as are taken."""
        while True:
            with self.counts.counted("list"):
                page = list(islice(found, PAGE))
            yield from page
            if len(page) < PAGE:
                return
