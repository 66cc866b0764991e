"""Chunks of one manifest, verified: out of packs that were fetched, or wherever a good copy is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from blake3 import blake3

from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.heal import Healer
from wombat.store.packs import FRAME_LARGEST, RAW, decompress
from wombat.store.reading import Manifest, forged
from wombat.store.records import Mismatch
from wombat.store.space import GONE, Space, lost, read_checked, report_damage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.store.sections import ChunkRow, PackRow
    from wombat.store.shelf import Shelf

Data: TypeAlias = bytes | memoryview


class Chunks:
    """Reads chunks of one manifest. Safe in threads."""

    def __init__(
        self, space: Space, manifest: Manifest, packs: list[PackRow], shelf: Shelf
    ) -> None:
        self._space = space
        self._manifest = manifest
        self._packs = packs
        self._shelf = shelf
        self._healer = Healer(space)

    def read(self, rows: Sequence[ChunkRow]) -> Iterator[Data]:
        """Each chunk in turn; neighbours in one frame are decompressed once.

        Raises StoreDamaged; never gives a wrong byte.
        """
        at: tuple[int, int, int] | None = None
        frame: Data = b""
        for row in rows:
            if row.pack >= len(self._packs):
                raise forged(self._manifest, "a chunk lies in no pack")
            try:
                if at != (row.pack, row.offset, row.length):
                    frame = _opened(row, self._shelf.frame(row))
                    at = (row.pack, row.offset, row.length)
                data = _cut(row, frame)
            except (Mismatch, StoreDamaged, Absent):
                # What was fetched may be from a read that went wrong: start again from the store.
                at, data = None, relocate(self._space, self._healer, self._packs[row.pack], row)
            yield data


def relocate(space: Space, healer: Healer, pack: PackRow, row: ChunkRow) -> bytes:
    """One chunk, read by itself from its pack or from where a good copy is; StoreDamaged."""

    def check(data: bytes) -> bytes:
        return bytes(_cut(row, decompress(row.codec, data, FRAME_LARGEST)))

    key = names.pack(pack.zone, pack.digest)
    fault: StoreDamaged = lost(key, "a pack")
    if key not in healer.gone:
        try:
            return read_checked(space, key, check, span=(row.offset, row.length))
        except Absent:
            healer.gone.add(key)
        except StoreDamaged as error:
            fault = error
    healed = healer.chunk(pack, row)
    if healed is None:
        if key in healer.gone:
            report_damage(space, key, GONE)
        raise fault
    return healed


def _opened(row: ChunkRow, stored: memoryview) -> memoryview:
    if row.codec == RAW:
        return stored
    return memoryview(decompress(row.codec, stored, FRAME_LARGEST))


def _cut(row: ChunkRow, frame: Data) -> Data:
    data = frame[row.inside : row.inside + row.raw]
    if len(data) != row.raw or blake3(data).digest() != row.hash:
        raise Mismatch("a chunk has another digest")
    return data
