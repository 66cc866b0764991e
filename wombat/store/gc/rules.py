"""Retention: which versions keep their data, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from wombat.store.gc.clocks import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEWEST: Final = "newest"
LAST: Final = "last"
YOUNG: Final = "young"
TAG: Final = "tag"

Reason: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Rules:
    """What one rule keeps is kept, whatever the others say. `younger_than` in seconds."""

    keep_last: int = 10
    younger_than: float = 90 * DAY
    tags: bool = True
    living_branches: bool = True


@dataclass(frozen=True, slots=True)
class Retention:
    """The project's rules, and those of pipelines that have their own."""

    rules: Rules = field(default_factory=Rules)
    pipelines: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, pipeline: str) -> Rules:
        return self.pipelines.get(pipeline, self.rules)


@dataclass(frozen=True, slots=True)
class Version:
    """One record of a branch or tag as a listing shows it; `time` and `size` are the server's."""

    key: str
    pipeline: str
    kind: str
    branch: str
    seq: int
    time: float
    size: int


def kept(versions: Sequence[Version], rules: Rules, now: float) -> dict[str, Reason]:
    """Key to reason of the versions that keep their data; those of one branch, newest first.

    Records that say that a branch is closed are none of its versions. Of a fork both are newest.
    """
    found: dict[str, Reason] = {}
    for place, version in enumerate(versions):
        if reason := _reason(version, place, versions[0].seq, rules, now):
            found[version.key] = reason
    return found


def _reason(version: Version, place: int, top: int, rules: Rules, now: float) -> Reason | None:
    newest = version.seq == top
    if version.kind == "tags":
        if newest and rules.tags:
            return TAG
    elif newest and rules.living_branches:
        return NEWEST
    elif place < rules.keep_last:
        return LAST
    return YOUNG if now - version.time < rules.younger_than else None
