"""Runs here: their headers, and a whole pipeline on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.api.session import open_session
from wombat.ci import automated, ref_of
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wombat.api.addresses import Found
    from wombat.api.reusing import Followed
    from wombat.api.session import Session
    from wombat.ci import Surroundings
    from wombat.executor.context import Context
    from wombat.executor.events import Event
    from wombat.executor.local import RunResult
    from wombat.executor.outcome import TaskReport
    from wombat.plan.ir import Plan
    from wombat.store import RefRecord


BUILT_IN: Final = ("development", "production")


def draft(
    session: Session,
    plan: Plan,
    given: Mapping[str, str],
    *,
    run: str | None = None,
    looking: bool = False,
) -> dict[str, Any]:
    """The header that a run of a plan would have if it began now; writes no record of it.

    What it takes from others is held on to for the run; with `looking` nothing is written at all.
    Invalid where a frame that it would take doesn't suit its input.
    """
    from wombat.executor.header import make_header

    _known_profile(session, plan)

    header = make_header(
        plan,
        surroundings=_ordered(session, plan.pipeline),
        project=session.project,
        profile=session.profile,
        root=session.root,
        resolve=lambda text: _pinned(session, text, looking=looking),
        params=given,
        run=run,
        effects=session.effects,
        installed=session.installed,
        earlier=lambda: _observed(session, plan.pipeline),
    )
    if any(not edge.producer for edge in plan.edges):
        from wombat.api.arrivals import require_fitting  # it loads schemas

        require_fitting(session, plan, header)
    return header


def _observed(session: Session, pipeline: str) -> Mapping[str, Any]:
    """What outside data was to the run that stands on the branch, else on the default one."""
    from wombat.api.standing import standing

    found = standing(session, pipeline, default=True)
    sources: Mapping[str, Any] = ((found and found.header) or {}).get("sources", {})
    return sources


def _known_profile(session: Session, plan: Plan) -> None:
    """UsageFault `unknown-profile`: a misspelt one would silently be as strict as can be."""
    known = {*BUILT_IN, *session.profiles, *plan.policies}
    for schema in plan.schemas.values():
        known |= set(schema.get("policies", {}))
    from wombat.api.profiles import require_profile

    require_profile(session.profile, session.settings.profile.origin, known)


def _ordered(session: Session, pipeline: str) -> Surroundings:
    """The surroundings with the run's place in the branch's history; UsageFault for a branch that
    can't be a ref, before anything runs.

    Outside CI the order is a clock's. A run that begins now is newer than what is there, whatever
    the clock says, or said on the machine before. In a zone that CI writes, too, it only goes on
    top: a clock's number would supersede every pipeline to come.
    """
    around = session.surroundings
    newest = next(session.store.ref_log(pipeline, *ref_of(around.branch)), None)
    if around.ci is not None:
        return around
    if session.settings.zone.value != "local":
        return replace(around, order=newest.order if newest else 0)
    return replace(around, order=max(around.order, newest.order + 1)) if newest else around


def _pinned(session: Session, text: str, *, looking: bool) -> dict[str, Any]:
    """What a header freezes of an artifact: where it is, what it is, and what named it.

    What is locked is taken by its content, whatever its ref names by now.
    """
    from wombat.api.addresses import resolve  # it loads the language, which no job needs
    from wombat.api.locked import canonical, find_locked
    from wombat.api.subscribing import renew

    if (entry := session.lock.find(canonical(session, text))) is not None:
        found, named = find_locked(session, entry), {**entry.facts, "locked": entry.name}
        if not looking and session.settings.zone.value == "t":  # what these rely on never lapses
            renew(session, found, named)
    else:
        found = resolve(session, text)
        ref = found.ref
        named = {"branch": ref.branch, "run": ref.run, "seq": ref.seq} if ref else {}
    if found.parts is not None:
        return {"parts": found.parts}
    return {**_kept(session, found, looking=looking), "ref": named or None}


def _kept(session: Session, found: Found, *, looking: bool) -> dict[str, Any]:
    """The artifact of a record, with its zone. What lies upstream in a zone of the own one's name
    is copied: a collection of garbage would look for it here."""
    value = {**found.value, **found.artifact(found.value).to_json()}
    if value["zone"] == session.zone and session.is_upstream(found.store) and not looking:
        from wombat.store.sending import placed, send

        sent = send(found.store.space, session.store.space, {found.name: value}, {})
        value = {"zone": session.zone, **placed(value, sent)}
    return value


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
    force: bool = False,
    publish: bool = True,
    effects: bool = False,
    show_values: bool = False,
    on_event: Callable[[Event], None] | None = None,
    on_report: Callable[[TaskReport], None] | None = None,
    on_unchanged: Callable[[Session, Plan, RefRecord, Mapping[str, Any]], None] | None = None,
) -> RunResult:
    """Runs a pipeline here, or one task with what it needs, in parallel on warm workers.

    What a result of an earlier run serves isn't run again; where all of it is and the branch holds
    just that, no run begins. With `force` the task, or all of them, is made anew.

    A whole run that is done is published; with `effects` its tasks without outputs follow, those of
    the version that stands where nothing is published anew. With
    `show_values` rows that fail checks come as events; UsageFault `values-in-ci` where logs are
    kept.
    `on_report` is told of each attempt once it was recorded, by several threads; `on_unchanged`
    that no run began, of the version that stands, and of the header that a run would have had.
    Raises Invalid before anything starts; failures of tasks are in the result.
    """
    from wombat.api.project import compile_all
    from wombat.api.reusing import follow_here, stands
    from wombat.executor.local import run_plan, unchanged
    from wombat.executor.units import select

    plan = compile_all(start, only=(pipeline,)).plans[pipeline]
    known_task(plan, task)
    targets = (task,) if task else ()
    flags = {"profile": profile, "jobs": None if jobs is None else str(jobs)}
    session = open_session(start, flags=flags)
    _effects_allowed(session, plan, task, wanted=effects)
    _values_allowed(wanted=show_values)
    anew = select(plan, targets, only=True, downstream=downstream) if force else frozenset()
    anew = frozenset(name for name in anew if effects or not plan.task(name).effect)
    followed = follow_here(session, draft(session, plan, given or {}), anew=anew, borrow=only)
    chosen = select(plan, targets, only=only, downstream=downstream)
    whole = publish and all(task.effect or task.name in chosen for task in plan.tasks)
    held = stands(session.store, plan, followed) if whole else None
    if held is not None and not effects:
        if on_unchanged is not None:
            on_unchanged(session, plan, held, followed.header)
        return unchanged(plan, followed.header, held, on_event)
    header, held = _header(session, plan, followed, held)
    ground = context(session, header, borrow=only, show_values=show_values)
    report = ground.report if on_report is None else _both(on_report, ground.report)
    return run_plan(
        replace(ground, fruitless=followed.fruitless, report=report),
        jobs=int(session.settings.jobs.value or 1),
        keep_going=keep_going,
        targets=targets,
        only=only,
        downstream=downstream,
        publish=publish,
        effects=effects,
        stands=held,
        on_event=on_event,
    )


def _header(
    session: Session, plan: Plan, followed: Followed, held: RefRecord | None
) -> tuple[dict[str, Any], RefRecord | None]:
    """Of the run that stands, with its version, where nothing but its effects is left to do; else
    of a run that begins now."""
    from wombat.api.reusing import effects_standing
    from wombat.executor.header import ensure_header

    if held is not None:
        header = effects_standing(session.store, plan, followed, held)
        if header is not None:
            return header, held
    return ensure_header(session.store, followed.header), None


def _both(
    first: Callable[[TaskReport], None], second: Callable[[TaskReport], None] | None
) -> Callable[[TaskReport], None]:
    """A report to two readers; what goes wrong with files mustn't cost the other one its own."""

    def told(report: TaskReport) -> None:
        first(report)
        if second is not None:
            second(report)

    return told


