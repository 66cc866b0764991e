"""Records: sealed canonical JSON, bound to their key, and the typed values inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.digest import Digest, canonical_json, digest_bytes, is_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.digest import Json

VERSION: Final = 1
LIMIT: Final = 1 << 20
RESERVED: Final = frozenset({"v", "kind", "seal", "aside"})

Body: TypeAlias = "dict[str, Any]"


class Mismatch(Exception):
    """Bytes that aren't what their name says; becomes StoreDamaged after a second read."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """Where a value is: content digest, manifest digest, packs; `zone` None is the reader's."""

    content: Digest
    manifest: Digest
    packs: tuple[Digest, ...] = ()
    zone: str | None = None

    def to_json(self) -> dict[str, Json]:
        shape: dict[str, Json] = {"C": self.content, "M": self.manifest, "packs": list(self.packs)}
        return shape if self.zone is None else {**shape, "zone": self.zone}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Artifact:
        """Other fields are the record's own; raises ValueError for anything else."""
        named = value.get("packs") or ()
        several = named if isinstance(named, list | tuple) else [named]
        digests = [value.get("C"), value.get("M"), *several]
        if not all(isinstance(d, str) and is_digest(d) for d in digests):
            raise ValueError("an artifact needs C, M and packs as digests")
        zone = value.get("zone")
        if zone is not None and not isinstance(zone, str):
            raise ValueError("an artifact's zone is text")
        content, manifest, *packs = (Digest(str(d)) for d in digests)
        return cls(content, manifest, tuple(packs), zone)


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """What one attempt of a task's part left behind; `attempt` counts from 1."""

    task: str
    part: str | None
    attempt: int
    record: Body
    time: float = 0.0
    """When it was written by the store's clock, in seconds since 1970; 0 where nobody asked."""

    @property
    def done(self) -> bool:
        return bool(self.record.get("state") == "done")


@dataclass(frozen=True, slots=True)
class RefRecord:
    """One step of a branch's or tag's history; `outputs` is the full snapshot at this step."""

    pipeline: str
    branch: str
    kind: str
    seq: int
    parents: tuple[Mapping[str, str], ...]
    key: str
    run: str
    plan: str
    commit: str | None
    order: int
    time: str
    outputs: Mapping[str, Any]
    closed: bool = False
    name: str = ""
    """The key it stands at; not part of the record."""

    def to_body(self) -> Body:
        return {
            "pipeline": self.pipeline,
            "branch": self.branch,
            "ref": self.kind,
            "seq": self.seq,
            "parents": [dict(p) for p in self.parents],
            "key": self.key,
            "run": self.run,
            "plan": self.plan,
            "commit": self.commit,
            "order": self.order,
            "time": self.time,
            "outputs": dict(self.outputs),
            "closed": self.closed,
        }

    @classmethod
    def from_body(cls, body: Body, name: str) -> RefRecord:
        """Raises Mismatch where a field is missing or of another type."""
        text = ("pipeline", "branch", "ref", "key", "run", "plan", "time")
        if not all(isinstance(body.get(n), str) for n in text):
            raise Mismatch("a ref record lacks a text field")
        if not all(type(body.get(n)) is int for n in ("seq", "order")):
            raise Mismatch("a ref record lacks a number")
        if not isinstance(body.get("outputs"), dict) or not isinstance(body.get("parents"), list):
            raise Mismatch("a ref record lacks its outputs or parents")
        fields = {n: body[n] for n in ("pipeline", "branch", "seq", "key", "run", "plan", "order")}
        return cls(
            **fields,
            kind=body["ref"],
            parents=tuple(body["parents"]),
            commit=body.get("commit"),
            time=body["time"],
            outputs=body["outputs"],
            closed=body.get("closed") is True,
            name=name,
        )


def output_contents(value: Mapping[str, Any]) -> str | dict[str, str]:
    """The content digest of one output, or of each of its parts by label."""
    if "parts" in value:
        return {label: str(part["C"]) for label, part in value["parts"].items()}
    return str(value["C"])


def located(value: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """An output whose artifacts say their zone: `zone`, where they said none."""
    if "parts" in value:
        parts = {label: located(part, zone) for label, part in value["parts"].items()}
        return {**value, "parts": parts}
    return {"zone": zone, **value}


def seal(key: str, kind: str, body: Mapping[str, Any]) -> bytes:
    """The record's bytes; the seal binds them to the key, so that records can't be swapped."""
    record = {**body, "v": VERSION, "kind": kind}
    return canonical_json({**record, "seal": _seal(key, record)})


def longest(kind: str) -> int:
    """Bytes that a record has at most; one of a move may hold another one as text."""
    return 4 * LIMIT if kind == "moved" else LIMIT


def unseal(key: str, kind: str, data: bytes) -> Body:
    """The record without its seal; raises Mismatch for one byte of difference."""
    if len(data) > longest(kind):
        raise Mismatch(f"{key} is too long for a record")
    try:
        record = json.loads(data)
        exact = isinstance(record, dict) and canonical_json(record) == data
    except (ValueError, RecursionError) as error:
        raise Mismatch(f"{key} is no canonical JSON") from error
    if not exact:
        raise Mismatch(f"{key} is no canonical record")
    found: Body = record
    if found.pop("seal", None) != _seal(key, found):
        raise Mismatch(f"the seal of {key} is broken")
    if found.pop("kind", None) != kind or found.pop("v", None) != VERSION:
        raise Mismatch(f"{key} is no {kind} record of version {VERSION}")
    return found


def _seal(key: str, record: Mapping[str, Any]) -> str:
    return digest_bytes(key.encode() + b"\0" + canonical_json(dict(record)))
