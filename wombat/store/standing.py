"""Whether packs that a new version would point to are there: asked side by side, each once."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.moved import find_moved
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.digest import Digest
    from wombat.store.sections import PackRow
    from wombat.store.space import Space

WIDTH: Final = 32
FEW: Final = 4
"""Packs for which no listing is worth its request."""
PAGE: Final = 1000
SHARE: Final = 100
"""Of so many packs that are asked for, one page of a listing may be read."""


def standing(space: Space, rows: Iterable[PackRow]) -> set[PackRow]:
    """Those that are there in their full size, or moved to such; zones are filled in.

    What was found once isn't asked for again by this command.
    """
    every = set(rows)
    left = [row for row in every if _key(row) not in space.standing]
    if space.sent is not None and len(left) > FEW:
        left = _unlisted(space, left)
    found = zip(left, each(partial(_stands, space), left, width=WIDTH), strict=True)
    gone = {row for row, there in found if not there}
    space.standing.update(_key(row) for row in every - gone)
    return every - gone


def _unlisted(space: Space, rows: list[PackRow]) -> list[PackRow]:
    """Those of which a few pages of a listing say nothing: it is only believed what it shows."""
    shown = {}
    for zone in {row.zone for row in rows}:
        pages = 1 + len(rows) // SHARE
        for entry in islice(space.blobs.entries(f"{zone}/p/"), pages * PAGE):
            shown[entry.key] = entry.size
    return [row for row in rows if shown.get(_key(row)) != row.size]


def _stands(space: Space, row: PackRow) -> bool:
    try:
        return space.blobs.stat(_key(row)).size == row.size
    except Absent:
        return _moved(space, row.zone, row.digest, {row.digest})


def _moved(space: Space, zone: str, digest: Digest, seen: set[Digest]) -> bool:
    """Whether all packs that took over are there, or moved on in turn."""
    try:
        packs = find_moved(space, zone, digest)
    except StoreDamaged:
        return False
    return bool(packs) and all(_took_over(space, zone, one, seen) for one in packs)


def _took_over(space: Space, zone: str, digest: Digest, seen: set[Digest]) -> bool:
    key = names.pack(zone, digest)
    if digest in seen or space.watch.avoids(key):
        return False
    seen.add(digest)
    try:
        space.blobs.stat(key)
    except Absent:
        return _moved(space, zone, digest, seen)
    return True


def _key(row: PackRow) -> str:
    return names.pack(row.zone, row.digest)
