"""What one record or manifest names in its own zone, as a few bytes."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wombat.digest import Digest, canonical_json, is_digest
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.doom import artifacts_in
from wombat.store.journal import read_record
from wombat.store.reading import open_alone
from wombat.store.records import Artifact
from wombat.store.space import read_sealed
from wombat.store.standins import replacement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.store.blobs import Entry
    from wombat.store.records import Body
    from wombat.store.space import Space

V = TypeVar("V")
PACK: Final = struct.Struct(">32sQQ")
"""Digest, size and used bytes of a pack that a manifest needs."""


class Passing(bytes):
    """What is true of a record now, and isn't to be remembered."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a record says that a collection asks for; `manifests` are `C.M`, by output."""

    manifests: dict[str, list[str]]
    run: str
    branch: str
    closed: bool

    def every(self) -> Iterator[str]:
        for found in self.manifests.values():
            yield from found


def damaged(key: str, error: Exception) -> StoreDamaged:
    """What has to be read before anything may be doomed can't be."""
    return StoreDamaged(
        f"nothing was collected, as {key} can't be relied on: {error}",
        code="gc-root",
        hint="'wombat verify' says what is behind it; restore or repair it, then collect again",
    )


def lenient(
    space: Space, notes: list[str], read: Callable[[Space, Entry], V]
) -> Callable[[Entry], V | None]:
    """`read`, which in an untrusted zone notes what is damaged and leaves it out.

    Anybody who may open a merge request writes there, and would stop the collector else.
    """

    def one(entry: Entry) -> V | None:
        try:
            return read(space, entry)
        except StoreDamaged as error:
            if not untrusted(space.zone):
                raise
            notes.append(f"left out: {error}")
            return None

    return one


def untrusted(zone: str) -> bool:
    return zone.startswith("u/")


def read_told(space: Space, entry: Entry) -> bytes:
    """The record at a listed key; raises StoreDamaged (`gc-root`), also where it is gone."""
    name = names.parse(entry.key)
    assert name is not None  # noqa: S101 -- it was listed by its name
    try:
        whole = _raw(space, entry.key, name.kind)
        if not (aside := whole.get("aside")):
            return _encode(space.zone, name, whole, aside)
        return _told_aside(space, entry, name, whole)
    except (Absent, StoreDamaged) as error:
        raise damaged(entry.key, error) from error


def _told_aside(space: Space, entry: Entry, name: names.Name, whole: Body) -> bytes:
    """With its long fields. Where those were let go, or are lost, their manifests are found gone by
    whoever needs them, and it isn't remembered."""
    aside = whole["aside"]
    try:
        return _encode(space.zone, name, read_record(space, entry.key, name.kind), aside)
    except StoreDamaged as error:
        if error.code != "store-lost":
            raise
        return Passing(_encode(space.zone, name, whole, aside))


def named_by(space: Space, entry: Entry) -> list[Artifact]:
    """Every artifact of the zone that a record names; none where it can't be read."""
    name = names.parse(entry.key)
    assert name is not None  # noqa: S101 -- it was listed by its name
    try:
        raw = _raw(space, entry.key, name.kind)
        whole = read_record(space, entry.key, name.kind)
    except (Absent, StoreDamaged):
        return []
    every = artifacts_in([whole, raw.get("aside")])
    return [one for one in every if (one.zone or space.zone) == space.zone]


def _raw(space: Space, key: str, kind: str) -> Body:
    """The record, or the good copy that a repair left beside it."""
    try:
        return read_sealed(space, key, kind)
    except StoreDamaged:
        if restored := replacement(space, key, kind):
            return restored
        raise


def _encode(zone: str, name: names.Name, body: dict[str, Any], aside: Any) -> bytes:
    outputs = body.get("outputs")
    split = dict(outputs) if isinstance(outputs, dict) else {}
    split[""] = [{k: v for k, v in body.items() if k != "outputs"}, aside]
    found = {output: _own(zone, artifacts_in(value)) for output, value in split.items()}
    return canonical_json(
        {
            "m": {output: list(keys) for output, keys in found.items() if keys},
            "run": str(body.get("run", name.fields.get("run", ""))),
            "branch": str(body.get("branch", "")),
            "closed": body.get("closed") is True,
        }
    )


def _own(zone: str, artifacts: Iterable[Artifact]) -> list[str]:
    mine = (a for a in artifacts if (a.zone or zone) == zone)
    return sorted({f"{a.content}.{a.manifest}" for a in mine})


def told(value: bytes) -> Told:
    body = json.loads(value)
    return Told(body["m"], body["run"], body["branch"], body["closed"])


def pair_of(key: str) -> bytes:
    """C and M of a manifest's key."""
    return bytes.fromhex(key[-129:-65] + key[-64:])


def artifact_at(key: str) -> Artifact:
    """Of a manifest's key."""
    name = names.parse(key)
    assert name is not None  # noqa: S101 -- it was listed by its name
    return Artifact(Digest(name["content"]), Digest(name["manifest"]), (), name["zone"])


def read_packs(space: Space, entry: Entry) -> bytes | None:
    """The packs of the zone that a listed manifest needs; None where it is damaged or gone.

    Reads its header and P alone.
    """
    try:
        manifest = open_alone(space, artifact_at(entry.key))
        rows = [row for row in manifest.packs() if row.zone == space.zone]
    except StoreDamaged:
        return None
    head = struct.pack(">Q", manifest.bytes)
    return head + b"".join(PACK.pack(bytes.fromhex(r.digest), r.size, r.used) for r in rows)


def read_moved(space: Space, entry: Entry) -> bytes:
    """The digests of the packs that took over, or of the manifest that stands in; see `successor`.

    Nothing where a record was moved. Raises StoreDamaged (`gc-root`): what is named could be all
    that is left.
    """
    try:
        body = _raw(space, entry.key, "moved")
    except (Absent, StoreDamaged) as error:
        raise damaged(entry.key, error) from error
    packs = [body["manifest"]] if "manifest" in body else body.get("packs", [])
    if not isinstance(packs, list) or not all(isinstance(p, str) and is_digest(p) for p in packs):
        raise damaged(entry.key, StoreDamaged("it names no packs"))
    return (b"m" if "manifest" in body else b"p") + b"".join(map(bytes.fromhex, packs))


def successor(value: bytes) -> bytes | None:
    """The digest of the manifest that stands in."""
    return value[1:] if value[:1] == b"m" else None


def moved_to(value: bytes) -> list[bytes]:
    """The digests of the packs that took over."""
    return [value[at : at + 32] for at in range(1, len(value), 32)] if value[:1] == b"p" else []


def packs(value: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Digest, size and used bytes of each."""
    return PACK.iter_unpack(value[8:])


def logical(value: bytes) -> int:
    """The bytes of the artifact's files."""
    return int(struct.unpack_from(">Q", value)[0])
