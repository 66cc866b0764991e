"""A whole plan on one machine: parts in parallel on warm workers, then the publish."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from wombat.executor import events
from wombat.executor.attempts import Attempts
from wombat.executor.ledger import Ledger
from wombat.executor.pool import Pool
from wombat.executor.publish import publish_run
from wombat.executor.reuse.frozen import all_reused, warned
from wombat.executor.schedule import Schedule
from wombat.executor.scratch import Leavings
from wombat.executor.signals import terminable
from wombat.executor.telling import InOrder
from wombat.executor.units import published_units, select, unit_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from wombat.errors import WombatError
    from wombat.executor.attempts import Done
    from wombat.executor.context import Context
    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan
    from wombat.store import AttemptRecord, Published, RefRecord


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to. All of it stands in topological order, that of `order`: its parts."""

    run: str
    seconds: float
    done: dict[Unit, AttemptRecord]
    failed: dict[Unit, WombatError]
    skipped: tuple[Unit, ...] = ()
    published: Published | None = None
    stands: RefRecord | None = None
    """The version that the branch holds already: all was reused, and nothing is to be published."""
    order: tuple[Unit, ...] = ()

    @property
    def reused(self) -> dict[Unit, AttemptRecord]:
        """The parts of `done` that a result of an earlier run serves as it is."""
        return {unit: one for unit, one in self.done.items() if is_reused(one)}

    @property
    def error(self) -> WombatError | None:
        """The first failure in topological order: it decides the exit code."""
        return next(iter(self.failed.values()), None)


def run_plan(
    context: Context,
    *,
    jobs: int = 1,
    keep_going: bool = False,
    targets: Collection[str] = (),
    only: bool = False,
    downstream: bool = False,
    publish: bool = True,
    effects: bool = False,
    stands: RefRecord | None = None,
    on_event: Callable[[events.Event], None] | None = None,
) -> RunResult:
    """Runs a plan's parts, at most `jobs` at a time, each as soon as what it needs is done.

    `targets` are tasks: they and what they need run, with `only` nothing else, with `downstream`
    what comes after them too. After a failure nothing new starts; with `keep_going` all that
    doesn't need the failed part does. A whole plan that is done is published. What tasks print
    goes to `.wombat/logs/<run>/`. With `effects`, tasks without outputs run after the publish,
    unless a later run superseded it; they are all that does where the run `stands` as that version
    and relies on results alone. `on_event` is called by one thread at a time.

    Failures of parts are in the result. Errors of the store while publishing are raised, and so
    are KeyboardInterrupt and, on SIGTERM, SystemExit; no worker or child of one outlives the call.
    """
    last = frozenset(task.name for task in context.plan.tasks if task.effect)
    chosen = select(context.plan, targets, only=only, downstream=downstream) - last
    kept = {(one.task, one.part): one for one in all_reused(context.header) if one.task in chosen}
    schedule = Schedule(context.plan, chosen, keep_going, kept)
    after = Schedule(context.plan, last, keep_going)
    said = _OneByOne(on_event)
    start = time.perf_counter()
    shown = (*schedule.order, *(after.order if effects else ()))
    names = tuple(unit_name(unit) for unit in shown)
    said(events.RunStarted(context.pipeline, context.run, context.profile, names))
    for unit, one in kept.items():
        said(_same(unit, one))
    published, ran = None, [schedule]
    with terminable(), _interrupted(context, schedule, said):
        _run(context, schedule, said, max(1, jobs))
        if publish and not schedule.failed and chosen | last == context.plan.by_name.keys():
            if stands is None:
                published = publish_run(context.store, context.header, schedule.done.values())
            if effects:
                _run(context, after, said, max(1, jobs))
                ran.append(after)
    if not effects:
        _leave(after, said)
    seconds = time.perf_counter() - start
    return _finish(context.run, ran, said, published, seconds, stands=stands)


def unchanged(
    plan: Plan,
    header: Mapping[str, Any],
    held: RefRecord,
    on_event: Callable[[events.Event], None] | None = None,
) -> RunResult:
    """What a run would come to that would only repeat the version `held`; none begins."""
    said, start = _OneByOne(on_event), time.perf_counter()
    kept = {(one.task, one.part): one for one in all_reused(header)}
    done = {unit: kept[unit] for unit in published_units(plan)}
    for unit, one in done.items():
        said(_same(unit, one))
    seconds = time.perf_counter() - start
    said(events.RunFinished(held.run, seconds, 0, 0, 0, None, len(done), stands=held.seq))
    return RunResult(held.run, seconds, done, {}, stands=held, order=tuple(done))


