"""The jobs of a child: one line of script each, and what their task asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Unsupported
from wombat.backends.gitlab.compute import resources
from wombat.backends.gitlab.hidden import BASE, GATHER, REPORTS, STORE_EXITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.backends.gitlab.nodes import Node
    from wombat.plan.ir import Job, Plan, Task

_MARGIN: Final = 5
"""Minutes that a job gets beyond its task's timeout: to fetch, to store, and to say why."""
MONTH: Final = 43_829
"""Minutes that GitLab allows a job: less than 30 days, 10 hours, 29 minutes and 6 seconds."""
_TASK_FAILED: Final = 12


def body(plan: Plan, node: Node, stage: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """A node's job: what it is, when it runs, where, how, what."""
    return {
        "extends": GATHER if node.kind == "gather" else BASE,
        "stage": stage,
        "needs": list(node.needs),
        **(_of_task(plan, node.job, options) if node.job else any_image([plan], options)),
        **(_alone(plan) if node.kind in ("publish", "effect") else {}),
        **(_shown(plan) if node.kind == "publish" else {}),
        **({"script": [line]} if (line := _line(plan, node)) else {}),
    }


def _of_task(plan: Plan, job: Job, options: Mapping[str, Any]) -> dict[str, Any]:
    task = plan.task(job.task)
    return {
        **({"image": image_of(plan, task)} if task.image is not None else {}),
        **resources(plan.compute.get(task.compute or "", {}), options.get("tags", ())),
        **_patience(task, len(job.parts) or 1),
    }


def _line(plan: Plan, node: Node) -> str | None:
    """Names and labels only: no shell reads them otherwise. A gather's stands in its base."""
    if node.job is None:
        return f"wombat publish {plan.pipeline}" if node.kind == "publish" else None
    parts = "".join(f" --part={label}" for label in node.job.parts)
    return f"wombat exec {plan.pipeline}/{node.job.task}{parts}"


def image_of(plan: Plan, task: Task) -> str:
    """The reference of a task's image, which may be a name of `wombat.yml`."""
    return plan.images.get(task.image or "", task.image or "")


def any_image(plans: Sequence[Plan], options: Mapping[str, Any]) -> dict[str, str]:
    """For jobs of no task: every task's image has wombat in it, so the first will do."""
    tasks = [(plan, task) for plan in plans for task in plan.tasks]
    images = [image_of(plan, task) for plan, task in tasks if task.image is not None]
    return {"image": images[0]} if images and not options.get("image") else {}


def _alone(plan: Plan) -> dict[str, Any]:
    """One at a time over all runs, and never half: a newer push doesn't cancel it."""
    return {"interruptible": False, "resource_group": f"wombat/{plan.pipeline}"}


def _shown(plan: Plan) -> dict[str, Any]:
    """What it changed, beside the job; merged into the base's artifacts."""
    return {
        "artifacts": {
            "expose_as": f"Data of {plan.pipeline}",
            "paths": [f"{REPORTS}{plan.pipeline}.changes.md"],
        }
    }


def _patience(task: Task, parts: int) -> dict[str, Any]:
    """Merged into the base's: there stand the runner's failures, which every job tries again.

    A task's timeout is of one part; a batch runs its parts one after the other.
    """
    said: dict[str, Any] = {}
    if task.timeout is not None:
        said["timeout"] = f"{_minutes(task.timeout, parts)} minutes"
    if task.retry:
        said["retry"] = {"max": task.retry, "exit_codes": [_TASK_FAILED, *STORE_EXITS]}
    return said


def _minutes(timeout: int, parts: int) -> int:
    """Of a job whose task may take so many seconds a part."""
    return -(-timeout * parts // 60) + _MARGIN


def timeout_findings(plans: Sequence[Plan]) -> Iterator[Unsupported]:
    """Tasks with a job that may take longer than GitLab lets any job take."""
    for plan in plans:
        most: dict[str, int] = {}
        for job in plan.jobs:
            most[job.task] = max(most.get(job.task, 1), len(job.parts))
        for name, parts in most.items():
            timeout = plan.task(name).timeout
            if timeout is not None and _minutes(timeout, parts) > MONTH:
                yield _too_long(plan, name, timeout, parts)


def _too_long(plan: Plan, task: str, timeout: int, parts: int) -> Unsupported:
    said = f"its job needs a timeout of {_minutes(timeout, parts):,} minutes"
    said += f" for {parts} parts one after the other" if parts > 1 else ""
    room = (MONTH - _MARGIN) * 60 // timeout
    hint = "a shorter timeout" if parts == 1 or not room else f"batch: {room}, or a shorter timeout"
    return Unsupported(
        plan.pipeline, task, f"{said}; GitLab allows a month, {MONTH:,} minutes", hint
    )
