"""Packs on their way: fetched side by side and a little ahead, kept while memory allows."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.bases import WASTE
from wombat.store.packs import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.store.blobs import BlobStore
    from wombat.store.sections import ChunkRow, PackRow

BUDGET: Final = 48 << 20
"""Bytes of packs in memory."""
AHEAD: Final = 2

Span: TypeAlias = tuple[int, int]
"""Start and end in a pack."""


@dataclass(frozen=True, slots=True)
class _Part:
    start: int
    end: int
    data: Future[bytes]


def spans(rows: Iterable[ChunkRow], packs: list[PackRow]) -> dict[int, list[Span]]:
    """What has to be fetched of each pack for these chunks: near frames in one piece."""
    marks: dict[int, set[Span]] = {}
    for row in rows:
        marks.setdefault(row.pack, set()).add((row.offset, row.offset + row.length))
    return {at: _joined(sorted(found)) for at, found in marks.items() if at < len(packs)}


def _joined(frames: list[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in frames:
        if found and start <= found[-1][1] + WASTE and end - found[-1][0] <= LARGEST:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def sparse(pack: PackRow) -> bool:
    """Whether a pack had better not be fetched whole."""
    return pack.size > LARGEST or pack.used + WASTE < pack.size - pack.used


class Shelf:
    """The packs of one manifest, or those spans of them that `plan` names. Safe in threads.

    Packs are numbered in the order of their first use, so the next ones are fetched ahead.
    """

    def __init__(
        self,
        blobs: BlobStore,
        packs: list[PackRow],
        plan: Mapping[int, list[Span]],
        *,
        width: int,
        only_planned: bool,
    ) -> None:
        self._blobs = blobs
        self._packs = packs
        self._plan = plan
        self._only_planned = only_planned
        self._pool = ThreadPoolExecutor(width, "wombat-fetch")
        self._held: OrderedDict[int, list[_Part]] = OrderedDict()
        self._dropped: set[int] = set()
        self._spilled: dict[int, list[tuple[int, int, int]]] = {}
        self._file = tempfile.TemporaryFile(prefix="wombat-")  # noqa: SIM115 -- `close` does
        self._spilling = threading.Lock()
        self._size = 0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._file.close()

    def frame(self, row: ChunkRow) -> memoryview:
        """The stored bytes of a chunk's frame, unchecked. Raises Absent, StoreUnreachable."""
        end = row.offset + row.length
        parts = self._parts(row.pack)
        if parts is None:
            return self._back(row)
        for part in parts:
            if part.start <= row.offset and end <= part.end:
                data = part.data.result()
                return memoryview(data)[row.offset - part.start : end - part.start]
        raise StoreDamaged(f"a frame lies outside of pack {self._packs[row.pack].digest}")

    def _back(self, row: ChunkRow) -> memoryview:
        """A pack that is asked for after it was dropped will be again: this time it stays on disk,
        so that no pack is fetched more than twice, in whichever order chunks lie."""
        with self._spilling:
            if row.pack not in self._spilled:
                self._spilled[row.pack] = self._spill(row.pack)
        end = row.offset + row.length
        for start, stop, at in self._spilled[row.pack]:
            if start <= row.offset and end <= stop:
                place = at + row.offset - start
                return memoryview(os.pread(self._file.fileno(), row.length, place))
        raise StoreDamaged(f"a frame lies outside of pack {self._packs[row.pack].digest}")

    def _spill(self, ordinal: int) -> list[tuple[int, int, int]]:
        found = []
        for part in self._asked(ordinal):
            at = self._file.seek(0, os.SEEK_END)
            self._file.write(part.data.result())
            found.append((part.start, part.end, at))
        self._file.flush()
        return found

    def _parts(self, ordinal: int) -> list[_Part] | None:
        """None for a pack that was dropped; looked at under the lock, as another thread may."""
        with self._lock:
            if ordinal in self._dropped:
                return None
            parts = self._held.get(ordinal)
            if parts is None:
                parts = self._fetch(ordinal)
                self._drop(ordinal)
            self._held.move_to_end(ordinal)
            self._look_ahead(ordinal)
            return parts

    def _look_ahead(self, ordinal: int) -> None:
        for number in range(ordinal + 1, min(ordinal + 1 + AHEAD, len(self._packs))):
            if number in self._held or number in self._dropped:
                continue
            if self._only_planned and number not in self._plan:
                continue
            if self._size + _size(self._wanted(number)) > BUDGET:
                return
            self._fetch(number)

    def _drop(self, keep: int) -> None:
        """What was used longest ago goes first."""
        while self._size > BUDGET and len(self._held) > 1:
            oldest = next(n for n in self._held if n != keep)
            self._size -= sum(part.end - part.start for part in self._held.pop(oldest))
            self._dropped.add(oldest)

    def _wanted(self, ordinal: int) -> list[Span]:
        return self._plan.get(ordinal) or [(0, self._packs[ordinal].size)]

    def _fetch(self, ordinal: int) -> list[_Part]:
        self._held[ordinal] = parts = list(self._asked(ordinal))
        self._size += _size(self._wanted(ordinal))
        return parts

    def _asked(self, ordinal: int) -> Iterator[_Part]:
        pack = self._packs[ordinal]
        key = names.pack(pack.zone, pack.digest)
        for start, end in self._wanted(ordinal):
            if (start, end) == (0, pack.size):
                data = self._pool.submit(self._blobs.get, key)
            else:
                data = self._pool.submit(self._blobs.get_range, key, start, end - start)
            yield _Part(start, end, data)


def _size(wanted: list[Span]) -> int:
    return sum(end - start for start, end in wanted)
