"""Compaction: what is still wanted of packs that are mostly dead goes into new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.digest import Digest, digest_bytes
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.gc.gone import FULL, short_of
from wombat.store.gc.mark import SPARSE
from wombat.store.gc.named import artifact_at, damaged, packs
from wombat.store.moved import Moves
from wombat.store.packs import FRAME_LARGEST, PackWriter, decompress, read_table, salted
from wombat.store.reading import open_alone
from wombat.store.records import Mismatch, seal
from wombat.store.space import read_checked, settle

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from wombat.store.blobs import Entry
    from wombat.store.gc.mark import Marking
    from wombat.store.packs import Row
    from wombat.store.sections import ChunkRow

MANY: Final = 16
AT_ONCE: Final = 4 << 30
"""Bytes of packs that one pass rewrites at most."""


@dataclass(slots=True)
class Wanted:
    """What live manifests want of one pack: frames by offset, with their lengths, and chunks."""

    entry: Entry
    chunks: set[bytes] = field(default_factory=set)
    frames: dict[int, int] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        return bytes.fromhex(self.entry.key[-64:])

    @property
    def bytes(self) -> int:
        return sum(self.frames.values())

    def add(self, row: ChunkRow) -> None:
        self.chunks.add(row.hash)
        self.frames[row.offset] = row.length


def wanted_of(marking: Marking, entries: Iterable[Entry]) -> list[Wanted]:
    """Of each pack; reads the chunk lists of the manifests that name one, and of no other."""
    found = {one.digest: one for one in map(Wanted, entries)}
    near = {short_of(digest) for digest in found}
    for entry, value in marking.packs_of(marking.wanted()) if found else ():
        if value is not None and _names(value, near):
            _collect(marking, entry, found)
    return list(found.values())


def _names(value: bytes, near: set[int]) -> bool:
    return any(short_of(digest) in near for digest, _, _ in packs(value))


def _collect(marking: Marking, entry: Entry, found: Mapping[bytes, Wanted]) -> None:
    try:
        manifest = open_alone(marking.space, artifact_at(entry.key))
        zone = marking.space.zone
        at = [
            found.get(bytes.fromhex(p.digest)) if p.zone == zone else None for p in manifest.packs()
        ]
        for row in manifest.chunk_rows(0, manifest.header.chunks):
            if (one := at[row.pack]) is not None:
                one.add(row)
    except (StoreDamaged, IndexError) as error:
        raise damaged(entry.key, error) from error


def choose(marking: Marking, covered: Container[str], *, small: bool = False) -> list[Wanted]:
    """Packs of which all live manifests together use less than SPARSE percent.

    Also such as moved before and aren't `covered`; with `small` those that are small, if there
    are many of them.
    """
    start = len(marking.space.zone) + 1
    again = [e for e in marking.replaced if e.key[start:] not in covered]
    sparse = wanted_of(marking, [*marking.sparse, *again])
    chosen = [one for one in sparse if one.bytes * FULL < one.entry.size * SPARSE]
    if small:
        known = {one.entry.key for one in chosen}
        little = [e for e in marking.small if e.key not in known]
        chosen += wanted_of(marking, little) if len(little) >= MANY else []
    chosen.sort(key=lambda one: (one.bytes - one.entry.size, one.entry.key))
    taken: list[Wanted] = []
    total = 0
    for one in chosen:
        total += one.entry.size
        if total > AT_ONCE and taken:
            break
        taken.append(one)
    return taken


def covered(marking: Marking) -> dict[str, tuple[int, float]]:
    """Replaced packs whose wanted chunks all lie where they moved: key below the zone, size, time.

    What was wanted when it was moved may be less than what is wanted now.
    """
    space, moves = marking.space, Moves(marking.space)
    return {
        one.entry.key[len(space.zone) + 1 :]: (one.entry.size, one.entry.time)
        for one in wanted_of(marking, marking.replaced)
        if _is_covered(moves, space.zone, one)
    }


def _is_covered(moves: Moves, zone: str, one: Wanted) -> bool:
    digest = Digest(one.digest.hex())
    try:
        return all(any(True for _ in moves.places(zone, digest, c)) for c in one.chunks)
    except StoreDamaged:
        return False  # where it moved can't be read, so it stays


@dataclass(slots=True)
class Compaction:
    """New packs of the chosen ones' chunks, each verified; then a record of where they went.

    Nothing is deleted here. Killed anywhere: what was written is garbage, or already counts.
    """

    marking: Marking
    packs: int = 0
    before: int = 0
    after: int = 0
    _new: list[Digest] = field(default_factory=list)

    def run(self, chosen: list[Wanted]) -> list[str]:
        """The keys below the zone of packs that may be doomed now."""
        writer = PackWriter(self._begin, self._put)
        copied: list[tuple[Wanted, set[int]]] = []
        for one in chosen:
            try:
                rows = self._rows(one)
            except (Absent, StoreDamaged):
                continue  # reading and verifying tell of that; here it stays as it is
            copied.append((one, {writer.add(chunk, data).pack for chunk, data in rows}))
        writer.close()
        self.marking.space.blobs.sync()
        return [key for one, into in copied if (key := self._move(one, into))]

    def _rows(self, one: Wanted) -> list[tuple[bytes, bytes]]:
        """The wanted chunks in the order of the pack; raises StoreDamaged, Absent."""

        def check(data: bytes) -> list[tuple[bytes, bytes]]:
            table = {row.chunk: row for row in read_table(data)}
            if lacking := one.chunks - table.keys():
                raise Mismatch(f"the pack lacks chunk {min(lacking).hex()}")
            rows = sorted((table[c] for c in one.chunks), key=lambda r: (r.offset, r.inside))
            return [(row.chunk, _chunk(data, row)) for row in rows]

        return read_checked(self.marking.space, one.entry.key, check)

    def _begin(self) -> int:
        self._new.append(Digest(""))
        return len(self._new) - 1

    def _put(self, ordinal: int, digest: Digest, data: bytes) -> None:
        """Under a name that nothing has: neither a doomed pack nor one of an earlier try."""
        del digest
        data = salted(data)
        self._new[ordinal] = digest_bytes(data)
        self.after += len(data)
        space = self.marking.space
        space.blobs.put(names.pack(space.zone, self._new[ordinal]), data)

    def _move(self, one: Wanted, into: set[int]) -> str | None:
        """None where another collector was first: its packs count, and ours are garbage."""
        space, digest = self.marking.space, one.digest
        earlier = self.marking.moved.get(digest, [])
        move = max((int(e.key.rpartition("/")[2]) for e in earlier), default=0) + 1
        key = names.build("moved", zone=space.zone, digest=digest.hex(), move=str(move))
        targets = [str(self._new[ordinal]) for ordinal in sorted(into)]
        if not targets:
            return None  # nothing of it is wanted: then it is dead, or somebody reckoned wrongly
        if not settle(space, key, seal(key, "moved", {"packs": targets})):
            return None
        self.packs += 1
        self.before += one.entry.size
        return one.entry.key[len(space.zone) + 1 :]


def _chunk(data: bytes, row: Row) -> bytes:
    frame = decompress(row.codec, data[row.offset : row.offset + row.length], FRAME_LARGEST)
    chunk = frame[row.inside : row.inside + row.raw]
    if len(chunk) != row.raw or bytes.fromhex(digest_bytes(chunk)) != row.chunk:
        raise Mismatch("a chunk has another digest")
    return chunk
