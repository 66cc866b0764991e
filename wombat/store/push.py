"""Stores a folder: chunks that are new into packs, then one manifest."""

from __future__ import annotations

import io
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from blake3 import blake3

from wombat.digest import Digest, digest_bytes
from wombat.errors import DataInvalid, StoreDamaged
from wombat.store import names
from wombat.store.blobs import Spoiled
from wombat.store.chunking import Chunker
from wombat.store.doom import pointed
from wombat.store.manifests import INLINE, ROWS, ManifestWriter
from wombat.store.packs import FRAME, TARGET, Location, PackWriter, salted
from wombat.store.reading import Manifest, open_manifest
from wombat.store.records import Artifact
from wombat.store.sections import ChunkRow, PackRow
from wombat.store.tree import File, Found, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wombat.store.space import Space


class Progress(Protocol):
    """Told after each file or pack: bytes done, and in all where that is known."""

    def __call__(self, done: int, total: int | None, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Sizes:
    """What may change without any content digest changing; bytes."""

    pack: int = TARGET
    frame: int = FRAME
    inline: int = INLINE
    chunker: Chunker | None = None


@dataclass(slots=True)
class _Pack:
    """A pack of the manifest to come; `frames` are the offsets of those in use."""

    digest: Digest
    size: int
    zone: str
    frames: set[int] = field(default_factory=set)
    used: int = 0


def push_tree(
    space: Space,
    folder: Path,
    *,
    type: str,  # noqa: A002 -- the word of the format
    base: Sequence[Artifact] = (),
    progress: Progress | None = None,
    sizes: Sizes | None = None,
) -> Artifact:
    """Stores a folder, or one file; the order of work is the order of paths.

    Chunks of `base` (earlier versions, inputs) aren't stored again. Nothing is durable before the
    first record that names it. Raises DataInvalid for paths that an artifact can't hold and for
    files that change while they are read.
    """
    sizes = sizes or Sizes()
    space.watch.look(space)
    if small := _small(folder, sizes.inline):
        return _push_inline(space, small, type)
    bases = _readable(space, base)
    push = _Push(space, sizes, _chunker(sizes, bases), type)
    for manifest in bases:
        push.know(manifest)
    done = 0
    for found in walk(folder):
        push.add(found)
        done += found.size
        if progress:
            progress(done, None)
    return push.finish()


def push_bytes(space: Space, name: str, data: bytes, *, type: str) -> Artifact:  # noqa: A002
    """One file from memory, as records that are too long for their place."""
    if len(data) <= INLINE:
        return _push_inline(space, [(_row(name, data), data)], type)
    push = _Push(space, Sizes(), Chunker(), type)
    push.add_stream(Found(name, name, False, len(data)), io.BytesIO(data))
    return push.finish()


def _row(name: str, data: bytes) -> File:
    return File(name, False, len(data), Digest(blake3(data).hexdigest()))


def _small(folder: Path, limit: int) -> list[tuple[File, bytes]]:
    """All files with their bytes where that is little enough for the manifest, else nothing."""
    total = 0
    found: list[Found] = []
    for file in walk(folder):
        total += file.size
        # Many empty files are better off in blocks, too.
        if total > limit or len(found) >= ROWS:
            return []
        found.append(file)
    rows = []
    for file in found:
        with _opened(file) as stream:
            data = stream.read(file.size + 1)
        _same_size(file, len(data))
        digest = Digest(blake3(data).hexdigest())
        rows.append((File(file.path, file.executable, file.size, digest), data))
    return rows


def _push_inline(space: Space, rows: Sequence[tuple[File, bytes]], kind: str) -> Artifact:
    writer = ManifestWriter(kind, Chunker())
    for file, _ in rows:
        writer.add(file, 0)
    return _put_manifest(space, writer, (), b"".join(data for _, data in rows))


def _put_manifest(
    space: Space, writer: ManifestWriter, packs: Iterable[PackRow], inline: bytes
) -> Artifact:
    rows = tuple(packs)
    header, data = writer.finish(rows, inline)
    digest = Digest(blake3(header.encode()).hexdigest())
    name = names.manifest(space.zone, header.content, digest)
    if not _stored(space, name, data):
        # What stands there is damaged or about to go: the same manifest, under another name.
        header, data = writer.finish(rows, inline, salt=secrets.token_hex(16))
        digest = Digest(blake3(header.encode()).hexdigest())
        space.blobs.put(names.manifest(space.zone, header.content, digest), data)
    return Artifact(header.content, digest, tuple(dict.fromkeys(r.digest for r in rows)))


def _stored(space: Space, key: str, data: bytes) -> bool:
    """False where that name can't be relied on: nothing of ours is there then."""
    if space.watch.avoids(key):
        return False
    try:
        space.blobs.put(key, data)
    except Spoiled:
        return False
    return True


def _readable(space: Space, base: Sequence[Artifact]) -> list[Manifest]:
    """A base only saves space: one that is damaged or gone saves none."""
    found = []
    for artifact in base:
        with suppress(StoreDamaged):
            manifest = open_manifest(space, artifact)
            for section in ("P", "C"):
                for block in manifest.header.sections[section]:
                    manifest.block(block)
            found.append(manifest)
    return found


def _chunker(sizes: Sizes, bases: Sequence[Manifest]) -> Chunker:
    """Inherited, so that versions of one artifact are cut alike."""
    inherited = (Chunker.from_json(m.header.chunker) for m in bases)
    return sizes.chunker or next((c for c in inherited if c), Chunker())


class _Push:
    def __init__(self, space: Space, sizes: Sizes, chunker: Chunker, kind: str) -> None:
        self.space = space
        self.chunker = chunker
        self.manifest = ManifestWriter(kind, chunker)
        self.packs: list[_Pack] = []
        self.writer = PackWriter(self._begin, self._put, sizes.pack, sizes.frame)
        self.known: dict[bytes, Location] = {}
        self.based: dict[bytes, tuple[PackRow, ChunkRow]] = {}
        self.ordinals: dict[tuple[str, str], int] = {}
        self.rows: list[tuple[bytes, Location]] = []

    def know(self, base: Manifest) -> None:
        """Chunks of a base are taken from where they lie, if this zone may point there."""
        packs = base.packs()
        for row in base.chunk_rows(0, base.header.chunks):
            pack = packs[row.pack]
            if self._usable(pack):
                self.based.setdefault(row.hash, (pack, row))

    def _usable(self, pack: PackRow) -> bool:
        if pack.zone not in pointed(self.space.zone):
            return False
        return not self.space.watch.avoids(names.pack(pack.zone, pack.digest))

    def add(self, found: Found) -> None:
        with _opened(found) as stream:
            self.add_stream(found, stream)

    def add_stream(self, found: Found, stream: BinaryIO) -> None:
        whole, size, count = blake3(), 0, 0
        for piece in _pieces(self.chunker, stream, found.size):
            whole.update(piece)
            size += len(piece)
            count += 1
            _same_size(found, size, at_most=True)
            self._add_chunk(piece)
        _same_size(found, size)
        digest = Digest(whole.hexdigest())
        self.manifest.add(File(found.path, found.executable, size, digest), count)

    def finish(self) -> Artifact:
        self.writer.close()
        self._close_rows()
        rows = (
            PackRow(p.digest, p.size, p.used, "" if p.zone == self.space.zone else p.zone)
            for p in self.packs
        )
        return _put_manifest(self.space, self.manifest, rows, b"")

    def _add_chunk(self, piece: bytes | memoryview) -> None:
        chunk = blake3(piece).digest()
        location = self.known.get(chunk)
        if location is None:
            location = self._from_base(chunk) or self.writer.add(chunk, piece)
            self.known[chunk] = location
        self.rows.append((chunk, location))
        if len(self.rows) == ROWS:
            self.writer.close_frame()
            self._close_rows()

    def _from_base(self, chunk: bytes) -> Location | None:
        if chunk not in self.based:
            return None
        pack, row = self.based[chunk]
        at = (pack.zone, str(pack.digest))
        if at not in self.ordinals:
            self.ordinals[at] = len(self.packs)
            self.packs.append(_Pack(pack.digest, pack.size, pack.zone))
        return Location(self.ordinals[at], row.raw, row.inside, row.offset, row.length, row.codec)

    def _close_rows(self) -> None:
        if not self.rows:
            return
        for _chunk, location in self.rows:
            pack = self.packs[location.pack]
            if location.offset not in pack.frames:
                pack.frames.add(location.offset)
                pack.used += location.length
        self.manifest.add_chunks(
            [
                ChunkRow(c, x.raw, x.pack, x.offset, x.length, x.inside, x.codec)
                for c, x in self.rows
            ]
        )
        self.rows.clear()

    def _begin(self) -> int:
        self.packs.append(_Pack(Digest(""), 0, self.space.zone))
        return len(self.packs) - 1

    def _put(self, ordinal: int, digest: Digest, data: bytes) -> None:
        if not _stored(self.space, names.pack(self.space.zone, digest), data):
            # What stands there is damaged or about to go: the same frames, under another name.
            data = salted(data)
            digest = digest_bytes(data)
            self.space.blobs.put(names.pack(self.space.zone, digest), data)
        self.packs[ordinal].digest = digest
        self.packs[ordinal].size = len(data)


def _pieces(chunker: Chunker, stream: BinaryIO, size: int) -> Iterator[bytes | memoryview]:
    if size <= chunker.smallest:
        data = stream.read(size + 1)
        return iter([data] if data else [])
    return chunker.cut(stream)  # type: ignore[arg-type] # BinaryIO has readinto in fact


@contextmanager
def _opened(found: Found) -> Iterator[BinaryIO]:
    """The very file that was looked at: no link, no pipe that took its place."""
    try:
        handle = os.open(found.place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise DataInvalid(
            f"'{found.path}' can't be read: {error.strerror}", code="artifact-path"
        ) from error
    with os.fdopen(handle, "rb", buffering=0) as raw:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DataInvalid(f"'{found.path}' is no regular file", code="artifact-path")
        yield io.BufferedReader(raw, 1 << 20)


def _same_size(found: Found, size: int, *, at_most: bool = False) -> None:
    if size > found.size or (size < found.size and not at_most):
        raise DataInvalid(
            f"'{found.path}' changed while it was stored",
            code="artifact-changed",
            hint="whatever writes it has to end before its task does",
        )
