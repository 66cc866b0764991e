"""Manifests: what an artifact consists of, readable a section and a block at a time."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import Digest, canonical_json, digest_bytes
from wombat.store.packs import compress
from wombat.store.sections import ChunkRow, PackRow, write_chunk, write_file, write_packs
from wombat.store.spool import Spool
from wombat.store.tree import ContentDigest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wombat.store.chunking import Chunker
    from wombat.store.tree import File

MAGIC: Final = b"WMBTMAN1"
PREFIX: Final = struct.Struct(">8sI")
"""Magic, length of the header that follows; then the sections."""
VERSION: Final = 1
ROWS: Final = 16_384
BLOCK_LARGEST: Final = 128 << 20
HEADER_LARGEST: Final = 64 << 20
INLINE: Final = 16 << 10


@dataclass(frozen=True, slots=True)
class Block:
    """A run of rows: where (from the end of the header), how long, raw length, count, digest.

    For files also the first path, and the chunks and bytes before it.
    """

    at: int
    length: int
    raw: int
    count: int
    codec: int
    digest: str
    first: str = ""
    chunk: int = 0
    start: int = 0

    def to_json(self) -> list[Any]:
        shape = [self.at, self.length, self.raw, self.count, self.codec, self.digest]
        return [*shape, self.first, self.chunk, self.start] if self.first else shape


@dataclass(frozen=True, slots=True)
class Header:
    """The part of a manifest that its digest covers; it names every block's digest in turn."""

    type: str
    content: Digest
    files: int
    size: int
    chunks: int
    chunker: Mapping[str, Any]
    sections: Mapping[str, tuple[Block, ...]]
    salt: str = ""
    """Means nothing: gives a manifest another name where the first is about to be deleted."""

    def encode(self) -> bytes:
        blocks = {name: [b.to_json() for b in found] for name, found in self.sections.items()}
        salt = {"salt": self.salt} if self.salt else {}
        return canonical_json(
            {
                **salt,
                "v": VERSION,
                "type": self.type,
                "content": self.content,
                "files": self.files,
                "bytes": self.size,
                "chunks": self.chunks,
                "chunker": dict(self.chunker),
                "sections": blocks,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> Header:
        """Raises ValueError for anything that isn't a header of this version."""
        try:
            shape = json.loads(data)
            if shape["v"] != VERSION:
                raise ValueError(f"manifest version {shape['v']!r} is unknown")
            sections = {
                name: tuple(Block(*_block(b)) for b in blocks)
                for name, blocks in shape["sections"].items()
            }
            if set(sections) != {"P", "F", "C", "I"}:
                raise ValueError("the sections are not P, F, C and I")
            _check_rows(sections)
            counts = [shape[n] for n in ("files", "bytes", "chunks")]
            if not all(type(n) is int and n >= 0 for n in counts):
                raise ValueError("a count is no number")
            files, size, chunks = counts
            return cls(
                type=str(shape["type"]),
                content=Digest(str(shape["content"])),
                files=files,
                size=size,
                chunks=chunks,
                chunker=dict(shape["chunker"]),
                sections=sections,
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"the header lacks {error}") from error


def _block(value: Sequence[Any]) -> Sequence[Any]:
    numbers = [*value[:5], *value[7:]]
    if len(value) not in (6, 9) or not all(type(n) is int and n >= 0 for n in numbers):
        raise ValueError("a block's numbers are wrong")
    if value[2] > BLOCK_LARGEST or not all(isinstance(t, str) for t in value[5:7]):
        raise ValueError("a block is wrong")
    return value


def _check_rows(sections: Mapping[str, Sequence[Block]]) -> None:
    """Only the last block of files or chunks is shorter, so that a reader knows what it holds."""
    for name in ("F", "C"):
        *full, last = [block.count for block in sections[name]] or [ROWS]
        if any(count != ROWS for count in full) or last > ROWS:
            raise ValueError(f"a block of {name} hasn't {ROWS:,} rows")
    if len(sections["P"]) > 1 or len(sections["I"]) > 1:
        raise ValueError("there is more than one block of P or I")


@dataclass(slots=True)
class ManifestWriter:
    """Takes files in order; finished blocks wait on disk, rows only for the open block."""

    type: str
    chunker: Chunker
    files: int = 0
    size: int = 0
    chunks: int = 0
    body: Spool = field(default_factory=Spool)
    sections: dict[str, list[Block]] = field(
        default_factory=lambda: {"P": [], "F": [], "C": [], "I": []}
    )
    content: ContentDigest = field(default_factory=ContentDigest)
    _rows: list[bytes] = field(default_factory=list)
    _first: tuple[str, int, int, int] = ("", 0, 0, 0)
    _last: bytes = b""

    def add(self, file: File, chunks: int) -> None:
        """`chunks`: how many of the chunks, which are added apart, are this file's."""
        if not self._rows:
            self._first, self._last = (file.path, self.files, self.chunks, self.size), b""
        self._rows.append(write_file(file, chunks, self._last))
        self._last = file.path.encode()
        self.content.add(file)
        self.files += 1
        self.size += file.size
        self.chunks += chunks
        if self.files - self._first[1] == ROWS:
            self._close_files()

    def add_chunks(self, rows: Sequence[ChunkRow]) -> None:
        """A full block of rows; only the last may be shorter."""
        self.add_block(b"".join(write_chunk(r) for r in rows), len(rows))

    def add_block(self, rows: bytes, count: int) -> None:
        """As `add_chunks`, of rows that were written before."""
        self._block("C", rows, count)

    def content_digest(self) -> Digest:
        """Of all files that were added."""
        return self.content.finish()

    def finish(
        self, packs: Iterable[PackRow], inline: bytes = b"", *, salt: str = ""
    ) -> tuple[Header, bytes]:
        """The header and the whole manifest; again, with another salt, for the same rows.

        Packs and inline bytes come first: a reader's first request mostly brings them along.
        """
        self._close_files()
        rows = list(packs)
        front = bytearray()
        sections = {name: list(blocks) for name, blocks in self.sections.items()}
        if rows:
            sections["P"] = [_packed(front, write_packs(rows), len(rows))]
        if inline:
            sections["I"] = [_packed(front, inline, 1)]
        for name in ("F", "C"):
            sections[name] = [replace(b, at=b.at + len(front)) for b in sections[name]]
        counts = (self.files, self.size, self.chunks)
        header = Header(
            self.type,
            self.content.finish(),
            *counts,
            self.chunker.to_json(),
            {name: tuple(blocks) for name, blocks in sections.items()},
            salt,
        )
        data = header.encode()
        return header, self.body.joined(PREFIX.pack(MAGIC, len(data)) + data + front)

    def close(self) -> None:
        """Lets go of the blocks that wait on disk."""
        self.body.close()

    def _close_files(self) -> None:
        if self._rows:
            path, before, chunk, start = self._first
            extra = (path, chunk, start)
            self._block("F", b"".join(self._rows), self.files - before, extra)
            self._rows.clear()

    def _block(
        self, section: str, raw: bytes, count: int, first: tuple[str, int, int] = ("", 0, 0)
    ) -> None:
        codec, data = compress(raw)
        shape = (self.body.length, len(data), len(raw), count, codec, digest_bytes(data))
        self.sections[section].append(Block(*shape, *first))
        self.body.append(data)


def _packed(front: bytearray, raw: bytes, count: int) -> Block:
    codec, data = compress(raw)
    block = Block(len(front), len(data), len(raw), count, codec, digest_bytes(data))
    front += data
    return block