@contextmanager
def _interrupted(context: Context, schedule: Schedule, said: _OneByOne) -> Iterator[None]:
    """Tells of an interrupt once all that was done is recorded."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        done = len(context.made.keys() | schedule.done.keys())
        said(events.RunInterrupted(context.run, done, len(schedule.order)))
        raise


def _leave(effects: Schedule, said: _OneByOne) -> None:
    for unit in effects.order:
        said(events.TaskSkipped(unit_name(unit), *unit, None, "an effect: --effects runs it"))


def _run(context: Context, schedule: Schedule, said: _OneByOne, jobs: int) -> None:
    """The pool ends first when anything is raised: threads end because their workers do. What is
    done by then is recorded."""
    with (
        Leavings() as leavings,
        ThreadPoolExecutor(jobs, thread_name_prefix="task") as threads,
        Ledger() as ledger,
        Pool(context.root) as pool,
    ):
        order = InOrder(said, schedule.firsts)
        attempts = Attempts(context, pool, ledger, leavings, order)
        running: dict[Future[Done], Unit] = {}
        writing: dict[Future[AttemptRecord], Unit] = {}
        over: SimpleQueue[Future[Any]] = SimpleQueue()
        try:
            while True:
                while len(running) < jobs and (unit := schedule.next()) is not None:
                    begun = threads.submit(attempts.run, unit)
                    running[begun] = unit
                    begun.add_done_callback(over.put)
                if not running:
                    break
                future = over.get()
                if future in writing:
                    schedule.keep(writing.pop(future), future)
                    continue
                unit = running.pop(future)
                if (written := schedule.finish(unit, future)) is not None:
                    writing[written] = unit
                    written.add_done_callback(over.put)
            ledger.hurry()
            for one in as_completed(writing):
                schedule.keep(writing[one], one)
        except BaseException:
            attempts.quiet()
            raise


def _finish(
    run: str,
    schedules: Sequence[Schedule],
    said: _OneByOne,
    published: Published | None,
    seconds: float,
    *,
    stands: RefRecord | None,
) -> RunResult:
    skipped: dict[Unit, Unit | None] = {}
    for schedule in schedules:
        skipped |= schedule.skipped()
    for unit, because in skipped.items():
        needed = unit_name(because) if because else None
        said(events.TaskSkipped(unit_name(unit), *unit, needed))
    order = tuple(unit for schedule in schedules for unit in schedule.order)
    over = {unit: one for schedule in schedules for unit, one in schedule.done.items()}
    done = {unit: over[unit] for unit in order if unit in over}
    failed = {unit: one for schedule in schedules for unit, one in schedule.failures().items()}
    idle = sum("reason" in one.record for one in done.values())
    again = sum(is_reused(one) for one in done.values())
    counts = (len(done) - idle - again, len(failed), len(skipped) + idle)
    judged = sum("reused" in one.record for one in done.values()) - again
    version = stands.seq if stands else None
    said(events.RunFinished(run, seconds, *counts, published, again, judged, version))
    return RunResult(run, seconds, done, failed, tuple(skipped), published, stands, order)


def is_reused(attempt: AttemptRecord) -> bool:
    """Whether nothing was done for it: what was judged anew has a report."""
    return "reused" in attempt.record and "report" not in attempt.record


def _same(unit: Unit, kept: AttemptRecord) -> events.TaskReused:
    made_by = str(kept.record.get("reused", {}).get("run", ""))
    count = warned(kept.record)
    return events.TaskReused(unit_name(unit), *unit, made_by, early=True, warned=count)


class _OneByOne:
    """Passes events on, one at a time."""

    def __init__(self, on_event: Callable[[events.Event], None] | None) -> None:
        self._on_event = on_event
        self._lock = threading.Lock()

    def __call__(self, event: events.Event) -> None:
        if self._on_event is not None:
            with self._lock:
                self._on_event(event)
