"""Runs: frozen by a header, run here or a task at a time, and published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.api.session import open_session
from wombat.ci import check_run
from wombat.errors import Absent, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wombat.api.project import Checked
    from wombat.api.session import Session
    from wombat.backends import Selection
    from wombat.ci import Surroundings
    from wombat.executor.context import Context
    from wombat.executor.events import Event
    from wombat.executor.local import RunResult
    from wombat.plan.ir import Plan
    from wombat.store import AttemptRecord, Published


def freeze(
    checked: Checked, *, given: Mapping[str, str] | None = None, profile: str | None = None
) -> Selection:
    """Creates the headers of one run of every plan in the store, and names that run.

    UsageFault for a parameter that no plan has; Absent for an artifact that isn't there.
    """
    from wombat.backends import Selection

    session = open_session(checked.root, flags={"profile": profile}, compiling=True)
    given = given or {}
    known = {param.name for plan in checked.plans.values() for param in plan.params}
    for name in given:
        if name not in known:
            raise UsageFault(f"no pipeline has a parameter '{name}'", code="param-invalid")
    for plan in checked.plans.values():
        mine = {param.name for param in plan.params}
        begin(session, plan, {name: text for name, text in given.items() if name in mine})
    return Selection(session.surroundings.run, tuple(checked.plans))


def begin(
    session: Session, plan: Plan, given: Mapping[str, str], *, run: str | None = None
) -> dict[str, Any]:
    """The header of this session's run of a plan: made, unless another job made it before."""
    from wombat.executor.header import ensure_header, make_header

    header = make_header(
        plan,
        surroundings=_ordered(session, plan.pipeline),
        project=session.project,
        profile=session.profile,
        root=session.root,
        resolve=lambda text: _pinned(session, text),
        params=given,
        run=run,
    )
    return ensure_header(session.store, header)


def _ordered(session: Session, pipeline: str) -> Surroundings:
    """The surroundings with the run's place in the branch's history; UsageFault for a branch that
    can't be a ref, before anything runs.

    Outside CI the order is a clock's. A run that begins now is newer than what is there, whatever
    the clock says, or said on the machine before.
    """
    around = session.surroundings
    newest = next(session.store.ref_log(pipeline, around.branch), None)
    if around.ci is not None or newest is None:
        return around
    return replace(around, order=max(around.order, newest.order + 1))


def _pinned(session: Session, text: str) -> dict[str, Any]:
    """What a header freezes of an artifact: where it is, what it is, and what named it."""
    from wombat.api.addresses import resolve  # it loads the language, which no job needs

    found = resolve(session, text)
    if found.parts is not None:
        return {"parts": found.parts}
    ref = found.ref
    named = {"branch": ref.branch, "run": ref.run, "seq": ref.seq} if ref else None
    return {**found.value, **found.artifact(found.value).to_json(), "ref": named}


def run_pipeline(
    start: Path,
    pipeline: str,
    *,
    task: str | None = None,
    given: Mapping[str, str] | None = None,
    profile: str | None = None,
    jobs: int | None = None,
    keep_going: bool = False,
    only: bool = False,
    downstream: bool = False,
    publish: bool = True,
    on_event: Callable[[Event], None] | None = None,
) -> RunResult:
    """Runs a pipeline here, or one task with what it needs, in parallel on warm workers.

    A whole run that is done is published. Raises Invalid before anything starts; failures of
    tasks are in the result.
    """
    from wombat.api.project import compile_all
    from wombat.executor.local import run_plan

    plan = compile_all(start, only=(pipeline,)).plans[pipeline]
    _known_task(plan, task)
    flags = {"profile": profile, "jobs": None if jobs is None else str(jobs)}
    session = open_session(start, flags=flags)
    context = _context(session, begin(session, plan, given or {}), borrow=only)
    return run_plan(
        context,
        jobs=int(session.settings.jobs.value or 1),
        keep_going=keep_going,
        targets=(task,) if task else (),
        only=only,
        downstream=downstream,
        publish=publish,
        on_event=on_event,
    )


def _known_task(plan: Plan, task: str | None) -> None:
    if task is not None and task not in plan.by_name:
        from wombat.language.decode import listed, near

        raise UsageFault(
            f"{plan.pipeline} has no task '{task}'; expected one of {listed(plan.by_name)}",
            code="unknown-task",
            hint=near(task, plan.by_name),
        )


def execute(
    start: Path, pipeline: str, task: str, *, part: str | None = None, run: str | None = None
) -> AttemptRecord:
    """Runs one task's part of a run: what every CI job does. Records it, failed ones too.

    Without a header, the first job to come makes it. Raises the task's own error.
    """
    from wombat.executor.task import execute_part

    context = _joined(start, pipeline, run, may_begin=True)
    _known_task(context.plan, task)
    _known_part(context.plan, task, part)
    return execute_part(context, task, part)


def _known_part(plan: Plan, task: str, part: str | None) -> None:
    labels = [one.label for one in plan.task(task).parts]
    if labels and part is None:
        raise UsageFault(
            f"{plan.pipeline}/{task} has the parts {', '.join(labels[:20])}; expected "
            "--part with one of them",
            code="unknown-part",
        )
    if part is not None and part not in labels:
        there = f"there are {', '.join(labels[:20])}" if labels else "it has none"
        raise UsageFault(
            f"{plan.pipeline}/{task} has no part '{part}'; {there}", code="unknown-part"
        )


def publish(start: Path, pipeline: str, *, run: str | None = None) -> Published:
    """Makes a run's outputs the newest of its branch, all at once; the last job of a run.

    Raises Conflict where a task has no result yet, or results don't fit together.
    """
    from wombat.executor.publish import publish_run

    context = _joined(start, pipeline, run, may_begin=False)
    return publish_run(context.store, context.header)


def _joined(start: Path, pipeline: str, run: str | None, *, may_begin: bool) -> Context:
    """The context of a run that began elsewhere, or that the first job to come begins."""
    from wombat.executor.header import find_header

    session = open_session(start, flags={"run": run})
    wanted = _wanted_run(session)
    header = find_header(session.store, pipeline, wanted)
    if header is None and may_begin:
        header = _begun_here(session, pipeline)
    if header is None:
        raise Absent(
            f"there is no run '{wanted}' of pipeline '{pipeline}'",
            hint=f"wombat run {pipeline}, or wombat compile --select to begin one",
        )
    return _context(session, header, borrow=False)


def _wanted_run(session: Session) -> str:
    given = session.settings.run.value
    if given is None and session.surroundings.ci is None:
        raise UsageFault(
            "no run is named, and no CI is at hand; expected --run or WOMBAT_RUN",
            code="run-missing",
            hint="wombat run runs a whole pipeline here",
        )
    return check_run(given) if given is not None else session.surroundings.run


def _begun_here(session: Session, pipeline: str) -> dict[str, Any]:
    from wombat.api.project import compile_all

    plan = compile_all(session.root, only=(pipeline,)).plans[pipeline]
    return begin(session, plan, {}, run=_wanted_run(session))


def _context(session: Session, header: Mapping[str, Any], *, borrow: bool) -> Context:
    from wombat.executor.context import context_of
    from wombat.review.report import reporter

    return context_of(
        session.root, session.store, header, report=reporter(session.root), borrow=borrow
    )
