"""Files of an artifact written to disk: fetched, verified and written by several threads."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from blake3 import blake3

from wombat.store.below import Below
from wombat.store.reading import Manifest, forged

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store.chunks import Chunks, Data
    from wombat.store.push import Progress
    from wombat.store.sections import ChunkRow, FileRow

BATCH: Final = 2 << 20
"""Bytes that one thread writes at once."""
FILES: Final = 128


@dataclass(slots=True)
class _Large:
    """A file of several batches: its handle, and the digest of what came so far."""

    row: FileRow
    handle: int
    written: int = 0
    left: int = 0
    whole: blake3 = field(default_factory=blake3)


@dataclass(slots=True)
class _Part:
    """Some chunks of a file, in one batch; `large` where it doesn't hold all of them."""

    row: FileRow
    chunks: list[ChunkRow]
    large: _Large | None = None
    start: int = 0


_Read: TypeAlias = "list[tuple[_Part, list[Data]]]"


class Writer:
    """Takes files in order; each is verified whole before `finish` returns.

    Threads fetch, decompress and verify, and write parts of large files. Files are created by one
    thread alone: in one folder several would only wait for each other, and not idly. Memory
    holds a few batches. What fails in a thread is raised by the next call.
    """

    def __init__(
        self,
        manifest: Manifest,
        chunks: Chunks,
        folder: Path,
        *,
        width: int,
        progress: Progress | None,
        total: int | None,
    ) -> None:
        self._manifest = manifest
        self._chunks = chunks
        self._progress = progress
        self._total = total
        self._done = 0
        self._ahead = width + 2
        self._pool = ThreadPoolExecutor(width, "wombat-pull")
        self._below = Below(folder)
        self._large: list[_Large] = []
        self._batch: list[_Part] = []
        self._size = 0
        self._waiting: deque[tuple[Future[_Read], int]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever happened: no thread goes on, no handle stays open."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for large in self._large:
            os.close(large.handle)
        self._below.close()

    def add(self, row: FileRow) -> None:
        """A file whose path was checked, and comes after those before."""
        if row.file.size <= BATCH:
            chunks = list(self._manifest.chunks(row))
            self._check(row, sum(one.raw for one in chunks))
            self._put(_Part(row, chunks), row.file.size)
            return
        handle = self._below.create(row.file.path, row.file.executable)
        large = _Large(row, handle)
        self._large.append(large)
        size, chunks = 0, []
        for chunk in self._manifest.chunks(row):
            chunks.append(chunk)
            size += chunk.raw
            if size >= BATCH:
                self._put_part(large, chunks, size)
                size, chunks = 0, []
        self._put_part(large, chunks, size)
        self._send()
        self._check(row, large.written)

    def finish(self) -> None:
        """All files stand there, whole and verified."""
        self._send()
        while self._waiting:
            self._take()

    def _check(self, row: FileRow, size: int) -> None:
        if size != row.file.size:
            raise forged(self._manifest, f"'{row.file.path}' has another size")

    def _put_part(self, large: _Large, chunks: list[ChunkRow], size: int) -> None:
        if chunks:
            large.left += 1
            self._put(_Part(large.row, chunks, large, large.written), size)
            large.written += size

    def _put(self, part: _Part, size: int) -> None:
        self._batch.append(part)
        self._size += size
        if self._size >= BATCH or len(self._batch) >= FILES:
            self._send()

    def _send(self) -> None:
        if self._batch:
            self._waiting.append((self._pool.submit(self._read, self._batch), self._size))
            self._batch, self._size = [], 0
        while self._waiting and (len(self._waiting) > self._ahead or self._waiting[0][0].done()):
            self._take()

    def _take(self) -> None:
        future, size = self._waiting.popleft()
        for part, pieces in future.result():
            if part.large is None:
                file = part.row.file
                self._below.write(file.path, file.executable, pieces)
            else:
                self._hash(part.large, pieces)
        self._done += size
        if self._progress:
            self._progress(self._done, self._total)

    def _hash(self, large: _Large, pieces: list[Data]) -> None:
        for piece in pieces:
            large.whole.update(piece)
        large.left -= 1
        if large.left or large.written != large.row.file.size:
            return
        self._large.remove(large)
        os.close(large.handle)
        self._promised(large.row, large.whole)

    def _promised(self, row: FileRow, whole: blake3) -> None:
        if whole.hexdigest() != row.file.digest:
            raise forged(self._manifest, f"'{row.file.path}' has another digest")

    def _read(self, batch: list[_Part]) -> _Read:
        """In a thread: all verified; parts of large files are written."""
        every = self._chunks.read([chunk for part in batch for chunk in part.chunks])
        found = [(part, [next(every) for _ in part.chunks]) for part in batch]
        for part, pieces in found:
            if part.large is None:
                self._check_whole(part, pieces)
            else:
                _write_at(part.large.handle, part.start, pieces)
        return found

    def _check_whole(self, part: _Part, pieces: list[Data]) -> None:
        if len(pieces) == 1:
            if part.chunks[0].hash.hex() != part.row.file.digest:
                raise forged(self._manifest, f"'{part.row.file.path}' has another digest")
            return
        whole = blake3()
        for piece in pieces:
            whole.update(piece)
        self._promised(part.row, whole)


def _write_at(handle: int, at: int, pieces: list[Data]) -> None:
    for piece in pieces:
        view = memoryview(piece)
        while view:
            done = os.pwrite(handle, view, at)
            view, at = view[done:], at + done
