"""Good bytes for what is damaged or gone: moved packs first, then copies elsewhere."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.store.moved import Moves, chunk_of, read_place
from wombat.store.reading import siblings
from wombat.store.records import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.store.moved import Place
    from wombat.store.reading import Manifest
    from wombat.store.sections import ChunkRow, PackRow
    from wombat.store.space import Space


T = TypeVar("T")
FEW: Final = 4
KEPT: Final = 2
"""Packs held in memory, at most 32 MiB each."""


def with_siblings(space: Space, manifest: Manifest, act: Callable[[Manifest], T]) -> T:
    """What `act` makes of the manifest, or of another one of its content where it is damaged.

    `act` has to leave nothing behind where it raises StoreDamaged.
    """
    try:
        return act(manifest)
    except StoreDamaged:
        with suppress(StoreUnreachable):
            for other in siblings(space, manifest.artifact):
                with suppress(StoreDamaged):
                    return act(other)
        raise


@dataclass(slots=True)
class Healer:
    """What one reader knows of other places of its chunks. Safe in several threads."""

    space: Space
    moves: Moves = field(init=False)
    gone: set[str] = field(default_factory=set)
    """Keys of packs that aren't there, which nobody asks for again."""
    _asked: Counter[str] = field(default_factory=Counter)
    _bodies: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.moves = Moves(self.space)

    def chunk(self, pack: PackRow, row: ChunkRow) -> bytes | None:
        """The verified bytes of a chunk whose own pack is wrong or gone; None: nowhere."""
        try:
            for place in self.moves.places(pack.zone, pack.digest, row.hash):
                with suppress(Absent, StoreDamaged):
                    return self._at(place)
        except StoreDamaged:
            return None  # a record of a move can't be read; that was reported
        return None

    def _at(self, place: Place) -> bytes:
        """Out of the whole pack where more than a few of its chunks are asked for."""
        body = self._body(place.key)
        if body is not None:
            with suppress(Mismatch):
                frame = body[place.row.offset : place.row.offset + place.row.length]
                return chunk_of(place.row, frame)
        return read_place(self.space, place)

    def _body(self, key: str) -> bytes | None:
        with self._lock:
            self._asked[key] += 1
            if key not in self._bodies and self._asked[key] > FEW:
                self._bodies[key] = self.space.blobs.get(key)
                while len(self._bodies) > KEPT:
                    self._bodies.popitem(last=False)
            return self._bodies.get(key)
