"""Stand-ins: what repairs leave for manifests and records that are damaged under their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wombat.digest import Digest, digest_bytes
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.moved import newest_move, next_move
from wombat.store.records import Artifact, Mismatch, longest, unseal
from wombat.store.space import read_sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.store.records import Body
    from wombat.store.space import Space


def record_successor(
    space: Space, artifact: Artifact, manifest: Digest, packs: Iterable[Digest]
) -> str:
    """Says which manifest of the same content and zone stands in for a damaged one, and its packs:
    a collection of garbage keeps them; for the gc role."""
    body = {"manifest": manifest, "packs": list(packs)}
    return next_move(space, artifact.zone or space.zone, artifact.manifest, lambda: body)


def find_successor(space: Space, artifact: Artifact) -> Artifact | None:
    """The artifact by the manifest that stands in for its own; None where none does."""
    zone = artifact.zone or space.zone
    key = newest_move(space, zone, artifact.manifest)
    if key is None:
        return None
    body = read_sealed(space, key, "moved")
    shape = {"C": artifact.content, "M": body.get("manifest"), "packs": body.get("packs")}
    try:
        return replace(Artifact.from_json(shape), zone=zone)
    except ValueError as error:
        raise StoreDamaged(f"{key} names no manifest") from error


def record_restored(space: Space, key: str, kind: str, data: bytes) -> str:
    """Puts a good copy of a damaged record beside it, where readers look; for the gc role.

    Raises Mismatch for bytes that aren't that record.
    """
    unseal(key, kind, data)
    body = {"key": key, "record": data.decode()}
    return next_move(space, _zone(space, key), digest_bytes(key.encode()), lambda: body)


def replacement(space: Space, key: str, kind: str) -> Body | None:
    """The fields of a damaged record, from the copy that a repair left; None: there is none."""
    at = newest_move(space, _zone(space, key), digest_bytes(key.encode()))
    if at is None:
        return None
    try:
        body = unseal(at, "moved", space.blobs.get_range(at, 0, longest("moved") + 1))
        return unseal(key, kind, str(body["record"]).encode())
    except (Absent, KeyError, Mismatch):
        return None


def _zone(space: Space, key: str) -> str:
    """Where an object's repairs are written: its own zone, or ours for what has none."""
    name = names.parse(key)
    return name.fields.get("zone", space.zone) if name else space.zone
