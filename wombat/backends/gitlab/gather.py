"""Gather jobs: where a job needs more jobs than GitLab allows, others wait in its stead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Needs = tuple[str, ...]


@dataclass(frozen=True)
class Gather:
    """A job that only waits. Its needs may be gather jobs themselves."""

    name: str
    needs: Needs


@dataclass(frozen=True)
class Gathered:
    """By the needs that were too many: what stands in their place, and the jobs made for that."""

    instead: dict[Needs, Needs] = field(default_factory=dict)
    made: dict[Needs, list[Gather]] = field(default_factory=dict)


def gathered(pipeline: str, wanted: Iterable[tuple[str, Needs]], limit: int) -> Gathered:
    """The gather jobs of a pipeline's jobs, each given by its task and its needs.

    Jobs with the same needs share them; they are called after the first one's task. `limit` is
    at least 2.
    """
    first: dict[Needs, str] = {}
    for task, needs in wanted:
        if len(needs) > limit:
            first.setdefault(needs, task)
    totals: Counter[str] = Counter()
    for needs, task in first.items():
        totals[task] += _count(len(needs), limit)
    names = {task: _names(pipeline, task, total) for task, total in totals.items()}
    found = Gathered()
    for needs, task in first.items():
        made: list[Gather] = []
        found.instead[needs] = _tree(needs, limit, names[task], made)
        found.made[needs] = made
    return found


def _names(pipeline: str, task: str, total: int) -> Iterator[str]:
    return (f"{pipeline}/gather-{task}: [{number}/{total}]" for number in range(1, total + 1))


def _count(needs: int, limit: int) -> int:
    """How many gather jobs so many needs take, over all tiers; one left over goes up itself."""
    count = 0
    while needs > limit:
        chunks = -(-needs // limit)
        count += chunks - (needs % limit == 1)
        needs = chunks
    return count


def _tree(needs: Needs, limit: int, names: Iterator[str], made: list[Gather]) -> Needs:
    """At most `limit` names that stand for all needs; the jobs of each tier go to `made`."""
    while len(needs) > limit:
        above: list[str] = []
        for start in range(0, len(needs), limit):
            chunk = needs[start : start + limit]
            if len(chunk) > 1:
                made.append(Gather(next(names), chunk))
            above.append(made[-1].name if len(chunk) > 1 else chunk[0])
        needs = tuple(above)
    return needs
