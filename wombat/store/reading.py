"""Reads one manifest: only the header at first, then the blocks that are asked for."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from wombat.digest import Digest, digest_bytes, is_digest
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.manifests import HEADER_LARGEST, MAGIC, PREFIX, Block, Header
from wombat.store.packs import decompress
from wombat.store.records import Artifact, Mismatch
from wombat.store.sections import ChunkRow, FileRow, PackRow, read_chunks, read_files, read_packs
from wombat.store.space import GONE, Space, lost, read_checked, report_damage
from wombat.store.tree import ContentDigest, order
from wombat.store.zones import relied_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.store.tree import File

FIRST: Final = 128 << 10
"""Bytes that the first request brings: with most artifacts the list of packs, too."""
WHOLE: Final = 16 << 20
KEPT: Final = 4
Data: TypeAlias = bytes
"""Inside of Manifest, `bytes` is a number."""


@dataclass(slots=True)
class Manifest:
    """An artifact's header, and its files and chunks block by block; every byte is verified."""

    space: Space
    key: str
    zone: str
    artifact: Artifact
    header: Header
    base: int
    """Where the sections begin in the object."""
    head: Data
    """The object's beginning, as far as the first request brought it."""
    _kept: dict[int, Data] = field(default_factory=dict)
    _decoded: tuple[int, list[ChunkRow]] = (-1, [])
    _proved: bool = False

    @property
    def type(self) -> str:
        return self.header.type

    @property
    def files(self) -> int:
        return self.header.files

    @property
    def bytes(self) -> int:
        return self.header.size

    @property
    def inline(self) -> bool:
        return bool(self.header.sections["I"])

    def packs(self) -> list[PackRow]:
        """Zones are filled in; `used` is in bytes of the pack. StoreDamaged for a zone on which
        this one may not rely: its packs are never asked for."""
        rows = []
        for block in self.header.sections["P"]:
            rows += read_packs(self.block(block), block.count)
        if any(row.zone and row.zone not in relied_on(self.zone) for row in rows):
            raise forged(self, "it points to packs of a zone on which its own may not rely")
        return [PackRow(r.digest, r.size, r.used, r.zone or self.zone, r.kind) for r in rows]

    def rows(self) -> Iterator[FileRow]:
        """In component-wise order. Raises StoreDamaged."""
        for block in self.header.sections["F"]:
            yield from self._files(block)

    def __iter__(self) -> Iterator[File]:
        return (row.file for row in self.rows())

    def find(self, path: str) -> FileRow:
        """Reads one block; raises Absent."""
        blocks = self.header.sections["F"]
        at = bisect_right(blocks, order(path), key=lambda b: order(b.first)) - 1
        if at >= 0:
            for row in self._files(blocks[at]):
                if row.file.path == path:
                    return row
        raise Absent(f"the artifact has no file '{path}'")

    def chunks(self, row: FileRow) -> Iterator[ChunkRow]:
        """The chunks of one file, in order."""
        yield from self.chunk_rows(row.chunk, row.chunks)

    def chunk_rows(self, start: int, count: int) -> Iterator[ChunkRow]:
        before = 0
        for block in self.header.sections["C"]:
            low, high = max(start - before, 0), min(start + count - before, block.count)
            if low < high:
                yield from self._chunks_of(block)[low:high]
            before += block.count

    def chunk_block(self, block: Block) -> list[ChunkRow]:
        """The rows of one block of chunks."""
        return self._chunks_of(block)

    def prefetch(self) -> None:
        """Brings all of it at once, where it isn't large: whoever reads all needs one request."""
        end = self.base + max((b.at + b.length for b in self._blocks()), default=0)
        if len(self.head) < end <= WHOLE:
            rest = self.space.blobs.get_range(self.key, len(self.head), end - len(self.head))
            self.head += rest

    def prove(self) -> None:
        """Hashes the file table against the content digest; raises StoreDamaged.

        For a manifest that no sealed record named: anybody who may write can have made it.
        """
        if self._proved:
            return
        content = ContentDigest()
        for file in self:
            content.add(file)
        if content.finish() != self.artifact.content:
            raise forged(self, "its files have another content digest")
        self._proved = True

    def prove_near(self) -> None:
        """As `prove`, where that costs no request."""
        end = len(self.head) - self.base
        if all(block.at + block.length <= end for block in self.header.sections["F"]):
            self.prove()

    def check_near(self) -> None:
        """Verifies the blocks that the first request brought; raises StoreDamaged."""
        for block in self._blocks():
            if self.base + block.at + block.length <= len(self.head):
                self._read(block)

    def _blocks(self) -> Iterator[Block]:
        return (block for blocks in self.header.sections.values() for block in blocks)

    def inline_bytes(self) -> Data:
        return b"".join(self.block(b) for b in self.header.sections["I"])

    def block(self, block: Block) -> Data:
        """A block's raw bytes, verified; the last few are kept."""
        if block.at not in self._kept:
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[block.at] = self._read(block)
        return self._kept[block.at]

    def _read(self, block: Block) -> Data:
        start = self.base + block.at
        part = self.head[start : start + block.length]
        if len(part) == block.length:
            # What is wrong is read again on its own, which reports it.
            with suppress(Mismatch):
                return _open_block(block, part)
        span = (start, block.length)
        return read_checked(self.space, self.key, lambda data: _open_block(block, data), span=span)

    def _files(self, block: Block) -> Iterator[FileRow]:
        data = self.block(block)
        try:
            yield from read_files(data, block.count, block.chunk, block.start)
        except Mismatch as error:
            # Its digest is right, so that a second read would say the same: it was made so.
            raise forged(self, str(error)) from error

    def _chunks_of(self, block: Block) -> list[ChunkRow]:
        """The block before is kept: files ask for their chunks one after another."""
        if self._decoded[0] != block.at:
            try:
                self._decoded = (block.at, read_chunks(self.block(block), block.count))
            except Mismatch as error:
                raise forged(self, str(error)) from error
        return self._decoded[1]


