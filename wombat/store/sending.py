"""Artifacts from one store into another: the same content, cut and packed as that store needs."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import StoreDamaged
from wombat.store.doom import artifacts_in, pointed
from wombat.store.finding import find_artifact
from wombat.store.parallel import each
from wombat.store.presence import missing
from wombat.store.pull import fetch_tree
from wombat.store.push import push_tree
from wombat.store.reading import open_manifest
from wombat.store.records import Artifact
from wombat.store.through import Through

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.store.push import Progress
    from wombat.store.reading import Manifest
    from wombat.store.space import Space

WIDTH: Final = 4
"""Artifacts under way at once: each lies on this machine's disk for a while."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a content lies in the target; `bytes` are those that were copied, 0 where it was
    there."""

    artifact: Artifact
    new: bool
    bytes: int = 0


def send(
    source: Space,
    target: Space,
    outputs: Mapping[str, Any],
    bases: Mapping[str, Any],
    progress: Progress | None = None,
) -> dict[str, Sent]:
    """Every artifact that `outputs` name, by content: found in the target, or copied into it.

    `bases` are outputs by the same names in the target, whose chunks aren't stored again.
    `progress` is told of the bytes that are copied, and of those that are known to be. Every byte
    is verified on its way. Raises StoreDamaged, StoreDenied, StoreUnreachable.
    """
    target = _alone(target)
    target.watch.look(target)
    wanted = {one.content: (one, base) for one, base in _pairs(outputs, bases)}
    tally = _Tally(progress) if progress else None
    found = each(lambda pair: _send(source, target, *pair, tally), wanted.values(), width=WIDTH)
    return dict(zip(wanted, found, strict=True))


class _Tally:
    """Adds up what several copies tell, each from a thread of its own."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = Lock()
        self._done = self._total = 0

    def copy(self, size: int) -> Progress:
        """One more of `size` bytes; what it tells."""
        before = 0

        def told(done: int, _: int | None) -> None:
            nonlocal before
            with self._lock:
                self._done, before = self._done + done - before, done
                self._progress(self._done, self._total)

        with self._lock:
            self._total += size
        told(0, None)
        return told


def _alone(target: Space) -> Space:
    """What the target reads through isn't in it."""
    blobs = target.blobs
    return replace(target, blobs=blobs.near) if isinstance(blobs, Through) else target


def placed(value: Any, sent: Mapping[str, Sent]) -> Any:
    """What a record says, with each artifact where it lies in the target."""
    if isinstance(value, list | tuple):
        return [placed(one, sent) for one in value]
    if not isinstance(value, dict):
        return value
    if "C" in value and "M" in value and value["C"] in sent:
        bare = {name: one for name, one in value.items() if name != "zone"}
        return bare | sent[value["C"]].artifact.to_json()
    return {name: placed(one, sent) for name, one in value.items()}


def _pairs(
    outputs: Mapping[str, Any], bases: Mapping[str, Any]
) -> Iterator[tuple[Artifact, tuple[Artifact, ...]]]:
    for name, value in outputs.items():
        base = bases.get(name, {})
        if "parts" in value and "C" not in value:
            yield from _pairs(value["parts"], base.get("parts", {}))
        else:
            yield Artifact.from_json(value), tuple(artifacts_in(base))[:1]


def _send(
    source: Space,
    target: Space,
    artifact: Artifact,
    base: tuple[Artifact, ...],
    tally: _Tally | None,
) -> Sent:
    if there := _there(target, artifact):
        return Sent(there, new=False)
    manifest = open_manifest(source, artifact)
    progress = tally.copy(manifest.bytes) if tally else None
    return _copied(source, target, manifest, base, progress)


def _there(target: Space, artifact: Artifact) -> Artifact | None:
    """In a zone that the target may point to, and not about to be deleted."""
    found = None
    with suppress(StoreDamaged):
        found = find_artifact(target, artifact.content)
    zone = found.zone or target.zone if found else ""
    if found is None or zone not in pointed(target.zone) or target.watch.has(found, zone):
        return None
    if missing(target, [found]):
        return None
    return replace(found, zone=None if zone == target.zone else zone)


def _copied(
    source: Space,
    target: Space,
    manifest: Manifest,
    base: tuple[Artifact, ...],
    progress: Progress | None,
) -> Sent:
    with tempfile.TemporaryDirectory(prefix="wombat-") as scratch:
        folder = Path(scratch) / "tree"
        fetch_tree(source, manifest, folder)
        copied = push_tree(target, folder, type=manifest.type, base=base, progress=progress)
    target.watch.note(copied, target.zone)
    wanted = manifest.artifact.content
    if copied.content != wanted:
        raise StoreDamaged(f"what was sent came out as {copied.content}, not {wanted}")
    return Sent(copied, new=True, bytes=manifest.bytes)
