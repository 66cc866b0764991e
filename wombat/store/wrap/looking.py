"""Where a server can't tell who came first: look before a put, so that nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.errors import Absent
from wombat.store.blobs import Spoiled
from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from wombat.store.blobs import BlobStore


class Looking(Around):
    """Some servers show nothing, or half of it, while an object is overwritten: even with the same
    bytes. What comes between the look and the put is of the same bytes, as its name says."""

    def __init__(self, inner: BlobStore) -> None:
        super().__init__(inner)

    @property
    def atomic(self) -> bool:
        return False

    def put(self, key: str, data: bytes) -> None:
        try:
            there = self.inner.stat(key).size == len(data) and self.inner.get(key) == data
        except Absent:
            self.inner.put(key, data)
            return
        if not there:
            raise Spoiled(key)
