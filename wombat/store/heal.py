"""Good bytes for what is damaged or gone: moved packs first, then copies elsewhere."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.store.moved import Moves, read_place
from wombat.store.reading import siblings

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.store.reading import Manifest
    from wombat.store.sections import ChunkRow, PackRow
    from wombat.store.space import Space


T = TypeVar("T")


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

    def __post_init__(self) -> None:
        self.moves = Moves(self.space)

    def chunk(self, pack: PackRow, row: ChunkRow) -> bytes | None:
        """The verified bytes of a chunk whose own pack is wrong or gone; None: nowhere."""
        try:
            for place in self.moves.places(pack.zone, pack.digest, row.hash):
                with suppress(Absent, StoreDamaged):
                    return read_place(self.space, place)
        except StoreDamaged:
            return None  # a record of a move can't be read; that was reported
        return None
