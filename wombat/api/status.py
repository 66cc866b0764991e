"""Where a project stands: of each pipeline what its branch holds, what would run, what failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.api.explaining import UNREADABLE, explaining
from wombat.api.locked import canonical
from wombat.api.meanwhile import meanwhile
from wombat.api.project import check
from wombat.api.reusing import otherwise, stands
from wombat.api.session import open_session
from wombat.api.standing import Standing, left_undone
from wombat.api.then import find_then
from wombat.ci import ref_of
from wombat.errors import DiskFault, WombatError
from wombat.language.address import parse_address
from wombat.plan.ir import ArtifactSource
from wombat.review.why_words import reason
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from wombat.api.explaining import Explaining
    from wombat.api.meanwhile import Unpublished
    from wombat.api.session import Session
    from wombat.api.then import Then
    from wombat.plan.ir import Plan
    from wombat.review.explained import Made
    from wombat.review.explained import State as Fated

State = Literal["current", "behind", "new", "unknown"]
_WORKS: Final = ("run", "judge", "maybe")
TOLD: Final = 1000
"""Tasks whose reason is looked for."""


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """A task that would do something, and why."""

    task: str
    state: Fated
    why: str


@dataclass(frozen=True, slots=True)
class PipelineStatus:
    """`new`: its branch holds nothing yet; `since` is what it is compared with, `stands` what its
    own branch holds. `parts` are those of each fate; where all are reused, `publishes` are outputs
    that a run would publish otherwise all the same. `effect` is one that isn't done, `note` says
    why nothing is known."""

    pipeline: str
    state: State
    stands: Made | None = None
    since: Made | None = None
    parts: Mapping[str, int] | None = None
    tasks: tuple[TaskStatus, ...] = ()
    unpublished: tuple[Unpublished, ...] = ()
    effect: str | None = None
    note: str | None = None
    publishes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """`lock` says what of `wombat.lock` isn't what the pipelines take; `note` why no store was
    asked."""

    project: str
    branch: str
    commit: str | None
    dirty: bool | None
    profile: str
    zone: str
    pipelines: tuple[PipelineStatus, ...]
    lock: tuple[str, ...] = ()
    note: str | None = None

    def to_json(self) -> dict[str, Any]:
        tree = asdict(replace(self, pipelines=()))
        return {**tree, "pipelines": [_tree(one) for one in self.pipelines]}


def _tree(one: PipelineStatus) -> dict[str, Any]:
    """Parts that failed by their names: a pair is no key in JSON."""
    told = asdict(replace(one, unpublished=()))
    runs = [
        {
            "run": run.run,
            "time": run.time,
            "commit": run.commit,
            "done": run.done,
            "failed": [{"task": u[0], "part": u[1], "error": e} for u, e in run.failed.items()],
        }
        for run in one.unpublished
    ]
    return {**told, "unpublished": runs}


def status(
    start: Path,
    *,
    only: Collection[str] = (),
    profile: str | None = None,
    now: datetime | None = None,
) -> Status:
    """Writes nothing, makes no store; a few requests a pipeline, of several at once.

    Without a store, or where it doesn't answer, it says so; of pipelines with mistakes it tells
    what stands. Raises Invalid where there are none, UsageFault.
    """
    checked = check(start, only=only)
    if checked.failed and not checked.spec.pipelines:
        checked.raise_if_failed()
    wrong = sum(one.severity == "error" for one in checked.diagnostics)
    plans = [] if checked.failed else list(checked.plans.values())
    names = [name for name in checked.spec.pipelines if not only or name in only]
    session = open_session(start, flags={"profile": profile})
    around = session.surroundings
    known = Status(
        session.project, around.branch, around.commit, around.dirty, session.profile,
        session.zone, (), tuple(_lock(session, plans)),
    )  # fmt: skip
    try:
        if session.new_store:
            raise session.no_store()
        if checked.failed:
            note = f"wombat check finds {wrong} mistake{'s' if wrong != 1 else ''}"
            return replace(known, pipelines=tuple(_bare(session, one, note) for one in names))
        look = partial(_pipeline, session, now=now or datetime.now(UTC))
        return replace(known, pipelines=tuple(each(look, plans)))
    except DiskFault:
        raise
    except WombatError as fault:
        bare = tuple(PipelineStatus(name, "unknown") for name in names)
        return replace(known, pipelines=bare, note=fault.message)


def _pipeline(session: Session, plan: Plan, *, now: datetime) -> PipelineStatus:
    """One that can't begin now says why, beside what stands."""
    try:
        told = explaining(session, plan, {}, blind=True)
        return _status(session, plan, told, now)
    except DiskFault:
        raise
    except WombatError as fault:
        return _bare(session, plan.pipeline, fault.message)