def _effects_allowed(session: Session, plan: Plan, task: str | None, *, wanted: bool) -> None:
    """An effect follows the publish of a whole run, in a profile that allows it."""
    if task is not None and plan.task(task).effect:
        raise UsageFault(
            f"{plan.pipeline}/{task} has no outputs, so it runs after the whole run's publish",
            code="effect-alone",
            hint=f"wombat run {plan.pipeline} --effects",
        )
    if wanted and not session.effects:
        raise UsageFault(
            f"profile {session.profile} allows no effects; expected one that does",
            code="effects-not-allowed",
            hint=f"profiles: {{{session.profile}: {{effects: true}}}} in wombat.yml, or another -p",
        )


def _values_allowed(*, wanted: bool) -> None:
    """What a CI system prints it keeps, for more people than may see the data."""
    if wanted and automated():
        raise UsageFault(
            "values are shown on somebody's own machine alone; expected no --show-values in CI",
            code="values-in-ci",
            hint="wombat run the same task at home, on what production published",
        )


def known_task(plan: Plan, task: str | None) -> None:
    """Raises UsageFault `unknown-task`, with a near miss."""
    if task is not None and task not in plan.by_name:
        from wombat.language.near import listed, near

        raise UsageFault(
            f"{plan.pipeline} has no task '{task}'; expected one of {listed(plan.by_name)}",
            code="unknown-task",
            hint=near(task, plan.by_name),
        )


def context(
    session: Session, header: Mapping[str, Any], *, borrow: bool, show_values: bool = False
) -> Context:
    from wombat.executor.context import context_of
    from wombat.review.report import reporter

    return context_of(
        session.root,
        session.store,
        header,
        report=reporter(session.root, header),
        borrow=borrow,
        show_values=show_values,
    )
