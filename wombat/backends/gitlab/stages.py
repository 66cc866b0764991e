"""Stages: one a depth, called after its tasks where these are one or two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.plan.ir import Plan

PUBLISH: Final = "publish"
EFFECTS: Final = "effects"
_OURS: Final = frozenset({PUBLISH, EFFECTS})


def stage_names(plans: Sequence[Plan]) -> list[str]:
    """The names of the depths that have jobs, from 0; what comes after the publish has no depth.

    `load`, `test and train`, `step 3`: a name in the graph says more than a number, but three and
    more tasks would make one that changes with each of them.
    """
    names: list[str] = []
    for depth, tasks in enumerate(_tasks(plans)):
        name = " and ".join(tasks) if 0 < len(tasks) <= 2 else ""
        taken = name in names or name in _OURS
        names.append(f"step {depth + 1}" if taken or not name else name)
    return names


def _tasks(plans: Sequence[Plan]) -> list[list[str]]:
    """The names of each depth's tasks, sorted."""
    found: dict[int, set[str]] = {}
    for plan in plans:
        effects = {task.name for task in plan.tasks if task.effect}
        for job in plan.jobs:
            if job.task not in effects:
                found.setdefault(job.stage, set()).add(job.task)
    return [sorted(found.get(depth, ())) for depth in range(max(found, default=-1) + 1)]
