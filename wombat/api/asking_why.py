"""`why`: parts that are asked about, by the names that people give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.api.explaining import explaining
from wombat.api.project import compile_all
from wombat.api.runs import known_task
from wombat.api.session import open_session
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan
    from wombat.review.explained import Explanation


def why(
    start: Path,
    pipeline: str,
    task: str | None = None,
    *,
    label: str | None = None,
    run: str | None = None,
    force: bool = False,
    given: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> Explanation:
    """Why the parts of a task, or of all of a pipeline's, would run now or wouldn't.

    Absent without a store or without that `run`; UsageFault `unknown-task`, `unknown-part`.
    """
    plan = _plan(start, pipeline, task)
    known_task(plan, task)
    session = open_session(start, flags={"profile": profile})
    if session.new_store:
        raise session.no_store()
    asked = units_asked(plan, task, label)
    anew = {unit[0] for unit in asked} if force else ()
    told = explaining(session, plan, given or {}, run=run, anew=anew, deep=True, blind=True)
    return told.explain(asked)


def _plan(start: Path, pipeline: str, task: str | None) -> Plan:
    """A pipeline's plan; where there is none of that name, a task that has it is hinted at."""
    try:
        return compile_all(start, only=(pipeline,)).plans[pipeline]
    except UsageFault as fault:
        if fault.code != "unknown-pipeline" or task is not None:
            raise
        every = compile_all(start).plans.values()
        found = next((one.pipeline for one in every if pipeline in one.by_name), None)
        if found is None:
            raise
        raise UsageFault(
            fault.message, code=fault.code, hint=f"did you mean {found}/{pipeline}?"
        ) from None


def units_asked(plan: Plan, task: str | None, label: str | None) -> tuple[Unit, ...]:
    """The parts of a task, or one of them, or all of a plan; UsageFault `unknown-part`."""
    tasks = plan.tasks if task is None else (plan.task(task),)
    every = tuple(
        (one.name, label)
        for one in tasks
        for label in ([part.label for part in one.parts] if one.foreach else [None])
    )
    if label is None:
        return every
    if (wanted := (str(task), label)) not in every:
        raise UsageFault(
            f"{plan.pipeline}/{task} has no part '{label}'; expected one of its labels",
            code="unknown-part",
            hint=f"wombat plan {plan.pipeline} names its jobs",
        )
    return (wanted,)
