"""Stores a folder: chunks that are new into packs, then one manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol, Self

from blake3 import blake3

from wombat.digest import Digest, digest_bytes
from wombat.store import names
from wombat.store.bases import Bases
from wombat.store.chunking import Chunker
from wombat.store.cutting import chunker_of
from wombat.store.landing import push_inline, put_manifest, row_of, small, stored
from wombat.store.manifests import INLINE, ROWS, ManifestWriter
from wombat.store.originals import BLOCK, as_found, changed, opened, read_at
from wombat.store.packing import Pack, Packer
from wombat.store.packs import FRAME, TARGET, salted
from wombat.store.same import again, same_rows, unchanged
from wombat.store.sections import CHUNK, PackRow
from wombat.store.stats import Stats
from wombat.store.tree import File, Found, walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wombat.store.packing import Place
    from wombat.store.records import Artifact
    from wombat.store.space import Space

_TOLD: Final = 64
"""Files after which progress is told, where they are small."""


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


def push_tree(
    space: Space,
    folder: Path,
    *,
    type: str,  # noqa: A002 -- the word of the format
    base: Sequence[Artifact] = (),
    progress: Progress | None = None,
    sizes: Sizes | None = None,
    lasting: bool = False,
    width: int | None = None,
) -> Artifact:
    """Stores a folder, or one file; the order of work is the order of paths.

    Chunks of `base` (earlier versions, inputs) aren't stored again; where the first of them has
    this very content, it is what is returned. `lasting` says that the folder will be pushed again:
    what was read of it is remembered by what stat(2) says. `width` is the number of threads, which
    decides nothing else. Nothing is durable before the first record that names it. Raises
    DataInvalid for paths that an artifact can't hold and for files that change while they are read.
    """
    sizes = sizes or Sizes()
    space.watch.look(space)
    if rows := small(folder, sizes.inline):
        return same_rows(space, rows, type, base) or push_inline(space, rows, type)
    if base and (same := unchanged(space, folder, type, base[0], lasting=lasting)):
        return same
    bases = Bases(space, base)
    sizes = replace(sizes, chunker=sizes.chunker or chunker_of(folder, type, bases))
    stats = Stats(folder) if lasting else None
    with _Push(space, sizes, type, bases, width=width) as push:
        push.stats = stats
        try:
            push.tree(folder, progress)
        finally:
            if stats is not None:
                stats.close()
        return again(space, push.writer, type, bases) or push.finish()


def push_bytes(space: Space, name: str, data: bytes, *, type: str) -> Artifact:  # noqa: A002
    """One file from memory, as records that are too long for their place."""
    if len(data) <= INLINE:
        return push_inline(space, [(row_of(name, data), data)], type)
    with _Push(space, Sizes(), type, Bases(space, ())) as push:
        push.add_bytes(Found(name, name, False, len(data)), data)
        return push.finish()


class _Push:
    """One push under way: files in order, their chunks' places, the manifest."""

    def __init__(
        self,
        space: Space,
        sizes: Sizes,
        kind: str,
        bases: Bases,
        *,
        width: int | None = None,
    ) -> None:
        self.space = space
        chunker = sizes.chunker or Chunker()
        self.chunker = chunker
        self.bases = bases
        self.stats: Stats | None = None
        self.block = max(BLOCK, 2 * chunker.largest)
        self.writer = ManifestWriter(kind, chunker)
        self.packs: list[Pack] = []
        self.packer = Packer(
            self._put, space.zone, target=sizes.pack, frame=sizes.frame, width=width
        )
        self.rows: list[Place] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever happened, no thread goes on and nothing is left on disk."""
        self.packer.stop()
        self.writer.close()

    def tree(self, folder: Path, progress: Progress | None) -> None:
        done = 0
        for number, found in enumerate(walk(folder)):
            self._add(found, progress, done)
            done += found.size
            if progress and (found.size > BLOCK or number % _TOLD == 0):
                progress(done, None)
        if progress:
            progress(done, None)
        if self.stats is not None:
            self.stats.save()

    def _add(self, found: Found, progress: Progress | None, done: int) -> None:
        digest = self.stats.digest(found) if self.stats is not None else None
        if digest is not None and self._reused(found, digest):
            return
        with opened(found) as handle:
            if found.size <= BLOCK:
                digest = self.add_bytes(found, read_at(found, handle, 0, found.size + 1))
            else:
                digest = self._add_large(found, handle, progress, done)
            if self.stats is not None and as_found(found, handle):
                self.stats.note(found, digest)

    def _reused(self, found: Found, digest: Digest) -> bool:
        """Where the first base has the same file at the same path, its chunks aren't looked at."""
        places = self.bases.same(found.path, digest)
        if places is None:
            return False
        for place in places:
            self._place(place)
        self._added(found, digest, len(places))
        return True

    def add_bytes(self, found: Found, data: bytes) -> Digest:
        """A file whose bytes are all here."""
        if len(data) != found.size:
            raise changed(found)
        raw = blake3(data).digest()
        digest = Digest(raw.hex())
        if self._reused(found, digest):
            return digest
        ends = self.chunker.ends(data) if len(data) > self.chunker.smallest else (len(data),)
        if len(ends) == 1:
            count = 1 if data else 0
            if data and not self._known(raw):
                self._place(self.packer.add(raw, data))
        else:
            count = self._cut(data, ends)
        self._added(found, digest, count)
        return digest

    def _add_large(self, found: Found, handle: int, progress: Progress | None, done: int) -> Digest:
        """Block by block, each from where the last chunk of the one before ended."""
        whole, start, count = blake3(), 0, 0
        while start < found.size:
            data = read_at(found, handle, start, self.block)
            if not data:
                break
            ends = self.chunker.ends(data)
            if start + len(data) < found.size and len(ends) > 1:
                ends = ends[:-1]
            with memoryview(data)[: ends[-1]] as piece:
                whole.update(piece)
            count += self._cut(data, ends)
            start += ends[-1]
            if progress:
                progress(done + start, None)
        if start != found.size:
            raise changed(found)
        digest = Digest(whole.hexdigest())
        self._added(found, digest, count)
        return digest

    def _cut(self, data: bytes, ends: Sequence[int]) -> int:
        """The chunks that end there; new ones wait as parts of the block, or, if few, as copies."""
        view, start = memoryview(data), 0
        chunks = []
        for end in ends:
            piece = view[start:end]
            chunks.append((blake3(piece).digest(), piece))
            start = end
        fresh = sum(len(p) for c, p in chunks if not self.packer.known(c))
        keep = fresh * 2 >= len(data)
        for chunk, piece in chunks:
            if not self._known(chunk):
                self._place(self.packer.add(chunk, piece if keep else bytes(piece)))
        return len(chunks)

    def _known(self, chunk: bytes) -> bool:
        place = self.packer.known(chunk)
        if place is None:
            place = self.bases.find(chunk)
            if place is None:
                return False
            self.packer.remember(place)
        self._place(place)
        return True

    def _place(self, place: Place) -> None:
        self.rows.append(place)
        if len(self.rows) >= 2 * ROWS:
            self._flush()

    def _added(self, found: Found, digest: Digest, count: int) -> None:
        self.writer.add(File(found.path, found.executable, found.size, digest), count)

    def _flush(self, *, last: bool = False) -> None:
        """Writes blocks of rows, whose frames get their places first."""
        while len(self.rows) >= (1 if last else 2 * ROWS):
            block = self.rows[:ROWS]
            if not last:
                self.packer.settle({id(frame): frame for *_, frame in block}.values())
            self.writer.add_block(b"".join(map(self._chunk_row, block)), len(block))
            del self.rows[:ROWS]

    def _chunk_row(self, place: Place) -> bytes:
        chunk, raw, inside, frame = place
        pack = frame.pack
        if pack is None:
            raise AssertionError("a frame has no place yet")
        if pack.ordinal < 0:
            pack.ordinal = len(self.packs)
            self.packs.append(pack)
        pack.use(frame)
        return CHUNK.pack(chunk, raw, pack.ordinal, frame.offset, frame.length, inside, frame.codec)

    def finish(self) -> Artifact:
        self.packer.finish()
        self._flush(last=True)
        rows = (
            PackRow(p.digest, p.size, p.used(), "" if p.zone == self.space.zone else p.zone)
            for p in self.packs
        )
        return put_manifest(self.space, self.writer, rows, b"")

    def _put(self, pack: Pack, digest: Digest, data: bytes) -> None:
        if not stored(self.space, names.pack(self.space.zone, digest), data):
            # What stands there is damaged or about to go: the same frames, under another name.
            data = salted(data)
            digest = digest_bytes(data)
            self.space.blobs.put(names.pack(self.space.zone, digest), data)
        pack.digest, pack.size = digest, len(data)
