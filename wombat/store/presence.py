"""Whether all is there that a record is about to name: manifests, packs, or what took over."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.doom import pointed
from wombat.store.moved import Moves
from wombat.store.parallel import each
from wombat.store.reading import open_alone
from wombat.store.space import GONE, report_damage
from wombat.store.through import near

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.digest import Digest
    from wombat.store.records import Artifact
    from wombat.store.space import Space


def missing(space: Space, named: Iterable[Artifact]) -> str | None:
    """The key of the first manifest or pack that is gone or doomed.

    What is gone is doomed from now on, so that the same push once more stores it anew.
    """
    space = near(space)
    every = [replace(one, zone=one.zone or space.zone) for one in named]
    for whole, key in zip(every, each(partial(_missing, space), every), strict=True):
        if key is not None:
            space.watch.doomed.add(key)
            return key
        space.watch.note(whole, space.zone)
    return None


def lost(space: Space, named: Iterable[Artifact]) -> list[str]:
    """The keys of manifests and packs of the own zone that are gone, and weren't reported before.

    They are reported now, so that no result that names them serves any more.
    """
    space = near(space)
    own = dict.fromkeys(
        replace(one, zone=space.zone)
        for one in named
        if (one.zone or space.zone) == space.zone and not space.watch.knows(one, space.zone)
    )
    packs = {pack for one in own for pack in one.packs}
    there = {pack for pack in packs if _there(space, names.pack(space.zone, pack))}
    found = []
    for one in own:
        manifest = names.manifest(space.zone, one.content, one.manifest)
        if there.issuperset(one.packs) and _there(space, manifest):
            continue
        key = _missing(space, one)
        if key is not None and not space.watch.avoids(key):
            report_damage(space, key, GONE)
            found.append(key)
    return found


def unseen(space: Space, named: Iterable[Artifact]) -> list[Artifact]:
    """Those of the own zones that this command neither stored nor looked for, each once.

    What lies elsewhere no collection of these zones takes away.
    """
    near = pointed(space.zone)
    found = {
        (one.content, one.manifest): one
        for one in named
        if (one.zone or space.zone) in near and not space.watch.knows(one, space.zone)
    }
    return list(found.values())


def _missing(space: Space, one: Artifact) -> str | None:
    own = one.zone or ""
    manifest = names.manifest(own, one.content, one.manifest)
    if not _there(space, manifest):
        return manifest
    gone = {
        pack
        for pack in one.packs
        if not any(_there(space, names.pack(zone, pack)) for zone in pointed(own))
    }
    return _unmoved(space, one, gone) if gone else None


def _there(space: Space, key: str) -> bool:
    if key in space.watch.doomed:
        return False
    try:
        space.blobs.stat(key)
    except Absent:
        return False
    return True


def _unmoved(space: Space, one: Artifact, gone: set[Digest]) -> str | None:
    """Of a pack that was compacted every chunk has to lie in one that isn't doomed itself."""
    moves = Moves(space)
    try:
        manifest = open_alone(space, one)
        packs = manifest.packs()
        for row in manifest.chunk_rows(0, manifest.header.chunks):
            pack = packs[row.pack]
            if pack.digest not in gone:
                continue
            places = moves.places(pack.zone, pack.digest, row.hash)
            if not any(place.key not in space.watch.doomed for place in places):
                return names.pack(pack.zone, pack.digest)
    except (StoreDamaged, IndexError):
        return names.manifest(one.zone or "", one.content, one.manifest)
    return None
