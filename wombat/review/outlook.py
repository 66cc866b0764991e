"""What a run would do with a pipeline, for readers: a task's fate, the time, the bytes, the ref."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wombat.executor.units import Unit
    from wombat.review.explained import State

RANKED: Final[tuple[State, ...]] = ("run", "judge", "maybe", "reuse", "effect")
"""What is told first of a task whose parts come to several fates."""


@dataclass(frozen=True, slots=True)
class TaskOutlook:
    """A task's `state` is that of the part which does most; `parts` are those of each state. `why`
    are reasons as they were found, not fit for any place. `seconds` is what the parts that may run
    took the last time, all together; bytes are of what they would fetch and store, by what was
    there then. None: nobody knows."""

    state: State
    parts: Mapping[State, int]
    why: tuple[str, ...] = ()
    seconds: float | None = None
    fetched: int | None = None
    stored: int | None = None
    left_out: bool = False
    """An effect that doesn't follow: the profile allows none."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A pipeline's next run. `seconds` are the least, where no `maybe` runs, and the most, with so
    many `workers`; `unknown` tasks may run and have no history. `stands` is the version that the
    branch has, 0 for none, `becomes` the one that it would get; `changes` are outputs that would
    be others, `may_change` those of tasks that aren't made yet, `gone` those that nothing makes
    any more."""

    branch: str
    stands: int = 0
    becomes: int = 0
    seconds: tuple[float, float] | None = None
    workers: int | None = None
    unknown: int = 0
    fetched: int = 0
    stored: int = 0
    changes: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    since: str | None = None
    note: str | None = None
    """Why nothing is known."""


def expected(
    before: Mapping[Unit, Collection[Unit]], seconds: Mapping[Unit, float], workers: int | None
) -> float:
    """How long parts take in topological order, each once what it comes after is done, on so many
    workers (None: as many as are wanted)."""
    free = [0.0] * workers if workers else []
    ends: dict[Unit, float] = {}
    for unit, firsts in before.items():
        start = max((ends[one] for one in firsts), default=0.0)
        took = seconds.get(unit, 0.0)
        if free and took:
            start = max(start, heapq.heappop(free))
            heapq.heappush(free, start + took)
        ends[unit] = start + took
    return max(ends.values(), default=0.0)
