"""Reading through: what a store lacks of trusted zones is read from the store behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final, TypeVar

from wombat.errors import Absent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.store.blobs import BlobStore, Created, Entry, Stat
    from wombat.store.space import Space

T = TypeVar("T")

_BEHIND: Final = re.compile(r"t/[^/]+/(?:p|m|moved)/")
"""What its own digest names, and where it moved to: the same bytes in whichever store they lie.
Refs, results and runs are asked for in each store by itself, so that no two histories mix."""


def near(space: Space) -> Space:
    """The store itself, without the one behind it: what lies only there isn't here."""
    if not isinstance(space.blobs, Through):
        return space
    return replace(space, blobs=space.blobs.near, upstream=None)


@dataclass(frozen=True, slots=True)
class Through:
    """Writes go to `near` alone. Reads ask `behind` only for what `near` says it hasn't: an error
    of `near` is never taken for absence."""

    near: BlobStore
    opened: Callable[[], BlobStore]
    """Opens the store behind when it is first needed; the same one each time."""

    @property
    def atomic(self) -> bool:
        return self.near.atomic

    def get(self, key: str) -> bytes:
        return self._read(key, lambda blobs: blobs.get(key))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self._read(key, lambda blobs: blobs.get_range(key, start, length))

    def stat(self, key: str) -> Stat:
        return self._read(key, lambda blobs: blobs.stat(key))

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        if not _BEHIND.match(prefix):
            return self.near.list(prefix, after=after, limit=limit)
        every = (self.near, self.opened())
        both = merge(*(one.list(prefix, after=after, limit=limit) for one in every))
        return islice((key for key, _ in groupby(both)), limit)

    def folders(self, prefix: str) -> Iterator[str]:
        return self.near.folders(prefix)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        """Of `near` alone: what is counted and collected is a store's own."""
        return self.near.entries(prefix, after=after)

    def put(self, key: str, data: bytes) -> None:
        self.near.put(key, data)

    def create(self, key: str, data: bytes) -> Created:
        return self.near.create(key, data)

    def delete(self, keys: Iterable[str]) -> None:
        self.near.delete(keys)

    def sync(self) -> None:
        self.near.sync()

    def unsent(self, keys: Iterable[str]) -> str | None:
        return self.near.unsent(keys)

    def _read(self, key: str, call: Callable[[BlobStore], T]) -> T:
        try:
            return call(self.near)
        except Absent:
            if not _BEHIND.match(key):
                raise
            return call(self.opened())
