"""A blob store with the rights of a role: which prefixes it may not read or write. It remembers
every key and prefix that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.errors import StoreDenied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.store import BlobStore, Created
    from wombat.store.blobs import Entry, Stat


@dataclass
class Denying:
    inner: BlobStore
    read: tuple[str, ...] = ()
    """Below these nothing may be read or listed."""
    write: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    wrote: list[str] = field(default_factory=list)

    @property
    def atomic(self) -> bool:
        return self.inner.atomic

    def get(self, key: str) -> bytes:
        return self._reads(key, self.inner.get)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self._reads(key, lambda one: self.inner.get_range(one, start, length))

    def stat(self, key: str) -> Stat:
        return self._reads(key, self.inner.stat)

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        return self._reads(prefix, lambda one: self.inner.list(one, after=after, limit=limit))

    def folders(self, prefix: str) -> Iterator[str]:
        return self._reads(prefix, self.inner.folders)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        return self._reads(prefix, lambda one: self.inner.entries(one, after=after))

    def put(self, key: str, data: bytes) -> None:
        self._writes(key)
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> Created:
        self._writes(key)
        return self.inner.create(key, data)

    def delete(self, keys: Iterable[str]) -> None:
        raise StoreDenied(f"may not delete {sorted(keys)}")

    def sync(self) -> None:
        self.inner.sync()

    def unsent(self, keys: Iterable[str]) -> str | None:
        return self.inner.unsent(keys)

    def _reads(self, key: str, call: Callable[[str], Any]) -> Any:
        self.asked.append(key)
        if any(key.startswith(one) or one.startswith(key) for one in self.read):
            raise StoreDenied(f"may not read {key}")
        return call(key)

    def _writes(self, key: str) -> None:
        self.wrote.append(key)
        if any(key.startswith(one) for one in self.write):
            raise StoreDenied(f"may not write {key}")
