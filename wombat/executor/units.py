"""The parts of a plan as they are scheduled and published: their order and what they wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from wombat.plan.ir import TaskSource
from wombat.store.publish import Edge

if TYPE_CHECKING:
    from collections.abc import Collection

    from wombat.plan.ir import Plan, Task

Unit: TypeAlias = "tuple[str, str | None]"
"""A task's name and its part's label, None without foreach."""


def unit_name(unit: Unit) -> str:
    """A part as it is shown: `task`, or `task: [label]`."""
    task, label = unit
    return task if label is None else f"{task}: [{label}]"


def units(plan: Plan) -> tuple[Unit, ...]:
    """Every part in topological order."""
    return tuple((task.name, label) for task in plan.tasks for label in _labels(task))


def published_units(plan: Plan) -> tuple[Unit, ...]:
    """Those that make something: effects come after the publish, and leave nothing in it."""
    return tuple(unit for unit in units(plan) if not plan.task(unit[0]).effect)


def _labels(task: Task) -> tuple[str | None, ...]:
    return tuple(part.label for part in task.parts) if task.foreach else (None,)


def edges(plan: Plan) -> tuple[Edge, ...]:
    """Each input of each part that another part of the plan makes."""
    found = []
    for name, label in units(plan):
        task = plan.task(name)
        for one in task.inputs:
            if isinstance(one.source, TaskSource):
                made = plan.producers(task.part(label), one)
                producers = tuple((one.source.task, part.label) for part in made)
                found.append(
                    Edge(
                        (name, label),
                        one.name,
                        producers or ((one.source.task, None),),
                        one.source.output,
                        one.collect is not None,
                    )
                )
    return tuple(found)


def waits(plan: Plan) -> dict[Unit, set[Unit]]:
    """What each part comes after: the parts it reads, and all parts of the tasks it needs."""
    before: dict[Unit, set[Unit]] = {unit: set() for unit in units(plan)}
    for edge in edges(plan):
        before[edge.consumer].update(edge.producers)
    for (name, _), firsts in before.items():
        for needed in plan.task(name).needs:
            firsts.update((needed, each) for each in _labels(plan.task(needed)))
    return before


def select(
    plan: Plan, targets: Collection[str], *, only: bool = False, downstream: bool = False
) -> frozenset[str]:
    """The tasks of a run: the targets with what they need, or `only` they, and with `downstream`
    what comes after them. No targets mean all."""
    if not targets:
        return frozenset(plan.by_name)
    firsts: dict[str, set[str]] = {name: set() for name in plan.by_name}
    for (name, _), before in waits(plan).items():
        firsts[name].update(task for task, _ in before)
    chosen = set(targets)
    if downstream:
        for task in plan.tasks:  # in topological order
            if firsts[task.name] & chosen:
                chosen.add(task.name)
    if not only:
        for task in reversed(plan.tasks):
            if task.name in chosen:
                chosen |= firsts[task.name]
    return frozenset(chosen)
