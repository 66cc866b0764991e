"""Moved packs: which packs took over the chunks of one that was compacted or repaired."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import Digest, digest_bytes, is_digest
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.packs import (
    FRAME_LARGEST,
    TRAILER,
    Row,
    decompress,
    open_trailer,
    rows_of,
)
from wombat.store.records import Mismatch, seal
from wombat.store.space import listed, read_checked, read_sealed, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wombat.store.space import Space

KEPT_TABLES: Final = 16
FIRST: Final = 64 << 10
"""Bytes of a pack's end that are asked for first: with most packs all of the table."""


@dataclass(frozen=True, slots=True)
class Place:
    """A pack and the line of its table that names a chunk."""

    zone: str
    pack: Digest
    row: Row

    @property
    def key(self) -> str:
        return names.pack(self.zone, self.pack)


def find_moved(space: Space, zone: str, digest: Digest) -> tuple[Digest, ...]:
    """The packs of the same zone that took over; none where the pack never moved.

    Raises StoreDamaged for a record that can't be read.
    """
    key = newest_move(space, zone, digest)
    if key is None:
        return ()
    try:
        body = read_sealed(space, key, "moved")
    except StoreDamaged:
        from wombat.store.standins import replacement  # which follows moves, too

        restored = replacement(space, key, "moved")
        if restored is None:
            raise
        body = restored
    packs = body.get("packs")
    if not isinstance(packs, list) or not all(isinstance(p, str) and is_digest(p) for p in packs):
        raise StoreDamaged(f"{key} names no packs")
    return tuple(Digest(p) for p in packs)


def record_moved(space: Space, zone: str, digest: Digest, packs: Iterable[Digest]) -> str:
    """Says that every chunk of the pack that is still wanted lies in `packs`, or in those that the
    record before named: others may need them. For the gc role.

    Returns its key. Raises StoreDamaged where the packs lead back to the pack itself, or where the
    record before can't be read: nobody knows what would be cut off.
    """
    own = tuple(packs)

    def body() -> dict[str, Any]:
        wanted = tuple(dict.fromkeys((*own, *find_moved(space, zone, digest))))
        if digest in wanted or digest in _all_behind(space, zone, wanted):
            raise StoreDamaged(f"pack {digest} would have moved to itself")
        return {"packs": list(wanted)}

    return next_move(space, zone, digest, body)


def next_move(
    space: Space, zone: str, digest: Digest, body: Callable[[], Mapping[str, Any]]
) -> str:
    """A new record on top, once everything that was put before is durable.

    `body` is asked for at each try: what another one recorded meanwhile counts.
    """
    space.blobs.sync()
    while True:
        newest = newest_move(space, zone, digest)
        move = int(newest.rpartition("/")[2]) + 1 if newest else 1
        key = names.build("moved", zone=zone, digest=digest, move=str(move))
        if settle(space, key, seal(key, "moved", body())):
            return key


def chain(space: Space, zone: str, digest: Digest) -> Iterator[Digest]:
    """Every pack that took over, the nearest first, each once: moves of moves are followed."""
    seen, waiting = {digest}, [digest]
    while waiting:
        for pack in find_moved(space, zone, waiting.pop(0)):
            if pack not in seen:
                seen.add(pack)
                waiting.append(pack)
                yield pack


def _all_behind(space: Space, zone: str, packs: Iterable[Digest]) -> set[Digest]:
    return {found for pack in packs for found in chain(space, zone, pack)}


def newest_move(space: Space, zone: str, digest: Digest) -> str | None:
    """The key of the record that counts; None where there is none."""
    prefix = names.folder(names.build("moved", zone=zone, digest=digest, move="1"))
    found = ((int(name["move"]), key) for key, name in listed(space, prefix))
    return max(found, default=(0, None))[1]


@dataclass(slots=True)
class Moves:
    """Where chunks went, as one reader learns it: records are read once, the last tables kept.

    Safe in several threads.
    """

    space: Space
    _chains: dict[tuple[str, Digest], tuple[Digest, ...]] = field(default_factory=dict)
    _tables: OrderedDict[str, Mapping[bytes, Row]] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def places(self, zone: str, pack: Digest, chunk: bytes) -> Iterator[Place]:
        """Where a chunk of `pack` lies now, the nearest first; nothing where the pack never moved.

        A pack that is gone or whose table is damaged has no place to offer.
        """
        for one in self._behind(zone, pack):
            row = self._table(zone, one).get(chunk)
            if row is not None:
                yield Place(zone, one, row)

    def _behind(self, zone: str, pack: Digest) -> tuple[Digest, ...]:
        with self._lock:
            if (zone, pack) not in self._chains:
                self._chains[zone, pack] = tuple(chain(self.space, zone, pack))
            return self._chains[zone, pack]

    def _table(self, zone: str, pack: Digest) -> Mapping[bytes, Row]:
        key = names.pack(zone, pack)
        with self._lock:
            if key not in self._tables:
                self._tables[key] = _by_chunk(self.space, key)
                if len(self._tables) > KEPT_TABLES:
                    self._tables.popitem(last=False)
            return self._tables[key]


def _by_chunk(space: Space, key: str) -> Mapping[bytes, Row]:
    try:
        return {row.chunk: row for row in table_of(space, key)}
    except (Absent, StoreDamaged):
        return {}


def locate(space: Space, zone: str, packs: Iterable[Digest], chunk: bytes) -> Place | None:
    """Where a chunk lies by the tables of `packs`, and of those that took over from them."""
    moves = Moves(space)
    for pack in packs:
        if row := _by_chunk(space, names.pack(zone, pack)).get(chunk):
            return Place(zone, pack, row)
        if place := next(moves.places(zone, pack, chunk), None):
            return place
    return None


def read_place(space: Space, place: Place) -> bytes:
    """The chunk's bytes, verified; raises Absent, StoreDamaged."""
    row = place.row
    span = (row.offset, row.length)
    return read_checked(space, place.key, lambda data: chunk_of(row, data), span=span)


def chunk_of(row: Row, stored: bytes) -> bytes:
    """One chunk out of its stored frame; raises Mismatch."""
    frame = decompress(row.codec, stored, FRAME_LARGEST)
    chunk = frame[row.inside : row.inside + row.raw]
    if len(chunk) != row.raw or bytes.fromhex(digest_bytes(chunk)) != row.chunk:
        raise Mismatch("a chunk has another digest")
    return chunk


def table_of(space: Space, key: str) -> list[Row]:
    """The table of one pack, without reading its frames; raises Absent, StoreDamaged."""
    size = space.blobs.stat(key).size
    start = max(0, size - FIRST)

    def check(data: bytes) -> tuple[int, int, bytes, list[Row] | None]:
        at, length, digest = open_trailer(data[-TRAILER.size :], size)
        near = data[at - start : at - start + length] if at >= start else None
        return at, length, digest, None if near is None else rows_of(near, digest)

    at, length, digest, rows = read_checked(space, key, check, span=(start, size - start))
    if rows is not None:
        return rows
    return read_checked(space, key, lambda data: rows_of(data, digest), span=(at, length))
