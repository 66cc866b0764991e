"""Files of an artifact as streams of verified bytes: for whoever sends them on."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from wombat.store.chunks import Chunks
from wombat.store.reading import Manifest, forged
from wombat.store.shelf import Shelf, spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.store.chunks import Data
    from wombat.store.sections import ChunkRow, FileRow

WIDTH: Final = 4
"""Spans of packs that are fetched side by side."""
AT_ONCE: Final = 256
"""Chunks of a large file whose rows are looked up together."""


class Streams:
    """Some files of one artifact, each to be read from any thread, and again from its beginning.

    Memory holds a few packs. Raises StoreDamaged while reading, before the last byte of a file that
    isn't what the manifest promises.
    """

    def __init__(self, manifest: Manifest, rows: Sequence[FileRow]) -> None:
        # A manifest is read by one thread at a time, and the caller goes on with his.
        self.manifest = manifest = replace(manifest, _kept={}, _decoded=(-1, []))
        self._lock = threading.Lock()
        self._inline = manifest.inline_bytes() if manifest.inline else None
        if self._inline is None:
            space, packs = manifest.space, manifest.packs()
            wanted = chain.from_iterable(manifest.chunks(row) for row in rows)
            self._shelf = Shelf(
                space.cached or space.blobs,
                packs,
                spans(wanted, packs),
                width=WIDTH,
                only_planned=True,
            )
            self._chunks = Chunks(space, manifest, packs, self._shelf)

    def close(self) -> None:
        """Ends the threads that fetch packs."""
        if self._inline is None:
            self._shelf.close()

    def stream(self, row: FileRow) -> Stream:
        return Stream(self, row)

    def pieces(self, row: FileRow) -> Iterator[Data]:
        """A file's bytes, chunk by chunk, each verified by itself."""
        if self._inline is not None:
            yield self._inline[row.start : row.start + row.file.size]
            return
        for start in range(row.chunk, row.chunk + row.chunks, AT_ONCE):
            yield from self._chunks.read(self._rows(start, row.chunk + row.chunks))

    def only_chunk(self, row: FileRow) -> str | None:
        """The digest of a file's bytes where they are one chunk, which is read against it."""
        if self._inline is not None or row.chunks != 1:
            return None
        rows = self._rows(row.chunk, row.chunk + 1)
        return rows[0].hash.hex() if len(rows) == 1 else None

    def _rows(self, start: int, end: int) -> list[ChunkRow]:
        with self._lock:
            return list(self.manifest.chunk_rows(start, min(AT_ONCE, end - start)))


class Stream:
    """One file; each iteration begins anew."""

    def __init__(self, streams: Streams, row: FileRow) -> None:
        self._streams = streams
        self.row = row

    def __iter__(self) -> Iterator[bytes]:
        if (digest := self._streams.only_chunk(self.row)) is not None:
            yield self._of(digest)
            return
        whole, size, held = blake3(), 0, b""
        for piece in self._streams.pieces(self.row):
            if held:
                yield held
            held = bytes(piece)
            whole.update(held)
            size += len(held)
        self._check(size, whole.hexdigest())
        if held:
            yield held

    def _of(self, digest: str) -> bytes:
        """All of it; its one chunk was held against this digest."""
        data = b"".join(self._streams.pieces(self.row))
        self._check(len(data), digest)
        return data

    def _check(self, size: int, digest: str) -> None:
        file = self.row.file
        if size != file.size or digest != file.digest:
            raise forged(self._streams.manifest, f"'{file.path}' has another digest")
