"""What CI jobs do: one task of a run that began elsewhere, and its publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.api.runs import context, draft, known_task
from wombat.api.session import open_session
from wombat.ci import check_run
from wombat.errors import Absent, DataInvalid, TaskFailed, UsageFault, WombatError
from wombat.store.records import AttemptRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.executor.context import Context
    from wombat.plan.ir import Plan
    from wombat.store import Published


def execute(
    start: Path,
    pipeline: str,
    task: str,
    *,
    parts: Sequence[str] = (),
    run: str | None = None,
    on_part: Callable[[str | None, AttemptRecord | WombatError], None] | None = None,
) -> list[AttemptRecord]:
    """Runs one task of a run, or some of its parts: what every CI job does. Records each attempt,
    failed ones too; `on_part` is told of each.

    Without a header, the first job to come makes it. Of several parts all are tried. Raises the
    task's own error, the first one's.
    """
    ground = _joined(start, pipeline, run, may_begin=True)
    known_task(ground.plan, task)
    for part in parts or (None,):
        _known_part(ground.plan, task, part)
    found = [(part, _tried(ground, task, part, on_part)) for part in parts or (None,)]
    for _, one in found:
        if isinstance(one, WombatError):
            raise one
    return [one for _, one in found if isinstance(one, AttemptRecord)]


def _tried(
    ground: Context,
    task: str,
    part: str | None,
    on_part: Callable[[str | None, AttemptRecord | WombatError], None] | None,
) -> AttemptRecord | WombatError:
    """A part's record, or what is wrong with it alone; what every part would meet is raised."""
    from wombat.executor.task import execute_part

    try:
        found: AttemptRecord | WombatError = execute_part(ground, task, part)
    except (TaskFailed, DataInvalid) as error:
        found = error
    if on_part is not None:
        on_part(part, found)
    return found


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

    ground = _joined(start, pipeline, run, may_begin=False)
    return publish_run(ground.store, ground.header)


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
    return context(session, header, borrow=False)


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
    """The first job of committed files begins the run, with what its trigger was told by hand.

    Each task has its job there, which looks for a result by itself: none is frozen. What a task may
    have to read is seen anew where it moved since the run that stands.
    """
    from wombat.api.asking import given_by_hand, made_anew_of, of_plan
    from wombat.api.project import compile_all
    from wombat.api.reusing import follow, renewed
    from wombat.api.standing import standing
    from wombat.executor.header import ensure_header

    plan = compile_all(session.root, only=(pipeline,)).plans[pipeline]
    standing(session, pipeline)  # raises where the project is another repository's
    anew = made_anew_of(session, plan)
    header = draft(
        session, plan, of_plan(plan, given_by_hand(session)), run=_wanted_run(session)
    ) | ({"anew": sorted(anew)} if anew else {})
    if header["sources"]:
        header = renewed(session, plan, follow(session, header, anew=anew)).header
    return ensure_header(session.store, {n: v for n, v in header.items() if n != "reused"})
