"""Where a repair looks for good bytes: other stores and zones, and the user's own files."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wombat.digest import digest_bytes
from wombat.errors import Absent, DataInvalid, StoreDamaged, StoreUnreachable
from wombat.store import names
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.chunking import Chunker
from wombat.store.closer import chunk_of
from wombat.store.heal import Healer
from wombat.store.pull import fetch_tree
from wombat.store.push import push_tree
from wombat.store.reading import of_content, open_alone, open_manifest
from wombat.store.space import Space
from wombat.store.tree import walk
from wombat.store.whole import check_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.store.reading import Manifest
    from wombat.store.records import Artifact


class Source(Protocol):
    """A place of good copies; what it gives is checked by whoever takes it."""

    def objects(self, key: str) -> Iterator[bytes]:
        """The bytes of an object, from where it may have a copy."""

    def chunks(
        self, space: Space, artifact: Artifact, wanted: set[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Verified bytes of those chunks of the artifact that it has, by their digests."""

    def push(self, space: Space, artifact: Artifact) -> bool:
        """Stores the whole artifact anew where it has its content; False where it hasn't."""


@dataclass(frozen=True, slots=True)
class OtherSpace:
    """Another zone of the store, or another store."""

    space: Space

    def objects(self, key: str) -> Iterator[bytes]:
        name = names.parse(key)
        own = name.fields.get("zone", "") if name else ""
        for zone in self.space.zones() if own else (own,):
            with suppress(Absent, StoreUnreachable):
                yield self.space.blobs.get(zone + key[len(own) :])

    def chunks(
        self, space: Space, artifact: Artifact, wanted: set[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        left = set(wanted)
        healer = Healer(self.space)
        for manifest in self._of(artifact):
            packs = manifest.packs()
            for row in manifest.chunk_rows(0, manifest.header.chunks):
                if row.hash in left:
                    data = chunk_of(self.space, healer, packs[row.pack], row)
                    if data is not None:
                        left.discard(row.hash)
                        yield row.hash, data
        if left:
            # It was cut otherwise there: its files are fetched and cut as ours were.
            with self._fetched(artifact) as tree:
                if tree is not None:
                    yield from tree.chunks(space, artifact, left)

    def push(self, space: Space, artifact: Artifact) -> bool:
        with self._fetched(artifact) as tree:
            return tree is not None and tree.push(space, artifact)

    @contextmanager
    def _fetched(self, artifact: Artifact) -> Iterator[Files | None]:
        """The artifact's files in a scratch folder; None where it can't be had whole."""
        with tempfile.TemporaryDirectory(prefix="wombat-") as scratch:
            found = None
            for manifest in self._of(artifact):
                with suppress(StoreDamaged):
                    fetch_tree(self.space, manifest, Path(scratch, "tree"))
                    found = Files(Path(scratch, "tree"), manifest.type)
                    break
            yield found

    def _of(self, artifact: Artifact) -> Iterator[Manifest]:
        for zone in self.space.zones():
            yield from of_content(self.space, zone, artifact.content)


@dataclass(frozen=True, slots=True)
class Files:
    """A file or folder of the user's that may hold what an artifact held."""

    path: Path
    type: str | None = None
    """Of the artifact, where that is known."""

    def objects(self, key: str) -> Iterator[bytes]:  # noqa: ARG002 -- the protocol's
        return iter(())

    def chunks(
        self, space: Space, artifact: Artifact, wanted: set[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        header = open_manifest(space, artifact).header
        chunker = Chunker.from_json(header.chunker)
        for found in walk(self.path):
            with Path(found.place).open("rb") as stream:
                for piece in chunker.cut(stream) if chunker else ():
                    digest = bytes.fromhex(digest_bytes(piece))
                    if digest in wanted:
                        yield digest, bytes(piece)

    def push(self, space: Space, artifact: Artifact) -> bool:
        kind = self.type or _type_of(space, artifact) or self._by_form()
        with suppress(DataInvalid):
            return push_tree(space, self.path, type=kind).content == artifact.content
        return False

    def _by_form(self) -> str:
        return "directory" if self.path.is_dir() else "file"


def _type_of(space: Space, artifact: Artifact) -> str | None:
    """What its own manifest says, where that much of it can be read."""
    try:
        return open_alone(space, artifact).type
    except StoreDamaged:
        return None


def exact_manifest(key: str, artifact: Artifact, data: bytes) -> bool:
    """Whether these bytes are the whole manifest of that name."""
    blobs = MemoryBlobs()
    blobs.put(key, data)
    alone = Space(blobs, str(artifact.zone), ())
    try:
        check_manifest(open_alone(alone, artifact))
    except StoreDamaged:
        return False
    return True
