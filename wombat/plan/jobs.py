"""The jobs of a pipeline: one a part, or one a batch of parts, each naming the jobs it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.plan.ir import Job, Plan, TaskSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.plan.ir import Part, Task


def job_name(pipeline: str, task: str, label: str | None) -> str:
    """`pipeline/task` or `pipeline/task: [label]`."""
    return f"{pipeline}/{task}" + (f": [{label}]" if label is not None else "")


def make_jobs(plan: Plan, depth: Mapping[str, int]) -> tuple[Job, ...]:
    """In the order of tasks, then of parts; `needs` sorted."""
    names = {task.name: dict(_names(plan, task)) for task in plan.tasks}
    return tuple(
        Job(
            name,
            task.name,
            depth[task.name],
            tuple(part.label for part in parts if part is not None),
            tuple(sorted(_needs(plan, task, parts, names))),
        )
        for task in plan.tasks
        for name, parts in _batches(plan, task)
    )


def _batches(plan: Plan, task: Task) -> Iterator[tuple[str, Sequence[Part | None]]]:
    """Each job's name, and its parts: [None] for a task without foreach."""
    if not task.parts:
        yield job_name(plan.pipeline, task.name, None), [None]
        return
    size = task.batch or 1
    total = -(-len(task.parts) // size)
    for number in range(total):
        parts = task.parts[number * size : (number + 1) * size]
        # No part's label has a '/': the name of a batch is nobody else's.
        label = parts[0].label if size == 1 else f"{number + 1}/{total}"
        yield job_name(plan.pipeline, task.name, label), parts


def _names(plan: Plan, task: Task) -> Iterator[tuple[str | None, str]]:
    """Each part's label, and the job that runs it."""
    for name, parts in _batches(plan, task):
        for part in parts:
            yield (part.label if part else None), name


def _needs(
    plan: Plan,
    task: Task,
    parts: Sequence[Part | None],
    names: Mapping[str, Mapping[str | None, str]],
) -> set[str]:
    needs: set[str] = set()
    for one in task.inputs:
        if isinstance(one.source, TaskSource):
            jobs = names[one.source.task]
            if None in jobs:
                needs.add(jobs[None])
                continue
            for part in parts:
                needs.update(jobs[made.label] for made in plan.producers(part, one))
    for name in task.needs:
        needs.update(names[name].values())
    return needs
