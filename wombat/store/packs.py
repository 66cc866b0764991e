"""Packs: frames of compressed chunks, then a table of them, then a trailer."""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import zstandard

from wombat.digest import Digest, digest_bytes
from wombat.store.records import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAGIC: Final = b"WMBTPCK1"
TARGET: Final = 16 << 20
LARGEST: Final = 32 << 20
FRAME: Final = 128 << 10
FRAME_LARGEST: Final = 16 << 20
RAW: Final = 0
ZSTD: Final = 1
LEVEL: Final = 1

ROW: Final = struct.Struct(">32sIIIIB")
"""Chunk hash, raw length, frame offset, frame length, offset inside the raw frame, codec."""
TRAILER: Final = struct.Struct(">QII32s8s")
"""Table offset, table length, key id (0: none), BLAKE3 of the table, magic."""


@dataclass(slots=True)
class Location:
    """Where a chunk is; the frame's numbers are filled in when the frame is closed."""

    pack: int
    raw: int
    inside: int
    offset: int = -1
    length: int = 0
    codec: int = RAW


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a pack's table."""

    chunk: bytes
    raw: int
    offset: int
    length: int
    inside: int
    codec: int


class _Zstd(threading.local):
    """One thread's own: they hold memory that is dear to get anew for each frame."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _Zstd()


def compress(data: bytes | memoryview) -> tuple[int, bytes]:
    """Codec and bytes; raw where zstd gains nothing."""
    small = _zstd.compressor.compress(data)
    return (ZSTD, small) if len(small) < len(data) else (RAW, bytes(data))


def decompress(codec: int, data: bytes | memoryview, largest: int) -> bytes:
    """Raises Mismatch for other codecs, damage, and what would grow beyond `largest` bytes."""
    if codec == RAW:
        return bytes(data)
    if codec != ZSTD:
        raise Mismatch(f"codec {codec} is unknown")
    try:
        size = zstandard.get_frame_parameters(data).content_size
        if size > largest:
            raise Mismatch("a frame is larger than it may be")
        return _zstd.decompressor.decompress(data, max_output_size=size)
    except zstandard.ZstdError as error:
        raise Mismatch(f"zstd: {error}") from error


@dataclass(slots=True)
class PackWriter:
    """Fills packs with new chunks and hands each finished one to `put`, with its ordinal.

    At most one pack is in memory. `begin` gives the ordinal of the next pack.
    """

    begin: Callable[[], int]
    put: Callable[[int, Digest, bytes], None]
    target: int = TARGET
    frame_target: int = FRAME
    ordinal: int = -1
    body: bytearray = field(default_factory=bytearray)
    table: list[tuple[bytes, Location]] = field(default_factory=list)
    frame: bytearray = field(default_factory=bytearray)
    waiting: list[Location] = field(default_factory=list)

    def add(self, chunk: bytes, data: bytes | memoryview) -> Location:
        """Small neighbours share a frame, for the sake of compression."""
        if self.frame and len(self.frame) + len(data) > self.frame_target:
            self.close_frame()
        if self.ordinal < 0:
            self.ordinal = self.begin()
        location = Location(self.ordinal, len(data), len(self.frame))
        self.frame += data
        self.waiting.append(location)
        self.table.append((chunk, location))
        return location

    def close_frame(self) -> None:
        if not self.waiting:
            return
        codec, data = compress(bytes(self.frame))
        for location in self.waiting:
            location.offset, location.length = len(self.body), len(data)
            location.codec = codec
        self.body += data
        self.frame.clear()
        self.waiting.clear()
        if len(self.body) >= self.target:
            self._close_pack()

    def close(self) -> None:
        self.close_frame()
        if self.table:
            self._close_pack()

    def _close_pack(self) -> None:
        data = assemble(bytes(self.body), self.table)
        self.put(self.ordinal, digest_bytes(data), data)
        self.ordinal = -1
        self.body.clear()
        self.table.clear()


def assemble(body: bytes, table: list[tuple[bytes, Location]]) -> bytes:
    rows = b"".join(ROW.pack(c, x.raw, x.offset, x.length, x.inside, x.codec) for c, x in table)
    return closed([body], len(body), rows)


def closed(parts: Iterable[bytes], size: int, table: bytes) -> bytes:
    """The pack of these frames, of together `size` bytes, and of this table."""
    trailer = TRAILER.pack(size, len(table), 0, bytes.fromhex(digest_bytes(table)), MAGIC)
    return b"".join((*parts, table, trailer))


def salted(data: bytes) -> bytes:
    """The same pack with 16 random bytes between frames and table, and so another name."""
    import secrets

    start, length, key, digest, magic = TRAILER.unpack(data[-TRAILER.size :])
    trailer = TRAILER.pack(start + 16, length, key, digest, magic)
    rows = data[start : start + length]
    return data[:start] + secrets.token_bytes(16) + rows + trailer


def read_table(data: bytes) -> list[Row]:
    """The table of a whole pack; raises Mismatch."""
    start, length, digest = open_trailer(data[-TRAILER.size :], len(data))
    return rows_of(data[start : start + length], digest)


def open_trailer(trailer: bytes, size: int) -> tuple[int, int, bytes]:
    """Where the table of a pack of `size` bytes is, its length and digest; raises Mismatch."""
    if len(trailer) < TRAILER.size:
        raise Mismatch("the pack is too short")
    start, length, key, digest, magic = TRAILER.unpack(trailer)
    if magic != MAGIC or start + length + TRAILER.size != size:
        raise Mismatch("the pack's trailer is wrong")
    if key:
        raise Mismatch("the pack is encrypted; this version can't read that")
    return start, length, digest


def rows_of(table: bytes, digest: bytes) -> list[Row]:
    """Raises Mismatch for a table of another digest."""
    if bytes.fromhex(digest_bytes(table)) != digest or len(table) % ROW.size:
        raise Mismatch("the pack's table is wrong")
    return [Row(*row) for row in ROW.iter_unpack(table)]
