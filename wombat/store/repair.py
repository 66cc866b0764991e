"""Repairing: good copies of what is damaged are stored beside it, where readers look for them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from wombat.digest import Digest, digest_bytes
from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.store import names
from wombat.store.blobs import Spoiled
from wombat.store.closer import chunk_of
from wombat.store.heal import Healer
from wombat.store.moved import find_moved, record_moved
from wombat.store.packs import PackWriter, salted
from wombat.store.reading import siblings
from wombat.store.records import Mismatch, unseal
from wombat.store.refound import choices, refound
from wombat.store.sources import Source, exact_manifest
from wombat.store.standins import record_restored, record_successor
from wombat.store.whole import check_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.store.closer import Wound
    from wombat.store.records import Artifact
    from wombat.store.space import Space
    from wombat.store.verify import Fault, Report


@dataclass(slots=True)
class Repaired:
    """By damaged object: the keys of what was written for it, how many chunks are lost, and the
    runs of which one may be chosen where nothing proves what the newest record of a branch was."""

    written: dict[str, list[str]] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


def repair(
    space: Space, report: Report, sources: Sequence[Source] = (), *, choose: str | None = None
) -> Repaired:
    """Writes what heals the faults of a report as far as good bytes are found; for the gc role.

    They are looked for in the same zone, then in `sources`. `choose` is the run whose version a
    branch shall have where its newest record is damaged and nothing proves what it was. Nothing is
    deleted or overwritten.
    What was written is durable on return. Raises StoreUnreachable.
    """
    work = _Repair(space, sources, choose, Repaired())
    for fault in report.faults:
        if fault.kind not in ("pack", "manifest") and not fault.healed:
            work.record(fault)
    for artifact in report.manifests:
        work.manifest(artifact)
    for wound in report.wounds:
        work.pack(wound)
    space.blobs.sync()
    return work.done


@dataclass(slots=True)
class _Repair:
    space: Space
    sources: Sequence[Source]
    choose: str | None
    done: Repaired

    def record(self, fault: Fault) -> None:
        """The same bytes from elsewhere, or a ref made again from what its run published."""
        copies = (data for source in self.sources for data in source.objects(fault.key))
        for data in chain(copies, refound(self.space, fault.key), self._chosen(fault)):
            with suppress(Mismatch):
                unseal(fault.key, fault.kind, data)
                at = record_restored(self.space, fault.key, fault.kind, data)
                self._written(fault.key, at)
                return

    def _chosen(self, fault: Fault) -> Iterator[bytes]:
        """Nobody guesses what a branch holds: somebody has to say it."""
        found = choices(self.space, fault.key)
        if self.choose in found:
            yield found[self.choose]
        elif found:
            self.done.choices[fault.key] = sorted(found)

    def manifest(self, artifact: Artifact) -> None:
        """The very object where the name is free, else another manifest of the same content."""
        key = names.manifest(str(artifact.zone), artifact.content, artifact.manifest)
        if self._free(key):
            for source in self.sources:
                for data in source.objects(key):
                    if exact_manifest(key, artifact, data):
                        self.space.blobs.put(key, data)
                        self._written(key, key)
                        return
        if not self._succeed(key, artifact):
            for source in self.sources:
                with suppress(StoreDamaged, StoreUnreachable):
                    if source.push(self.space, artifact) and self._succeed(key, artifact):
                        return

    def _succeed(self, key: str, artifact: Artifact) -> bool:
        for other in siblings(self.space, artifact):
            if other.space is not self.space or other.zone != artifact.zone:
                continue
            with suppress(StoreDamaged):
                packs = tuple(row.digest for row in check_manifest(other))
                self.space.watch.look(self.space)
                if self.space.watch.has(replace(other.artifact, packs=packs), other.zone):
                    continue  # a collection is about to delete it
                to = other.artifact.manifest
                self._written(key, record_successor(self.space, artifact, to, packs))
                return True
        return False

    def pack(self, wound: Wound) -> None:
        """The very object where the name is free, else a new pack of all that is still wanted."""
        key = names.pack(wound.zone, wound.pack.digest)
        try:
            moved = find_moved(self.space, wound.zone, wound.pack.digest)
        except StoreDamaged:
            # Nothing goes on top of that record: what others need by it, nobody knows.
            self.done.lost[key] = len(wound.missing)
            return
        if (moved and not wound.missing) or not wound.wanted:
            return  # nobody misses anything
        if self._free(key):
            for source in self.sources:
                for data in source.objects(key):
                    if digest_bytes(data) == wound.pack.digest:
                        self.space.blobs.put(key, data)
                        self._written(key, key)
                        return
        self._repack(key, wound)

    def _repack(self, key: str, wound: Wound) -> None:
        """A record of a move names every chunk that is wanted, so the good ones are copied too."""
        self.space.watch.look(self.space)
        found = self._found(wound)
        healer = Healer(self.space)
        landed: list[Digest] = []

        def put(_: int, digest: Digest, data: bytes) -> None:
            landed.append(self._put(wound.zone, digest, data))

        writer = PackWriter(lambda: 0, put)
        kept = 0
        for row in wound.wanted.values():
            data = found.get(row.hash)
            data = chunk_of(self.space, healer, wound.pack, row) if data is None else data
            if data is not None:
                writer.add(row.hash, data)
                kept += 1
        if lost := len(wound.wanted) - kept:
            self.done.lost[key] = lost
        if kept and (found or not wound.missing):
            writer.close()
            if wound.pack.digest in landed:
                self._written(key, key)  # every byte of it was found, and its name was free
                return
            at = record_moved(self.space, wound.zone, wound.pack.digest, landed)
            self._written(key, at)

    def _found(self, wound: Wound) -> dict[bytes, bytes]:
        """The missing chunks that a source has; at most one pack's worth in memory."""
        found: dict[bytes, bytes] = {}
        for source in self.sources:
            for user in wound.users:
                if wanted := wound.missing - found.keys():
                    with suppress(StoreDamaged, StoreUnreachable):
                        found.update(source.chunks(self.space, user, wanted))
        return found

    def _put(self, zone: str, digest: Digest, data: bytes) -> Digest:
        key = names.pack(zone, digest)
        if not self.space.watch.avoids(key):
            with suppress(Spoiled):
                self.space.blobs.put(key, data)
                return digest
        data = salted(data)
        digest = digest_bytes(data)
        self.space.blobs.put(names.pack(zone, digest), data)
        return digest

    def _free(self, key: str) -> bool:
        """What stands there, however damaged, is never overwritten."""
        try:
            self.space.blobs.stat(key)
        except Absent:
            return True
        return False

    def _written(self, key: str, at: str) -> None:
        self.done.written.setdefault(key, []).append(at)
