"""Which parts may start now, and what became of each."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wombat.errors import WombatError
from wombat.executor.units import units, waits

if TYPE_CHECKING:
    from concurrent.futures import Future

    from wombat.executor.attempts import Done
    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan
    from wombat.store import AttemptRecord


@dataclass
class Schedule:
    """The chosen tasks' parts. Ties by topological order, so that runs look alike.

    After a failure nothing new starts; with `keep_going` all that doesn't need it does.
    """

    plan: Plan
    chosen: frozenset[str]
    keep_going: bool
    done: dict[Unit, AttemptRecord] = field(default_factory=dict)
    failed: dict[Unit, WombatError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order = tuple(unit for unit in units(self.plan) if unit[0] in self.chosen)
        self._place = {unit: place for place, unit in enumerate(self.order)}
        self.firsts = {
            unit: before & self._place.keys()
            for unit, before in waits(self.plan).items()
            if unit in self._place
        }
        over = self.done.keys()
        self._missing = {unit: len(firsts - over) for unit, firsts in self.firsts.items()}
        self._after: dict[Unit, list[Unit]] = {unit: [] for unit in self.order}
        for unit, firsts in self.firsts.items():
            for first in firsts:
                self._after[first].append(unit)
        self._ready = [
            place
            for place, unit in enumerate(self.order)
            if not self._missing[unit] and unit not in over
        ]

    def next(self) -> Unit | None:
        """The next part to start; None where none may."""
        if not self._ready or (self.failed and not self.keep_going):
            return None
        return self.order[heapq.heappop(self._ready)]

    def finish(self, unit: Unit, future: Future[Done]) -> Future[AttemptRecord] | None:
        """Notes how a part ended, so that others may start; an error that is no WombatError is
        raised. What it returns is for `keep`."""
        try:
            written = future.result().written
        except WombatError as error:
            self.failed[unit] = error
            return None
        for later in self._after[unit]:
            self._missing[later] -= 1
            if not self._missing[later]:
                heapq.heappush(self._ready, self._place[later])
        return written

    def keep(self, unit: Unit, written: Future[AttemptRecord]) -> None:
        """Notes that a part's record is durable; one that couldn't be written makes it a failure.
        An error that is no WombatError is raised."""
        try:
            self.done[unit] = written.result()
        except WombatError as error:
            self.failed[unit] = error

    def failures(self) -> dict[Unit, WombatError]:
        """In topological order."""
        return {unit: self.failed[unit] for unit in self.order if unit in self.failed}

    def skipped(self) -> dict[Unit, Unit | None]:
        """The parts that never started, in order, each with the failed part that it needs; None
        where it needs none and only its turn didn't come."""
        causes: dict[Unit, Unit] = {unit: unit for unit in self.failures()}
        found: dict[Unit, Unit | None] = {}
        for unit in self.order:
            if unit in self.done or unit in self.failed:
                continue
            blocked = sorted(self.firsts[unit] & causes.keys(), key=self._place.__getitem__)
            if blocked:
                causes[unit] = causes[blocked[0]]
            found[unit] = causes.get(unit)
        return found
