"""Artifacts from one store into another: the same content, cut and packed as that store needs."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.errors import StoreDamaged
from wombat.store.doom import pointed
from wombat.store.pull import fetch_tree
from wombat.store.push import push_tree
from wombat.store.reading import find_artifact, open_manifest
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.store.space import Space


@dataclass(slots=True)
class Sent:
    """What a sending came to: artifacts that were there, that were not, and their bytes."""

    there: int = 0
    new: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Sender:
    """Copies artifacts into `target`, each content once. Not safe in several threads."""

    source: Space
    target: Space
    sent: Sent = field(default_factory=Sent)
    _known: dict[str, Artifact] = field(default_factory=dict)

    def output(self, value: Mapping[str, Any], base: Mapping[str, Any] | None) -> dict[str, Any]:
        """An output as a record of the target may name it; `base` is the same output there."""
        if "parts" in value:
            bases = (base or {}).get("parts", {})
            parts = value["parts"].items()
            return {**value, "parts": {k: self.output(v, bases.get(k)) for k, v in parts}}
        earlier = () if base is None or "C" not in base else (Artifact.from_json(base),)
        bare = {name: one for name, one in value.items() if name != "zone"}
        return bare | self.artifact(Artifact.from_json(value), earlier).to_json()

    def artifact(self, artifact: Artifact, base: Sequence[Artifact] = ()) -> Artifact:
        """The artifact with this content in the target: one that is there, else a copy.

        Every byte is verified on its way. Raises StoreDamaged, StoreDenied, StoreUnreachable.
        """
        if (known := self._known.get(artifact.content)) is None:
            known = self._there(artifact) or self._copied(artifact, base)
            self._known[artifact.content] = known
        return known

    def _there(self, artifact: Artifact) -> Artifact | None:
        """In a zone that the target may point to; not what is about to be deleted."""
        self.target.watch.look(self.target)
        found = None
        with suppress(StoreDamaged):
            found = find_artifact(self.target, artifact.content)
        zone = found.zone or self.target.zone if found else ""
        if found is None or zone not in pointed(self.target.zone):
            return None
        if self.target.watch.has(found, zone):
            return None
        self.sent.there += 1
        return replace(found, zone=None if zone == self.target.zone else zone)

    def _copied(self, artifact: Artifact, base: Sequence[Artifact]) -> Artifact:
        manifest = open_manifest(self.source, artifact)
        with tempfile.TemporaryDirectory(prefix="wombat-") as scratch:
            folder = Path(scratch) / "tree"
            fetch_tree(self.source, manifest, folder)
            copied = push_tree(self.target, folder, type=manifest.type, base=base)
        if copied.content != artifact.content:
            raise StoreDamaged(
                f"what was sent came out as {copied.content}, not {artifact.content}"
            )
        self.sent.new += 1
        self.sent.bytes += manifest.bytes
        return copied
