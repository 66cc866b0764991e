"""An artifact found by its content alone: any manifest of it that is proved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wombat.digest import Digest
from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.reading import open_alone
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from wombat.store.space import Space


def find_artifact(space: Space, content: str) -> Artifact | None:
    """By a proved manifest of this content in a readable zone; None where there is none at all.

    Raises StoreDamaged where there are only damaged ones.
    """
    fault: StoreDamaged | None = None
    for zone in space.zones():
        prefix = names.manifest(zone, content, content).rpartition(".")[0] + "."
        for key in space.blobs.list(prefix):
            if name := names.parse(key):
                bare = Artifact(Digest(content), Digest(name["manifest"]), (), zone)
                try:
                    return _whole(space, bare)
                except StoreDamaged as error:
                    fault = error
    if fault is not None:
        raise fault
    return None


def _whole(space: Space, bare: Artifact) -> Artifact:
    found = open_alone(space, bare)
    found.prove()
    return replace(bare, packs=tuple(p.digest for p in found.packs()))
