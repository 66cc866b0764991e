"""Digests of files that weren't written since they were last read: known by what stat(2) says."""

from __future__ import annotations

import os
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from blake3 import blake3

from wombat.digest import Digest, digest_bytes
from wombat.store.caches import cache_folder
from wombat.store.tree import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.store.tree import Found

MAGIC: Final = b"WMBTSTA1"
ROW: Final = struct.Struct("<QQQQQ32sBH")
"""Size, times of content and inode, inode, device, digest, executable, length of the path after."""
SEAL: Final = 32
RACY: Final = 2_000_000_000
"""Nanoseconds. A file that was written so shortly before it was looked at may have been written
again since, in the same tick of its file system's clock: nothing is remembered of it."""
RECORDS: Final = 1000
_LOST: Final = (OSError, ValueError, struct.error)


class Stats:
    """What is known of the files below one folder; asked and told in the order of its tree.

    Size, both times, inode and device have to be the same. A record that is damaged, or was
    written by another version, knows nothing; one that can't be written is done without. Several
    processes may work at once: the last one's record stays.
    """

    def __init__(self, top: Path) -> None:
        self._file = _place(top)
        self._rows = _read(self._file) if self._file else iter(())
        self._row: tuple[bytes, bytes] | None = None
        self._new = _Writer(self._file) if self._file else None
        self._now = time.time_ns()
        self._changed = False

    def digest(self, found: Found) -> Digest | None:
        """Of a file that is as it was when it was last read."""
        wanted = order(found.path)
        while self._row is None or self._row[0] < wanted:
            self._row = next(self._rows, None)
            if self._row is None:
                return None
        if self._row[0] != wanted:
            return None
        fields = ROW.unpack(self._row[1])
        same = fields[:5] == (found.size, *found.stamp) and fields[6] == found.executable
        if not same:
            return None
        digest = Digest(fields[5].hex())
        self._keep(found, digest)
        return digest

    def note(self, found: Found, digest: Digest) -> None:
        """A file that was read just now, and has the same stamp after that."""
        self._changed = True
        if max(found.stamp[:2]) < self._now - RACY:
            self._keep(found, digest)

    def _keep(self, found: Found, digest: Digest) -> None:
        if self._new is not None:
            path = found.path.encode()
            row = (found.size, *found.stamp, bytes.fromhex(digest), found.executable, len(path))
            self._new.add(ROW.pack(*row) + path)

    def save(self) -> None:
        """After the last file, where anything was read."""
        if self._new is not None and self._changed:
            self._new.finish()

    def close(self) -> None:
        """Leaves no trace of what was not saved."""
        if self._new is not None:
            self._new.drop()


class _Writer:
    """The next record, beside the one that is read; nothing is written before the first row."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._part = place.with_name(f"{place.name}.{os.urandom(6).hex()}")
        self._stream: BinaryIO | None = None
        self._broken = False
        self._hash = blake3(MAGIC)
        self._rows: list[bytes] = []

    def add(self, row: bytes) -> None:
        self._rows.append(row)
        if len(self._rows) >= 4096:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._rows)
        self._rows.clear()
        if self._broken:
            return
        try:
            if self._stream is None:
                self._part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._stream = self._part.open("xb")
                self._stream.write(MAGIC)
            self._stream.write(data)
            self._hash.update(data)
        except OSError:
            self._broken = True

    def finish(self) -> None:
        self._flush()
        try:
            if self._stream is not None and not self._broken:
                self._stream.write(self._hash.digest())
                self._stream.close()
                os.replace(self._part, self._place)  # noqa: PTH105 -- one system call is meant
                _prune(self._place.parent)
        except OSError:
            self._broken = True

    def drop(self) -> None:
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
            with suppress(OSError):
                self._part.unlink(missing_ok=True)


def _prune(folder: Path) -> None:
    """Keeps the records of the folders that were asked for last."""
    found = sorted((path.stat().st_mtime, path) for path in folder.iterdir())
    for _, path in found[:-RECORDS]:
        path.unlink(missing_ok=True)


def _place(top: Path) -> Path | None:
    whole = os.fsencode(os.path.abspath(top))  # noqa: PTH100 -- resolves no links
    return cache_folder("stat", digest_bytes(whole)[:32])


def _read(place: Path) -> Iterator[tuple[bytes, bytes]]:
    """The sort key and the fixed part of each row; nothing of a file with a wrong seal."""
    try:
        with place.open("rb") as stream:
            if _sealed(stream):
                yield from _rows(stream)
    except _LOST:
        return


def _sealed(stream: BinaryIO) -> bool:
    size = os.fstat(stream.fileno()).st_size - SEAL
    hasher, left = blake3(), size
    while left > 0 and (block := stream.read(min(left, 1 << 20))):
        hasher.update(block)
        left -= len(block)
    right = stream.read(SEAL) == hasher.digest()
    stream.seek(0)
    return size >= len(MAGIC) and right and stream.read(len(MAGIC)) == MAGIC


def _rows(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    left = os.fstat(stream.fileno()).st_size - len(MAGIC) - SEAL
    while left > 0:
        row = stream.read(ROW.size)
        length = int.from_bytes(row[-2:], "little")
        path = stream.read(length)
        left -= len(row) + length
        yield path.replace(b"/", b"\0"), row
