"""The jobs of a pipeline: one a part, each naming the jobs whose data or order it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.plan.ir import Job, Plan, TaskSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.plan.ir import Part, Task


def job_name(pipeline: str, task: str, label: str | None) -> str:
    """`pipeline/task` or `pipeline/task: [label]`."""
    return f"{pipeline}/{task}" + (f": [{label}]" if label is not None else "")


def make_jobs(plan: Plan, depth: Mapping[str, int]) -> tuple[Job, ...]:
    """One job for each part, or for a task without parts; `needs` sorted."""
    return tuple(
        _job(plan, task, part, depth[task.name])
        for task in plan.tasks
        for part in (task.parts or (None,))
    )


def _job(plan: Plan, task: Task, part: Part | None, stage: int) -> Job:
    needs: set[str] = set()
    for one in task.inputs:
        if isinstance(one.source, TaskSource):
            producer = plan.task(one.source.task)
            parts = plan.producers(part, one) if producer.parts else (None,)
            needs.update(_name(plan, producer, p) for p in parts)
    for name in task.needs:
        first = plan.task(name)
        needs.update(_name(plan, first, p) for p in (first.parts or (None,)))
    label = part.label if part else None
    return Job(
        job_name(plan.pipeline, task.name, label),
        task.name,
        stage,
        (label,) if label is not None else (),
        tuple(sorted(needs)),
    )


def _name(plan: Plan, task: Task, part: Part | None) -> str:
    return job_name(plan.pipeline, task.name, part.label if part else None)
