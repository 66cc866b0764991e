"""What earlier versions and inputs hold already: files by path, chunks by digest."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.doom import pointed
from wombat.store.packing import Frame, Pack
from wombat.store.packs import TARGET
from wombat.store.reading import Manifest, open_alone
from wombat.store.sections import CHUNK
from wombat.store.standing import standing
from wombat.store.through import near
from wombat.store.tree import order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wombat.digest import Digest
    from wombat.store.packing import Place
    from wombat.store.records import Artifact
    from wombat.store.sections import FileRow, PackRow
    from wombat.store.space import Space

_BITS: Final = 24
_ROWS: Final = 1 << _BITS
"""Chunks of a base that are looked for: those of a terabyte."""
_BLOCKS: Final = 16
SPARE: Final = 6
"""Packs that a version may have beyond three times as many as its bytes need."""
WASTE: Final = 512 << 10
"""Bytes that a pull rather fetches in vain than with one more request."""

AHEAD: Final = 64
"""Packs of a base that are asked for at once."""


def worn(packs: Sequence[PackRow]) -> set[Digest]:
    """Packs whose chunks a new version stores anew, so that pulls stay fast however long a history.

    Those of which less than half is used, if that is worth a request; and where there are too many
    packs for so many bytes, the smallest, so many at once that it doesn't happen again soon.
    """
    found = {row.digest for row in packs if row.used + WASTE < row.size - row.used}
    rest = sorted((row.used, row.digest) for row in packs if row.digest not in found)
    room = SPARE + 3 * -(-sum(used for used, _ in rest) // TARGET)
    if len(rest) > room:
        found.update(digest for _, digest in rest[: len(rest) - room * 2 // 3])
    return found


@dataclass(slots=True)
class Base:
    """One manifest as a source: 8 bytes of memory a chunk, blocks of rows as they are needed."""

    manifest: Manifest
    packs: list[Pack | None]
    """None for those that may not be pointed to, or had better not be."""
    rows: list[PackRow]
    _asked: list[bool] = field(init=False)
    _index: list[array[int]] = field(default_factory=lambda: [array("Q") for _ in range(256)])
    _starts: list[int] = field(default_factory=list)
    _raw: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises StoreDamaged: every row is read once."""
        self._asked = [pack is None for pack in self.packs]
        blocks = self.manifest.header.sections["C"]
        self._starts = list(accumulate((b.count for b in blocks), initial=0))
        number = 0
        for block in blocks:
            for row in self.manifest.chunk_block(block):
                if number < _ROWS and row.pack < len(self.packs) and self.packs[row.pack]:
                    self._index[row.hash[0]].append(_mark(row.hash) << _BITS | number)
                number += 1
        self._index = [array("Q", sorted(one)) for one in self._index]

    def find(self, chunk: bytes) -> Place | None:
        """Where a chunk lies."""
        marks, low = self._index[chunk[0]], _mark(chunk) << _BITS
        at = bisect_left(marks, low)
        while at < len(marks) and marks[at] < low + _ROWS:
            place = next(self.places(marks[at] & (_ROWS - 1), 1, None))
            if place is not None and place[0] == chunk:
                return place
            at += 1
        return None

    def places(self, start: int, count: int, last: Frame | None) -> Iterator[Place | None]:
        """Of so many rows; None for one that can't be used."""
        for number in range(start, start + count):
            row = CHUNK.unpack_from(*self._row(number))
            chunk, raw, ordinal, offset, length, inside, codec = row
            pack = self._pack(ordinal) if ordinal < len(self.packs) else None
            if pack is None:
                yield None
                continue
            if last is None or last.pack is not pack or last.offset != offset:
                last = Frame(pack, offset, length, codec)
            yield chunk, raw, inside, last

    def _pack(self, ordinal: int) -> Pack | None:
        """Where it is there: it and its neighbours are asked for when it is first pointed to."""
        if not self._asked[ordinal]:
            after = range(ordinal, min(ordinal + AHEAD, len(self.packs)))
            some = [one for one in after if not self._asked[one]]
            there = standing(self.manifest.space, [self.rows[one] for one in some])
            for one in some:
                self._asked[one] = True
                if self.rows[one] not in there:
                    self.packs[one] = None
        return self.packs[ordinal]

    def _row(self, number: int) -> tuple[bytes, int]:
        at = bisect_right(self._starts, number) - 1
        if at not in self._raw:
            while len(self._raw) >= _BLOCKS:
                del self._raw[next(iter(self._raw))]
            self._raw[at] = self.manifest.block(self.manifest.header.sections["C"][at])
        return self._raw[at], (number - self._starts[at]) * CHUNK.size


def _mark(chunk: bytes) -> int:
    return int.from_bytes(chunk[1:6], "big")


class Bases:
    """Those that can be read; a base only saves space, one that is damaged or gone saves none."""

    def __init__(self, space: Space, artifacts: Sequence[Artifact]) -> None:
        self.all: list[Base] = []
        self._packs: dict[tuple[str, Digest], Pack] = {}
        space = near(space)
        for artifact in artifacts:
            with suppress(StoreDamaged):
                manifest = open_alone(space, artifact)
                manifest.prefetch()
                rows = manifest.packs()
                self.all.append(Base(manifest, self._usable(space, rows), rows))
        self._rows = self.all[0].manifest.rows() if self.all else iter(())
        self._row: FileRow | None = None
        self._at = b""

    def _usable(self, space: Space, rows: list[PackRow]) -> list[Pack | None]:
        bad: Collection[Digest] = worn(rows)
        found: list[Pack | None] = []
        for row in rows:
            allowed = row.zone in pointed(space.zone)
            if not allowed or row.digest in bad or space.watch.avoids(_key(row)):
                found.append(None)
            else:
                fresh = Pack(row.zone, row.digest, row.size)
                found.append(self._packs.setdefault((row.zone, row.digest), fresh))
        return found

    def find(self, chunk: bytes) -> Place | None:
        for base in self.all:
            if place := base.find(chunk):
                return place
        return None

    def same(self, path: str, digest: str) -> list[Place] | None:
        """The chunks of the file at that path in the first base, where it is the same file.

        Paths have to come in the order of a tree.
        """
        row = self._beside(path)
        if row is None or row.file.digest != digest:
            return None
        found: list[Place] = []
        for place in self.all[0].places(row.chunk, row.chunks, None):
            if place is None:
                return None
            found.append(place)
        return found

    def _beside(self, path: str) -> FileRow | None:
        wanted = order(path)
        while self._at < wanted:
            try:
                self._row = next(self._rows, None)
            except StoreDamaged:
                self._row = None
            if self._row is None:
                self._rows = iter(())
                return None
            self._at = order(self._row.file.path)
        return self._row if self._at == wanted else None


def _key(row: PackRow) -> str:
    return names.pack(row.zone, row.digest)
