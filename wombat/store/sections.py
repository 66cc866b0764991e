"""The rows of a manifest's sections, to bytes and back."""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.digest import Digest
from wombat.store.packs import FRAME_LARGEST, LARGEST
from wombat.store.records import Mismatch
from wombat.store.tree import BadPath, File, check_path
from wombat.store.zones import PATTERN as ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK: Final = struct.Struct(">32sIIQIIB")
"""Chunk hash, raw length, pack's ordinal, frame offset, frame length, offset inside, codec."""
PACK: Final = struct.Struct(">32sQQBB")
"""Digest, size, used bytes, kind (0 frames, 1 plain), length of the zone that follows."""
FRAMES: Final = 0
_BYTES: Final = tuple(bytes([n]) for n in range(128))


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack that a manifest needs; `zone` is empty for the manifest's own; sizes in bytes."""

    digest: Digest
    size: int
    used: int
    zone: str = ""
    kind: int = FRAMES


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One chunk of a file, and where it lies."""

    hash: bytes
    raw: int
    pack: int
    offset: int
    length: int
    inside: int
    codec: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, the number of its first chunk, how many it has, and the bytes before it."""

    file: File
    chunk: int
    chunks: int
    start: int


def write_packs(rows: Iterable[PackRow]) -> bytes:
    out = bytearray()
    for row in rows:
        zone = row.zone.encode()
        out += PACK.pack(bytes.fromhex(row.digest), row.size, row.used, row.kind, len(zone)) + zone
    return bytes(out)


def read_packs(data: bytes, count: int) -> list[PackRow]:
    rows, at = [], 0
    try:
        for _ in range(count):
            digest, size, used, kind, length = PACK.unpack_from(data, at)
            at += PACK.size
            zone = data[at : at + length].decode()
            at += length
            row = PackRow(Digest(digest.hex()), size, used, zone, kind)
            if kind != FRAMES:
                raise Mismatch(f"pack kind {kind} is unknown to this version")
            if zone and not re.fullmatch(ZONE, zone):
                raise Mismatch("a pack's zone is no zone")
            rows.append(row)
    except (struct.error, UnicodeDecodeError) as error:
        raise Mismatch(f"the list of packs is cut: {error}") from error
    if at != len(data):
        raise Mismatch("the list of packs is too long")
    return rows


def write_chunk(row: ChunkRow) -> bytes:
    return CHUNK.pack(row.hash, row.raw, row.pack, row.offset, row.length, row.inside, row.codec)


def read_chunks(data: bytes, count: int) -> list[ChunkRow]:
    if len(data) != count * CHUNK.size:
        raise Mismatch("the list of chunks has another length")
    rows = [ChunkRow(*fields) for fields in CHUNK.iter_unpack(data)]
    if any(r.length > LARGEST or r.inside + r.raw > FRAME_LARGEST for r in rows):
        raise Mismatch("a chunk is larger than it may be")
    return rows


def write_file(file: File, chunks: int, before: bytes) -> bytes:
    """Front-coded: only what differs from the path before."""
    path = file.path.encode()
    # Bytes are meant, not steps of a path: the fastest way to count those that are the same.
    shared = len(os.path.commonprefix((before, path)))  # noqa: RUF071
    more = path[shared:]
    head = _varint(shared) + _varint(len(more)) + more + (b"\1" if file.executable else b"\0")
    return head + _varint(file.size) + bytes.fromhex(file.digest) + _varint(chunks)


def read_files(data: bytes, count: int, chunk: int, start: int) -> Iterator[FileRow]:
    """`chunk` and `start` are the chunks and bytes before the block's first file."""
    path, at = b"", 0
    try:
        for _ in range(count):
            shared, more = data[at], data[at + 1]
            if shared < 128 and more < 128:
                at += 2
            else:
                shared, at = _read_varint(data, at)
                more, at = _read_varint(data, at)
            if shared > len(path) or at + more > len(data):
                raise Mismatch("a path is cut")
            path = path[:shared] + data[at : at + more]
            flags = data[at + more]
            size, at = _read_varint(data, at + more + 1)
            digest = data[at : at + 32]
            at += 32
            chunks = data[at]
            if chunks < 128:
                at += 1
            else:
                chunks, at = _read_varint(data, at)
            if flags > 1:
                raise Mismatch("a file's flags are unknown to this version")
            file = File(check_path(path.decode()), bool(flags), size, Digest(digest.hex()))
            yield FileRow(file, chunk, chunks, start)
            chunk, start = chunk + chunks, start + size
    except (IndexError, UnicodeDecodeError, BadPath) as error:
        raise Mismatch(f"the file table is wrong: {error}") from error
    if at != len(data):
        raise Mismatch("the file table is too long")


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follows."""
    if value < 128:
        return _BYTES[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise Mismatch("a number is too long")
