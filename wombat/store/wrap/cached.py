"""A store far away, with the packs that were read of it kept here: they never change."""

from __future__ import annotations

import os
import re
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from wombat.store import names
from wombat.store.caches import cache_folder
from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store.blobs import BlobStore

SIZE: Final = 10 << 30
"""Bytes that a store's cache may have, unless WOMBAT_CACHE_SIZE says otherwise."""
_SEAL: Final = 32
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(slots=True)
class Shelves:
    """Files below one folder, each sealed with its name; the longest unused go first.

    Safe for several processes. Whatever the disk refuses is done without: nothing is ever raised,
    and what is damaged was never there.
    """

    folder: Path
    size: int
    _used: int | None = None
    _off: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        body, seal = data[:-_SEAL], data[-_SEAL:]
        if _sealed(name, body) != seal:
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        return body

    def put(self, name: str, data: bytes) -> None:
        if self._off or len(data) > self.size // 4:
            return
        path = self._path(name)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("xb") as stream:
                stream.write(data)
                stream.write(_sealed(name, data))
            part.replace(path)
            self._count(len(data) + _SEAL)
        except OSError:
            self._off = True
            with suppress(OSError):
                part.unlink()

    def _path(self, name: str) -> Path:
        digest = blake3(name.encode()).hexdigest()
        return self.folder / digest[:2] / digest[2:]

    def _count(self, more: int) -> None:
        with self._lock:
            if self._used is None:
                self._used = sum(size for _, size, _ in self._all())
            else:
                self._used += more
            if self._used > self.size:
                self._make_room()

    def _make_room(self) -> None:
        """Down to nine tenths, so that it isn't asked for at every file."""
        found = sorted(self._all())
        used = sum(size for _, size, _ in found)
        for _, size, path in found:
            if used <= self.size * 9 // 10:
                break
            with suppress(OSError):
                path.unlink()
                used -= size
        self._used = used

    def _all(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found


def _sealed(name: str, data: bytes) -> bytes:
    hasher = blake3(name.encode() + b"\0")
    hasher.update(data)
    return hasher.digest()


class Cached(Around):
    """Whole packs come from the shelves if they are there, whatever the store says by then.

    For pulls alone: who verifies a store or cleans it up has to ask the store itself.
    """

    def __init__(self, inner: BlobStore, shelves: Shelves) -> None:
        super().__init__(inner)
        self._shelves = shelves

    def get(self, key: str) -> bytes:
        name = names.parse(key)
        if name is None or name.kind != "pack":
            return super().get(key)
        data = self._shelves.get(key)
        if data is None:
            data = super().get(key)
            if blake3(data).hexdigest() == name["digest"]:
                self._shelves.put(key, data)
        return data


def cached(blobs: BlobStore, identity: str) -> BlobStore:
    """The store with the user's cache of it before it; without one where there is no place."""
    folder = (
        cache_folder("store", identity) if re.fullmatch("[A-Za-z0-9_-]{1,64}", identity) else None
    )
    size = _size(os.environ.get("WOMBAT_CACHE_SIZE", ""))
    return Cached(blobs, Shelves(folder, size)) if folder and size else blobs


def _size(text: str) -> int:
    """Bytes; units as in 500M or 10G. What can't be read is the usual size."""
    match = re.fullmatch(r"(\d+)([KMGT]?)(?:i?B)?", text.strip())
    return int(match[1]) * _UNITS[match[2]] if match else SIZE