def forged(manifest: Manifest, reason: str) -> StoreDamaged:
    """What a writer that doesn't keep to the format left behind."""
    return StoreDamaged(f"{manifest.key} breaks the format: {reason}")


def _open_block(block: Block, data: bytes) -> Data:
    if len(data) != block.length or digest_bytes(data) != block.digest:
        raise Mismatch("a block of the manifest is wrong")
    raw = decompress(block.codec, data, block.raw)
    if len(raw) != block.raw:
        raise Mismatch("a block of the manifest has another length")
    return raw


def open_manifest(space: Space, artifact: Artifact) -> Manifest:
    """The artifact's manifest, or another one of the same content where that is damaged or gone.

    Every manifest of a content is as good: what it says is checked against the content digest.
    """
    try:
        return open_alone(space, artifact)
    except StoreDamaged:
        if other := next(siblings(space, artifact), None):
            return other
        raise


def open_named(space: Space, artifact: Artifact) -> Manifest:
    """As `open_manifest`, of what a record names: that it is gone is damage, and reported."""
    try:
        return open_manifest(space, artifact)
    except StoreDamaged as fault:
        if fault.code == "store-lost":
            zone = artifact.zone or space.zone
            report_damage(space, names.manifest(zone, artifact.content, artifact.manifest), GONE)
        raise


def siblings(space: Space, artifact: Artifact) -> Iterator[Manifest]:
    """Other readable manifests of the same content: here, then in the store behind this one."""
    for zone in (artifact.zone,) if artifact.zone else space.zones():
        yield from of_content(space, zone, artifact.content, but=artifact.manifest)
    if space.upstream is not None:
        behind = space.upstream()
        for zone in behind.zones():
            yield from of_content(behind, zone, artifact.content)


def of_content(space: Space, zone: str, content: Digest, but: str = "") -> Iterator[Manifest]:
    """Readable manifests of a content in one zone, except the one with digest `but`.

    No record named them, so the whole file table of each is read and proved first.
    """
    prefix = names.manifest(zone, content, content).rpartition(".")[0] + "."
    for key in space.blobs.list(prefix):
        if (name := names.parse(key)) and name["manifest"] != but:
            with suppress(StoreDamaged):
                found = open_alone(space, Artifact(content, Digest(name["manifest"]), (), zone))
                found.prove()
                yield found


def open_alone(space: Space, artifact: Artifact) -> Manifest:
    """Looks in the artifact's zone, else in every readable one; StoreDamaged if it is gone."""
    zones = (artifact.zone,) if artifact.zone else space.zones()
    keys = [names.manifest(zone, artifact.content, artifact.manifest) for zone in zones]
    for zone, key in zip(zones, keys, strict=True):
        try:
            return _open(space, key, zone, artifact)
        except Absent:
            continue
    raise lost(keys[0], "a manifest")


def _open(space: Space, key: str, zone: str, artifact: Artifact) -> Manifest:
    head = space.blobs.get_range(key, 0, FIRST)
    try:
        _check_header(artifact, head)
    except Mismatch:
        # The header is longer than a first request brings, or wrong: the second read tells.
        length = PREFIX.unpack_from(head)[1] if len(head) >= PREFIX.size else 0
        span = (0, max(FIRST, PREFIX.size + min(length, HEADER_LARGEST)))
        head = read_checked(space, key, lambda data: _check_header(artifact, data), span=span)
    base = PREFIX.size + int(PREFIX.unpack_from(head)[1])
    try:
        header = Header.decode(head[PREFIX.size : base])
    except ValueError as error:
        raise lost(key, f"a readable header ({error})") from error
    return Manifest(space, key, zone, artifact, header, base, head)


def _check_header(artifact: Artifact, data: bytes) -> Data:
    if len(data) < PREFIX.size:
        raise Mismatch("the manifest is too short")
    magic, length = PREFIX.unpack_from(data)
    header = data[PREFIX.size : PREFIX.size + length]
    if magic != MAGIC or digest_bytes(header) != artifact.manifest:
        raise Mismatch("the manifest's header is wrong")
    if not is_digest(artifact.content) or f'"content":"{artifact.content}"'.encode() not in header:
        raise Mismatch("the manifest is of other content")
    return data
