"""The jobs of a pipeline's graph as GitLab gets them: tasks, gathers, the publish, effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.backends.gitlab.gather import Gathered, gathered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.plan.ir import Job, Plan

NEEDS: Final = 50
PUBLISH_STAGE: Final = 1_000_000
EFFECTS_STAGE: Final = PUBLISH_STAGE + 1
"""Behind every depth."""

Kind = Literal["task", "gather", "publish", "effect"]


@dataclass(frozen=True)
class Node:
    """One job: its depth as `stage`, its task's job where it has one. Needs are within limits."""

    kind: Kind
    name: str
    stage: int
    needs: tuple[str, ...]
    job: Job | None = None


def needs_limit(options: Mapping[str, Any]) -> int:
    """How many needs a job may have."""
    return int(options.get("limits", {}).get("needs") or NEEDS)


def publish_name(plan: Plan) -> str:
    return f"{plan.pipeline}/publish"


def nodes(plan: Plan, options: Mapping[str, Any], *, effects: bool) -> list[Node]:
    """In topological order: each gather stands before the first job that needs it."""
    wanted = list(_wanted(plan, effects=effects))
    tasks = ((node.job.task if node.job else "publish", node.needs) for node in wanted)
    found = gathered(plan.pipeline, tasks, needs_limit(options))
    stages = {node.name: node.stage for node in wanted}
    return [made for node in wanted for made in _within(node, found, stages)]


def _wanted(plan: Plan, *, effects: bool) -> Iterator[Node]:
    """As if a job could need any number of others."""
    last = {job.name: job for job in plan.jobs if plan.task(job.task).effect}
    before = [job for job in plan.jobs if job.name not in last]
    for job in before:
        yield Node("task", job.name, job.stage, job.needs, job)
    publish = publish_name(plan)
    yield Node("publish", publish, PUBLISH_STAGE, _leaves(before))
    for job in last.values() if effects else ():
        needs = (publish, *(need for need in job.needs if need in last))
        yield Node("effect", job.name, EFFECTS_STAGE, needs, job)


def _leaves(jobs: Sequence[Job]) -> tuple[str, ...]:
    """The jobs that no other of these needs."""
    needed = {name for job in jobs for name in job.needs}
    return tuple(sorted(job.name for job in jobs if job.name not in needed))


def _within(node: Node, found: Gathered, stages: dict[str, int]) -> Iterator[Node]:
    """The gathers that this node is the first to need, then the node itself."""
    for made in found.made.pop(node.needs, ()):
        # Where its latest need is: whoever needs the gather comes later than that.
        stages[made.name] = max(stages[need] for need in made.needs)
        yield Node("gather", made.name, stages[made.name], made.needs)
    needs = found.instead.get(node.needs, node.needs)
    yield Node(node.kind, node.name, node.stage, needs, node.job)
