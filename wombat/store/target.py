"""What is probed: a store's server, each answer its own; and what was found of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from wombat.errors import StoreDamaged, StoreDenied
from wombat.store.blobs import Created

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.blobs import BlobStore

State = Literal["good", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was tried. `wrong`: nobody may rely on such a store."""

    name: str
    state: State
    said: str


class Target(Protocol):
    """What is tried, without retries: each answer is the server's own."""

    def create(self, key: str, data: bytes) -> str:
        """`landed`, or else what the server answers, as `412`."""

    def put(self, key: str, data: bytes) -> None:
        """As it comes, over what may stand there."""

    def get(self, key: str) -> bytes:
        """All bytes; Absent."""

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start`."""

    def list(self, prefix: str) -> list[str]:
        """All keys, read in pages of a few where the server has pages."""

    def delete(self, keys: Iterable[str]) -> None:
        """StoreDenied where these credentials may not."""

    def written(self, key: str) -> float:
        """When it was written, by the server: seconds since 1970."""

    def now(self) -> float:
        """The server's clock."""

    def replace(self, key: str, data: bytes) -> None:
        """Overwrites at once; for `wombat.json` and its administrator alone."""

    def extras(self, prefix: str) -> Iterator[Fact]:
        """What only servers of this kind have."""


class BlobTarget:
    """A blob store as it is: folders, and memory."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def create(self, key: str, data: bytes) -> str:
        landed = self._blobs.create(key, data) is Created.LANDED
        return "landed" if landed else "exists"

    def put(self, key: str, data: bytes) -> None:
        try:
            self._blobs.put(key, data)
            self._blobs.sync()
        except StoreDamaged as error:
            raise StoreDenied("it refuses to overwrite") from error

    def get(self, key: str) -> bytes:
        return self._blobs.get(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self._blobs.get_range(key, start, length)

    def list(self, prefix: str) -> list[str]:
        return [*self._blobs.list(prefix)]

    def delete(self, keys: Iterable[str]) -> None:
        self._blobs.delete(keys)

    def written(self, key: str) -> float:
        return self._blobs.stat(key).time

    def now(self) -> float:
        return time.time()

    def replace(self, key: str, data: bytes) -> None:
        self._blobs.delete([key])
        self._blobs.create(key, data)

    def extras(self, prefix: str) -> Iterator[Fact]:
        del prefix
        said = "creates a name only if it is free" if self._blobs.atomic else "has no hard links"
        yield Fact("the file system", "good" if self._blobs.atomic else "note", said)
