"""A store in this process's memory, for tests and trials: `memory:name`."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent
from wombat.store.blobs import BlobStore, Created, Entry, Opener, Spoiled, Stat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(slots=True)
class MemoryBlobs:
    """Without `atomic` its create overwrites, as servers without conditional writes do."""

    atomic: bool = True
    clock: Callable[[], float] = time.time
    objects: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, key: str) -> bytes:
        with self.lock:
            if key not in self.objects:
                raise Absent(f"{key} is not in the store")
            return self.objects[key][0]

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.get(key)[start : start + length]

    def put(self, key: str, data: bytes) -> None:
        with self.lock:
            if self.objects.setdefault(key, (bytes(data), self.clock()))[0] != data:
                raise Spoiled(key)

    def create(self, key: str, data: bytes) -> Created:
        with self.lock:
            if self.atomic and key in self.objects:
                return Created.EXISTS
            self.objects[key] = (bytes(data), self.clock())
            return Created.LANDED

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        with self.lock:
            keys = sorted(self.objects)
        start = max(bisect_left(keys, prefix), bisect_right(keys, after))
        for count, key in enumerate(keys[start:]):
            if not key.startswith(prefix) or count == limit:
                return
            yield key

    def folders(self, prefix: str) -> Iterator[str]:
        below = (key[len(prefix) :] for key in self.list(prefix))
        return iter(dict.fromkeys(rest.split("/")[0] for rest in below if "/" in rest))

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        for key in self.list(prefix, after=after):
            with suppress(Absent):
                found = self.stat(key)
                yield Entry(key, found.size, found.time)

    def delete(self, keys: Iterable[str]) -> None:
        with self.lock:
            for key in keys:
                self.objects.pop(key, None)

    def stat(self, key: str) -> Stat:
        with self.lock:
            data = self.get(key)
            return Stat(len(data), self.objects[key][1])

    def sync(self) -> None:
        """Nothing to do: what is here is as durable as it gets."""

    def unsent(self, keys: Iterable[str]) -> str | None:  # noqa: ARG002 -- the seam's signature
        """A put fails where it is called, and nowhere else."""
        return None


_named: dict[str, MemoryBlobs] = {}


def _open(address: str) -> BlobStore:
    """The same name is the same store, as long as the process lives."""
    return _named.setdefault(address, MemoryBlobs())


BLOBS: Final[Opener] = _open
