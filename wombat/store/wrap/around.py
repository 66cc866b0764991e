"""A blob store that hands everything on; others change what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.blobs import BlobStore, Created, Entry, Stat


class Around:
    """As the store inside, in every way."""

    def __init__(self, inner: BlobStore) -> None:
        self.inner = inner

    @property
    def atomic(self) -> bool:
        return self.inner.atomic

    def get(self, key: str) -> bytes:
        return self.inner.get(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.inner.get_range(key, start, length)

    def put(self, key: str, data: bytes) -> None:
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> Created:
        return self.inner.create(key, data)

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        return self.inner.list(prefix, after=after, limit=limit)

    def folders(self, prefix: str) -> Iterator[str]:
        return self.inner.folders(prefix)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        return self.inner.entries(prefix, after=after)

    def delete(self, keys: Iterable[str]) -> None:
        self.inner.delete(keys)

    def stat(self, key: str) -> Stat:
        return self.inner.stat(key)

    def sync(self) -> None:
        self.inner.sync()

    def unsent(self, keys: Iterable[str]) -> str | None:
        return self.inner.unsent(keys)
