"""Old reports of damage: what is gone or sound again needs no warning that all writers read."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from wombat.digest import digest_bytes
from wombat.errors import Absent, StoreDamaged, StoreDenied
from wombat.store import names
from wombat.store.gc.clocks import DAY
from wombat.store.gc.named import artifact_at
from wombat.store.parallel import each
from wombat.store.reading import open_alone
from wombat.store.records import Mismatch, unseal
from wombat.store.space import read_sealed
from wombat.store.whole import check_manifest

if TYPE_CHECKING:
    from wombat.store.blobs import Entry
    from wombat.store.space import Space

AGE: Final = 30 * DAY
AT_ONCE: Final = 200
"""Reports that one pass looks at: each may mean to read a pack."""


def forget(space: Space, now: float) -> int:
    """Deletes reports older than 30 days of objects that are gone, or sound again; how many.

    A role that may not leaves them.
    """
    listed = space.blobs.entries(f"{space.zone}/damage/")
    old = list(islice((entry for entry in listed if now - entry.time >= AGE), AT_ONCE))
    idle = zip(old, each(partial(_idle, space), old), strict=True)
    keys = [entry.key for entry, yes in idle if yes]
    if keys:
        try:
            space.blobs.delete(keys)
        except StoreDenied:
            return 0
    return len(keys)


def _idle(space: Space, entry: Entry) -> bool:
    name = names.parse(entry.key)
    if name is None:
        return False
    try:
        about = str(read_sealed(space, entry.key, "damage")["key"])
    except (Absent, StoreDamaged, KeyError):
        return True  # it tells nobody anything
    if digest_bytes(about.encode()) != name["digest"] or not about.startswith(f"{space.zone}/"):
        return True
    try:
        _check(space, about)
    except Absent:
        return True
    except (StoreDamaged, Mismatch):
        return False
    return True


def _check(space: Space, key: str) -> None:
    """Raises Absent, and StoreDamaged or Mismatch for an object that isn't what its name says."""
    name = names.parse(key)
    if name is None:
        raise Absent(f"{key} is no name of the format")
    space.blobs.stat(key)
    if name.kind == "pack":
        if digest_bytes(space.blobs.get(key)) != name["digest"]:
            raise Mismatch(key)
    elif name.kind == "manifest":
        check_manifest(open_alone(space, artifact_at(key)))
    else:
        unseal(key, name.kind, space.blobs.get(key))
