"""Packs that this user began to send to a store far away: a push that was broken off goes on."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent
from wombat.store import names
from wombat.store.caches import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store.blobs import BlobStore

LONGEST: Final = 1 << 20
"""Bytes of notes; then half of them, the older, are forgotten."""


@dataclass(slots=True)
class Sent:
    """Notes of names, a line each, that say where asking first may save sending.

    Whether a pack is there, and whole, is always asked of the store. What the disk refuses is done
    without.
    """

    place: Path
    _noted: set[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def there(self, blobs: BlobStore, key: str, data: bytes) -> bool:
        """Whether the pack needn't be sent; else a note says that it is being sent now."""
        name = names.parse(key)
        if name is None or name.kind != "pack":
            return False
        if self._known(key):
            with suppress(Absent):
                return _same(blobs, key, data)
        self._note(key)
        return False

    def _known(self, key: str) -> bool:
        with self._lock:
            if self._noted is None:
                self._noted = set(self._read())
            return key in self._noted

    def _read(self) -> list[str]:
        try:
            lines = self.place.read_text(encoding="utf-8", errors="replace").split("\n")
            if self.place.stat().st_size > LONGEST:
                lines = lines[len(lines) // 2 :]
                self.place.write_text("\n".join(lines), encoding="utf-8")
        except OSError:
            return []
        return lines

    def _note(self, key: str) -> None:
        with suppress(OSError):
            self.place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.place.open("a", encoding="utf-8") as stream:
                stream.write(f"{key}\n")


def _same(blobs: BlobStore, key: str, data: bytes) -> bool:
    """By the server's checksum where that is the MD5, else by the bytes."""
    from hashlib import md5

    found = blobs.stat(key)
    if found.size != len(data):
        return False
    return found.tag == md5(data, usedforsecurity=False).hexdigest() or blobs.get(key) == data


def sent(identity: str) -> Sent | None:
    """The notes on a store, by the id in its `wombat.json`."""
    folder = cache_folder("sent") if identity.isalnum() else None
    return Sent(folder / identity[:64]) if folder else None
