"""A pack that is gone or damaged, looked at closely: which chunks, and which files need them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wombat.errors import Absent, StoreDamaged
from wombat.store.heal import Healer
from wombat.store.moved import Place, read_place
from wombat.store.packs import Row
from wombat.store.reading import open_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.store.reading import Manifest
    from wombat.store.records import Artifact
    from wombat.store.sections import ChunkRow, PackRow
    from wombat.store.space import Space


@dataclass(slots=True)
class Wound:
    """A damaged pack. `wanted`: every chunk of it that an artifact needs; `missing`: those whose
    bytes are nowhere to be read; `files`: paths that need one of these."""

    pack: PackRow
    users: tuple[Artifact, ...]
    wanted: dict[bytes, ChunkRow] = field(default_factory=dict)
    missing: set[bytes] = field(default_factory=set)
    files: list[str] = field(default_factory=list)

    @property
    def zone(self) -> str:
        return self.pack.zone


def look_closer(space: Space, pack: PackRow, users: Sequence[Artifact]) -> Wound:
    """Reads each wanted chunk of the pack, from wherever readers would have it."""
    wound = Wound(pack, tuple(users))
    healer = Healer(space)
    manifests = list(_readable(space, users))
    for manifest in manifests:
        for row in _of(manifest, pack):
            if row.hash not in wound.wanted:
                wound.wanted[row.hash] = row
                if chunk_of(space, healer, pack, row) is None:
                    wound.missing.add(row.hash)
    if wound.missing:
        wound.files = sorted({path for m in manifests for path in _files(m, wound.missing)})
    return wound


def chunk_of(space: Space, healer: Healer, pack: PackRow, row: ChunkRow) -> bytes | None:
    """The chunk's bytes, verified, from its pack or where readers look next; None: nowhere."""
    line = Row(row.hash, row.raw, row.offset, row.length, row.inside, row.codec)
    try:
        return read_place(space, Place(pack.zone, pack.digest, line))
    except (Absent, StoreDamaged):
        return healer.chunk(pack, row)


def _readable(space: Space, users: Sequence[Artifact]) -> Iterator[Manifest]:
    for artifact in dict.fromkeys(users):
        try:
            yield open_manifest(space, artifact)
        except StoreDamaged:
            continue  # told apart from this


def _of(manifest: Manifest, pack: PackRow) -> Iterator[ChunkRow]:
    mine = {
        number
        for number, row in enumerate(manifest.packs())
        if (row.zone, row.digest) == (pack.zone, pack.digest)
    }
    for row in manifest.chunk_rows(0, manifest.header.chunks):
        if row.pack in mine:
            yield row


def _files(manifest: Manifest, missing: set[bytes]) -> Iterator[str]:
    for row in manifest.rows():
        if any(chunk.hash in missing for chunk in manifest.chunks(row)):
            yield row.file.path
