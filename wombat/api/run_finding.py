"""A run by its id or the beginning of it, and which attempt made what it has of a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.ci import check_run
from wombat.errors import Absent, UsageFault
from wombat.executor.reuse.frozen import reused
from wombat.language.near import listed, near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.api.session import Session
    from wombat.executor.units import Unit
    from wombat.store import Store

    Find = Callable[[Store, str, str], "Known | None"]


SHOWN: Final = 5
"""Runs that are named where several are meant."""


@dataclass(frozen=True)
class Known:
    """A pipeline's run: its header, and the store whose zone has it."""

    store: Store
    pipeline: str
    run: str
    header: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """An attempt of a run, or with the number 0 a result on which its header relies."""

    known: Known
    unit: Unit
    attempt: int
    record: Mapping[str, Any]


def find_runs(
    session: Session, text: str, *, pipeline: str | None = None, task: str | None = None
) -> tuple[Known, ...]:
    """The run that is meant, of a pipeline or of all that have it; with `task` of the one that has
    such a task. Absent; UsageFault where several runs begin so, or several pipelines have it."""
    if text.replace("/", "", 1).replace("-", "_").isidentifier() and "/" in text:
        raise UsageFault(
            f"'{text[:80]}' is a task, not a run; expected the run first, its id or the beginning "
            "of it, as in 8f3a01c2 churn/features",
            code="invalid-run",
            hint=f"wombat log {text.partition('/')[0][:80]}",
        )
    check_run(text)
    places = list(_meant(session, text, pipeline))
    ids = sorted({run for _, run, _ in places})
    if text in ids:
        ids = [text]
    if len(ids) > 1:
        raise UsageFault(
            f"{len(ids)} runs begin with '{text}'; expected one of {_some(ids)}",
            code="ambiguous-run",
        )
    found = {}
    for name, run, store in places:
        if run in ids and name not in found and (one := known_run(store, name, run)) is not None:
            found[name] = one
    if not found:
        raise _absent(session, text, pipeline)
    return _with_task(tuple(found.values()), task) if task else tuple(found.values())


def _some(ids: list[str]) -> str:
    """The newest few: ids of one kind stand in the order of their times."""
    rest = len(ids) - SHOWN
    return listed(reversed(ids[-SHOWN:])) + (f" and {rest} more" if rest > 0 else "")


def _meant(session: Session, text: str, pipeline: str | None) -> Iterator[tuple[str, str, Store]]:
    """Pipeline, run and store of all that the text may mean."""
    for store in session.stores_of(session.project):
        for name in [pipeline] if pipeline else sorted(_pipelines(store)):
            for run in store.runs(name):
                if run.startswith(text) or run.rpartition("-")[2].startswith(text):
                    yield name, run, store


def _pipelines(store: Store) -> set[str]:
    """Those with any run: what never published anything has no ref."""
    return set(store.blobs.folders(f"{store.zone}/runs/"))


def known_run(store: Store, pipeline: str, run: str) -> Known | None:
    """None where it has no header: what was put has none."""
    try:
        return Known(store, pipeline, run, store.header(pipeline, run))
    except Absent:
        return None


def _absent(session: Session, text: str, pipeline: str | None) -> Absent:
    names = {pipeline} if pipeline else None
    every = {
        run
        for store in session.stores_of(session.project)
        for name in names or _pipelines(store)
        for run in store.runs(name)
    }
    whose = f" of {pipeline}" if pipeline else ""
    return Absent(
        f"there is no run '{text}'{whose} here; expected "
        + (f"one of {_some(sorted(every))}" if every else "one that is: there are none yet"),
        hint=near(text, every),
    )


def _with_task(known: tuple[Known, ...], task: str) -> tuple[Known, ...]:
    having = [one for one in known if task in _tasks(one)]
    if not having:
        every = sorted({name for one in known for name in _tasks(one)})
        raise Absent(
            f"run {known[0].run} has no task '{task}'; it has {listed(every)}",
            hint=near(task, every),
        )
    if len(having) > 1:
        raise UsageFault(
            f"'{task}' is a task of several pipelines of run {known[0].run}; expected one of "
            f"{listed(f'{one.pipeline}/{task}' for one in having)}",
            code="ambiguous-run",
        )
    return tuple(having)


def _tasks(known: Known) -> set[str]:
    return {str(one["name"]) for one in known.header["plan"]["tasks"]}


def attempt_of(known: Known, unit: Unit, content: str | None = None) -> Made | None:
    """What a run has of a part: what its header relies on, else its newest attempt. With `content`
    one that made it; None where there is none."""
    kept = reused(known.header, unit)
    attempts = [] if kept else known.store.attempts(known.pipeline, known.run, *unit)
    every = [kept] if kept else sorted(attempts, key=lambda one: -one.attempt)
    for one in every:
        if one.part != unit[1] or one.record.get("state") == "skipped":
            continue
        if content is None or content in _contents(one.record):
            return Made(known, unit, one.attempt, one.record)
    return None


def _contents(record: Mapping[str, Any]) -> set[str]:
    return {str(one.get("C")) for one in record.get("outputs", {}).values()}


def source_of(session: Session, made: Made, *, find: Find = known_run) -> Made:
    """The attempt that computed it: of another run where this one reused it; itself where it
    failed. `find` reads a run's header. Absent where that run can't be found."""
    origin = made.record.get("reused")
    if not isinstance(origin, dict) or made.record.get("state") != "done":
        return made
    unit = (str(origin.get("task", made.unit[0])), origin.get("part"))
    pipeline, run = str(origin.get("pipeline", made.known.pipeline)), str(origin.get("run"))
    for store in _stores(session, made.known.store, origin.get("zone")):
        known = find(store, pipeline, run)
        if known is None:
            continue
        for one in known.store.attempts(pipeline, run, *unit):
            if one.part == unit[1] and one.attempt == origin.get("attempt", one.attempt):
                return Made(known, unit, one.attempt, one.record)
    raise Absent(
        f"{pipeline}/{unit[0]} was made by run {run}, which isn't here; expected it in a store "
        "that these credentials may read"
    )


def _stores(session: Session, own: Store, zone: Any) -> Iterator[Store]:
    project = own.zone.partition("/")[2]
    yield own
    for store in session.stores_of(project):
        yield store
        if isinstance(zone, str) and zone.partition("/")[2] == project:
            yield store.beside(zone)
