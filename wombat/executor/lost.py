"""What to do about an input that is lost: the task that made it is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.plan.ir import TaskSource

if TYPE_CHECKING:
    from wombat.errors import StoreDamaged
    from wombat.executor.context import Context
    from wombat.plan.ir import Task


def way_out(fault: StoreDamaged, context: Context, task: Task) -> str | None:
    """The hint of a fault of fetching a task's inputs, led by what makes them anew.

    Damage that is met is reported, and no run that begins later relies on what a report names. Of
    artifacts of other pipelines it isn't known here who makes them.
    """
    if not any(isinstance(one.source, TaskSource) for one in task.inputs):
        return fault.hint
    said = "this was noted, so the next run makes it anew: a new pipeline in CI, "
    said += f"'wombat run {context.pipeline}' here"
    return f"{said}; {fault.hint}" if fault.hint else said
