"""Pushing what a base holds already: known without sending anything, mostly without reading."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.bases import worn
from wombat.store.content import content_of
from wombat.store.reading import open_alone
from wombat.store.records import Artifact
from wombat.store.standing import standing
from wombat.store.stats import Stats
from wombat.store.through import near
from wombat.store.tree import ContentDigest, File, walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wombat.store.bases import Bases
    from wombat.store.manifests import ManifestWriter
    from wombat.store.reading import Manifest
    from wombat.store.space import Space


def unchanged(
    space: Space, folder: Path, kind: str, base: Artifact, *, lasting: bool
) -> Artifact | None:
    """The base itself, where all files are known to be its files; mostly nothing is read for it.

    All is read where chunks of the base would be stored anew, which is for a new version alone.
    """
    manifest = _sound(space, base, kind)
    if manifest is None:
        return None
    if worn(manifest.packs()):
        return _own(manifest) if content_of(folder, lasting=lasting) == base.content else None
    if not lasting:
        return None
    stats, hasher = Stats(folder), ContentDigest()
    with closing(stats):
        for found in walk(folder):
            digest = stats.digest(found)
            if digest is None:
                return None
            hasher.add(File(found.path, found.executable, found.size, digest))
    return _own(manifest) if hasher.finish() == base.content else None


def same_rows(
    space: Space, rows: Sequence[tuple[File, bytes]], kind: str, base: Sequence[Artifact]
) -> Artifact | None:
    """The base itself, where the files are its files."""
    hasher = ContentDigest()
    for file, _ in rows:
        hasher.add(file)
    if not base or hasher.finish() != base[0].content:
        return None
    manifest = _sound(space, base[0], kind)
    return _own(manifest) if manifest else None


def _sound(space: Space, base: Artifact, kind: str) -> Manifest | None:
    """A base's manifest that a new record may name: of this zone and type, nothing of it doomed or
    damaged, and all its packs are there."""
    space = near(space)
    with suppress(StoreDamaged):
        manifest = open_alone(space, base)
        if manifest.zone == space.zone and manifest.type == kind and _there(space, manifest):
            return manifest
    return None


def _there(space: Space, manifest: Manifest) -> bool:
    """Raises StoreDamaged where what the first request brought is."""
    avoids, rows = space.watch.avoids, manifest.packs()
    manifest.check_near()
    if avoids(manifest.key) or any(avoids(names.pack(row.zone, row.digest)) for row in rows):
        return False
    return len(standing(space, rows)) == len(set(rows))


def _own(manifest: Manifest) -> Artifact:
    packs = tuple(row.digest for row in manifest.packs())
    return Artifact(manifest.artifact.content, manifest.artifact.manifest, packs)


def again(space: Space, writer: ManifestWriter, kind: str, bases: Bases) -> Artifact | None:
    """A base of just this content: no other manifest is needed beside it."""
    for base in bases.all[:1]:
        artifact = base.manifest.artifact
        if writer.content.finish() == artifact.content and _sound(space, artifact, kind):
            return _own(base.manifest)
    return None
