"""New chunks become packs: compressed and put by a few threads, in an order that none decides."""

from __future__ import annotations

import os
from array import array
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from wombat.digest import Digest, digest_bytes
from wombat.store.packs import FRAME, RAW, ROW, TARGET, closed, compress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

BATCH: Final = 1 << 20
"""Raw bytes that one thread compresses at once."""
AHEAD: Final = 8
"""Batches that may wait for their threads."""
KEPT: Final = 1 << 16
"""Chunks of one half of what a push remembers of its own."""

NONE: Final = Digest("")

Data: TypeAlias = bytes | memoryview


@dataclass(slots=True)
class Pack:
    """A pack of the manifest to come; its ordinal is that of its first use."""

    zone: str
    digest: Digest = NONE
    size: int = 0
    ordinal: int = -1
    frames: array[int] = field(default_factory=lambda: array("Q"))
    """Offset and length, in 32 bits each, of those in use; some more than once."""

    def use(self, frame: Frame) -> None:
        mark = frame.offset << 32 | frame.length
        if not self.frames or self.frames[-1] != mark:
            self.frames.append(mark)

    def used(self) -> int:
        """Bytes of the frames in use."""
        return sum(mark & 0xFFFFFFFF for mark in set(self.frames))


@dataclass(slots=True, eq=False)
class Frame:
    """Where a frame lies: known once it was compressed and all before it have their places."""

    pack: Pack | None = None
    offset: int = 0
    length: int = 0
    codec: int = RAW


Place: TypeAlias = "tuple[bytes, int, int, Frame]"
"""Of a chunk: its digest, raw length, offset inside the raw frame, and the frame."""

_Open: TypeAlias = "tuple[Frame, list[Data], list[tuple[bytes, int, int]]]"
_Made: TypeAlias = "list[tuple[int, bytes]]"


class Packer:
    """Takes chunks in order and hands finished packs to `put`, from other threads.

    Which chunk comes into which pack depends on the chunks alone. At most two packs and a few
    batches are in memory. What fails in a thread is raised by the next call; `stop` ends all.
    """

    def __init__(
        self,
        put: Callable[[Pack, Digest, bytes], None],
        zone: str,
        *,
        target: int = TARGET,
        frame: int = FRAME,
        width: int | None = None,
    ) -> None:
        self._put = put
        self._zone = zone
        self._target = target
        self._frame_target = frame
        self._pool = ThreadPoolExecutor(width or max(2, min(8, os.cpu_count() or 2)), "wombat-pack")
        self._known: dict[bytes, Place] = {}
        self._older: dict[bytes, Place] = {}
        self._frame: _Open = (Frame(), [], [])
        self._filled = 0
        self._batch: list[_Open] = []
        self._batched = 0
        self._waiting: deque[tuple[Future[_Made], list[_Open]]] = deque()
        self._parts: list[bytes] = []
        self._table: list[bytes] = []
        self._size = 0
        self._pack = Pack(zone)
        self._putting: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the threads, whatever is still to do."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def known(self, chunk: bytes) -> Place | None:
        """A chunk that came before, if that isn't too long ago."""
        place = self._known.get(chunk)
        if place is None and (place := self._older.get(chunk)) is not None:
            self.remember(place)
        return place

    def remember(self, place: Place) -> None:
        """Two halves, of which the older is forgotten: memory is bounded, however much comes."""
        if len(self._known) >= KEPT:
            self._older, self._known = self._known, {}
        self._known[place[0]] = place

    def add(self, chunk: bytes, data: Data) -> Place:
        """Small neighbours share a frame, for the sake of compression."""
        size = len(data)
        if self._filled and self._filled + size > self._frame_target:
            self._close_frame()
        frame, pieces, rows = self._frame
        place = (chunk, size, self._filled, frame)
        rows.append((chunk, size, self._filled))
        pieces.append(data)
        self._filled += size
        self.remember(place)
        return place

    def settle(self, frames: Collection[Frame]) -> None:
        """Waits until these have their places; the open frame is closed where it is one of them."""
        if any(frame is self._frame[0] for frame in frames):
            self._close_frame()
        if any(frame.pack is None for frame in frames):
            self._send()
        while any(frame.pack is None for frame in frames):
            self._take()

    def finish(self) -> None:
        """All that was added is in packs, and each was put."""
        self._close_frame()
        self._send()
        while self._waiting:
            self._take()
        if self._table:
            self._close_pack()
        if self._putting is not None:
            self._putting.result()
            self._putting = None

    def _close_frame(self) -> None:
        if not self._frame[2]:
            return
        self._batch.append(self._frame)
        self._batched += self._filled
        self._frame, self._filled = (Frame(), [], []), 0
        if self._batched >= BATCH:
            self._send()

    def _send(self) -> None:
        if self._batch:
            pieces = [one[1] for one in self._batch]
            self._waiting.append((self._pool.submit(_compressed, pieces), self._batch))
            self._batch, self._batched = [], 0
        while self._waiting and (len(self._waiting) > AHEAD or self._waiting[0][0].done()):
            self._take()

    def _take(self) -> None:
        """Gives the oldest batch its places."""
        made, batch = self._waiting.popleft()
        for (codec, data), (frame, pieces, rows) in zip(made.result(), batch, strict=True):
            frame.pack, frame.offset, frame.length = self._pack, self._size, len(data)
            frame.codec = codec
            pieces.clear()
            self._parts.append(data)
            self._table += [
                ROW.pack(chunk, raw, self._size, len(data), inside, codec)
                for chunk, raw, inside in rows
            ]
            self._size += len(data)
            if self._size >= self._target:
                self._close_pack()

    def _close_pack(self) -> None:
        if self._putting is not None:
            self._putting.result()
        args = (self._pack, self._parts, self._size, self._table)
        self._putting = self._pool.submit(self._sealed, *args)
        self._parts, self._table, self._size, self._pack = [], [], 0, Pack(self._zone)

    def _sealed(self, pack: Pack, parts: list[bytes], size: int, table: list[bytes]) -> None:
        data = closed(parts, size, b"".join(table))
        parts.clear()
        self._put(pack, digest_bytes(data), data)


def _compressed(frames: list[list[Data]]) -> _Made:
    return [compress(one[0] if len(one) == 1 else b"".join(one)) for one in frames]
