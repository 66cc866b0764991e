"""How much a zone stores, for which pipelines, outputs and branches, and what they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from wombat.store.blobs import Entry
from wombat.store.gc import survey
from wombat.store.gc.marks import Marks
from wombat.store.gc.named import logical, packs, read_packs, read_told, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.store.gc.rules import Version
    from wombat.store.space import Space

By: TypeAlias = Literal["pipeline", "output", "branch"]


@dataclass(slots=True)
class Usage:
    """Bytes of one pipeline, output or branch; `name` is empty for all together. A version of a
    pipeline is one, however many outputs it has.

    `logical` is of the files of its distinct artifacts. `stored` is of whole packs and manifests,
    and `alone` of those that nothing else here needs.
    """

    name: str
    versions: int = 0
    artifacts: int = 0
    logical: int = 0
    stored: int = 0
    alone: int = 0

    @property
    def ratio(self) -> float:
        """How many times more the files are than what is stored."""
        return self.logical / self.stored if self.stored else 1.0


@dataclass(slots=True)
class _Group:
    usage: Usage
    versions: set[str] = field(default_factory=set)
    manifests: set[str] = field(default_factory=set)
    objects: set[bytes] = field(default_factory=set)


def measure(
    space: Space,
    *,
    by: By = "pipeline",
    pipeline: str | None = None,
    output: str | None = None,
    cache: Path | None = None,
) -> list[Usage]:
    """The largest first, and all together at the end, of every version whose data is there.

    Reads what ref records and manifests name, as far as it isn't known from before. Raises
    StoreDamaged.
    """
    marks, groups = Marks(cache), dict[str, _Group]()
    for version, name, manifests in _named(space, marks, pipeline):
        if output is None or name == output:
            title = _title(version, name, by)
            group = groups.setdefault(title, _Group(Usage(title)))
            group.versions.add(version.key)
            group.manifests.update(manifests)
    return _weigh(space, marks, list(groups.values()))


def _named(
    space: Space, marks: Marks, pipeline: str | None
) -> Iterator[tuple[Version, str, list[str]]]:
    """Every output of every version, with its manifests as `C.M`."""
    versions = {
        one.key: one
        for at, branch in survey.versions(space).items()
        for one in branch
        if pipeline in (None, at[0])
    }
    entries = (Entry(one.key, one.size, one.time) for one in versions.values())
    for entry, value in marks.of(entries, lambda one: read_told(space, one)):
        for name, manifests in told(value).manifests.items():
            yield versions[entry.key], name, manifests


def _title(version: Version, output: str, by: By) -> str:
    if by == "pipeline":
        return version.pipeline
    if by == "output":
        return f"{version.pipeline}/{output}"
    return f"{version.pipeline}@{'tag:' if version.kind == 'tags' else ''}{version.branch}"


def _weigh(space: Space, marks: Marks, groups: list[_Group]) -> list[Usage]:
    wanted = {key for group in groups for key in group.manifests}
    weights: dict[bytes, int] = {}
    parts: dict[str, tuple[int, list[bytes]]] = {}
    for entry, value in marks.of(_listed(space, wanted), lambda one: read_packs(space, one)):
        if value is None:
            continue  # damaged: 'wombat verify' tells
        name = entry.key.rpartition("/")[2]
        digests = [digest for digest, _, _ in packs(value)]
        parts[name] = (logical(value), [name.encode(), *digests])
        weights.update({digest: size for digest, size, _ in packs(value)})
        weights[name.encode()] = entry.size
    for group in groups:
        _fill(group, parts)
        group.usage.versions = len(group.versions)
    return _sum_up(groups, parts, weights)


def _listed(space: Space, wanted: set[str]) -> Iterator[Entry]:
    for entry in space.blobs.entries(f"{space.zone}/m/"):
        if entry.key.rpartition("/")[2] in wanted:
            yield entry


def _fill(group: _Group, parts: dict[str, tuple[int, list[bytes]]]) -> None:
    for name in group.manifests & parts.keys():
        size, objects = parts[name]
        group.usage.artifacts += 1
        group.usage.logical += size
        group.objects.update(objects)


def _sum_up(
    groups: list[_Group], parts: dict[str, tuple[int, list[bytes]]], weights: dict[bytes, int]
) -> list[Usage]:
    owners: dict[bytes, int] = {}
    for group in groups:
        for one in group.objects:
            owners[one] = owners.get(one, 0) + 1
    for group in groups:
        group.usage.stored = sum(weights[one] for one in group.objects)
        group.usage.alone = sum(weights[one] for one in group.objects if owners[one] == 1)
    found = sorted((group.usage for group in groups), key=lambda u: (-u.stored, u.name))
    stored = sum(weights[one] for one in owners)
    versions = {key for group in groups for key in group.versions}
    whole = Usage("", len(versions), len(parts), 0, stored, stored)
    whole.logical = sum(size for size, _ in parts.values())
    return [*found, whole]
