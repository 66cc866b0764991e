"""Stages: one a depth, called after its tasks where these are one or two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.plan.ir import Plan

PUBLISH: Final = "publish"
EFFECTS: Final = "effects"
_OURS: Final = frozenset({PUBLISH, EFFECTS})


def stage_names(plans: Sequence[Plan]) -> dict[int, str]:
    """The names of the depths that have jobs, in their order; what comes after the publish has no
    depth.

    `load`, `test and train`, `step 3`: a name in the graph says more than a number, but three and
    more tasks would make one that changes with each of them.
    """
    names: dict[int, str] = {}
    for depth, tasks in sorted(_tasks(plans).items()):
        name = " and ".join(sorted(tasks)) if len(tasks) <= 2 else ""
        taken = name in names.values() or name in _OURS
        names[depth] = f"step {depth + 1}" if taken or not name else name
    return names


def _tasks(plans: Sequence[Plan]) -> dict[int, set[str]]:
    """The names of each depth's tasks."""
    found: dict[int, set[str]] = {}
    for plan in plans:
        effects = {task.name for task in plan.tasks if task.effect}
        for job in plan.jobs:
            if job.task not in effects:
                found.setdefault(job.stage, set()).add(job.task)
    return found