def _bare(session: Session, pipeline: str, note: str) -> PipelineStatus:
    """What stands of a pipeline of which nothing else can be told."""
    then = find_then(session, pipeline)
    since = then.made if then else None
    return PipelineStatus(
        pipeline, "unknown", since if then and _own(session, then) else None, since, note=note
    )


def _status(session: Session, plan: Plan, told: Explaining, now: datetime) -> PipelineStatus:
    found = _standing(session, told)
    record = found.record if found else None
    since = told.then.made if told.then else None
    fates = told.followed.fates
    busy = dict.fromkeys(unit[0] for unit, fate in fates.items() if fate.state in _WORKS)
    states: Counter[str] = Counter(told.state(unit) for unit in fates)
    current = found is not None and stands(session.store, plan, told.followed) is not None
    others = meanwhile(session.store, plan.pipeline, session.surroundings.branch, record)
    still = record is not None and told.followed.all_reused and not current
    return PipelineStatus(
        plan.pipeline,
        "current" if current else "behind" if found else "new",
        since if found else None,
        since,
        dict(states),
        tuple(_task(told, name) for name in list(busy)[:TOLD]),
        tuple(one for one in others if not (current and one.failed)),
        _effect(told, found, now) if found and told.followed.header["effects"] else None,
        note=told.note,
        publishes=otherwise(plan, told.followed, record) if record and still else (),
    )


def _effect(told: Explaining, found: Standing, now: datetime) -> str | None:
    """An effect that failed or never began, or of which the run that stands doesn't know."""
    try:
        known = told.then.plan.by_name if told.then else {}
    except UNREADABLE:
        known = {}
    effects = (task.name for task in told.plan.tasks if task.effect and task.name not in known)
    return left_undone(found, now) or next(effects, None)


def _standing(session: Session, told: Explaining) -> Standing | None:
    """What the branch itself holds."""
    then = told.then
    if then is None or then.record is None or not _own(session, then):
        return None
    return Standing(then.store, then.record, dict(then.header), own=True)


def _own(session: Session, then: Then) -> bool:
    """Whether it is the branch's own version, not the default branch's."""
    record = then.record
    branch = ref_of(session.surroundings.branch)
    return record is not None and branch == (record.branch, record.kind)


def _task(told: Explaining, name: str) -> TaskStatus:
    """As its first part that does something."""
    fates = told.followed.fates
    unit = next(one for one in fates if one[0] == name and fates[one].state in _WORKS)
    return TaskStatus(name, told.state(unit), reason(told.of(unit), str))


def _lock(session: Session, plans: Iterable[Plan]) -> Iterable[str]:
    """What `wombat lock` would put in or take out; its entries' refs aren't asked."""
    taken = set()
    for plan in plans:
        for task in plan.tasks:
            for one in task.inputs:
                if isinstance(one.source, ArtifactSource):
                    taken.add(canonical(session, one.source.address))
    wanted = {text for text in taken if parse_address(text).project is not None}
    for text in sorted(wanted):
        if session.lock.find(text) is None:
            yield f"{text} isn't locked"
