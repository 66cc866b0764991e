"""A plan without the jobs of parts that results of earlier runs serve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wombat.plan.ir import Job, Plan

    Unit = tuple[str, str | None]


def pruned(plan: Plan, reused: Collection[Unit]) -> Plan:
    """The plan whose jobs are those that may have to run; a batch keeps its name and the parts that
    are left of it. What a job needed of others is there already, so nothing stands in for them."""
    if not reused:
        return plan
    kept = list(_kept(plan, reused))
    names = {job.name for job in kept}
    jobs = (replace(job, needs=tuple(n for n in job.needs if n in names)) for job in kept)
    return replace(plan, jobs=tuple(jobs))


def _kept(plan: Plan, reused: Collection[Unit]) -> Iterator[Job]:
    for job in plan.jobs:
        parts = tuple(label for label in job.parts if (job.task, label) not in reused)
        if parts or (not job.parts and (job.task, None) not in reused):
            yield replace(job, parts=parts)
