"""One part in a local run: its tries, its log, and what is told of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import TaskFailed, WombatError
from wombat.executor import events
from wombat.executor.context import WORK, local_disk, step
from wombat.executor.reuse.frozen import warned
from wombat.executor.task import perform_part
from wombat.executor.units import unit_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from wombat.executor.context import Context
    from wombat.executor.ledger import Ledger
    from wombat.executor.pool import Pool
    from wombat.executor.scratch import Leavings
    from wombat.executor.task import Performed
    from wombat.executor.telling import InOrder
    from wombat.executor.units import Unit
    from wombat.store import AttemptRecord

TAIL_LINES: Final = 20
TAIL_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class Done:
    """A part that is done: what its record says, and the record once it is durable."""

    record: Mapping[str, Any]
    written: Future[AttemptRecord]


class Attempts:
    """Runs parts on a pool's workers; `run` may be called by several threads.

    Records are written by threads of their own, so that those of a moment become durable together.
    A part is told to be done when its record is durable; what reads it may begin before.
    """

    def __init__(
        self,
        context: Context,
        pool: Pool,
        ledger: Ledger,
        leavings: Leavings,
        order: InOrder,
    ) -> None:
        self._context = context
        self._pool = pool
        self._ledger = ledger
        self._leavings = leavings
        self._order = order
        self._quiet = False

    def quiet(self) -> None:
        """From now on nothing is told, and nothing is tried again: the run was interrupted."""
        self._quiet = True

    def run(self, unit: Unit) -> Done:
        """The first try that is done; the last try's error where none is.

        Only a task's own failure is worth another try: the data stays invalid.
        """
        tries = self._context.plan.task(unit[0]).retry + 1
        for attempt in range(1, tries + 1):
            try:
                return self._try(unit, attempt)
            except TaskFailed as error:
                if attempt == tries or self._quiet or error.code == "return-mismatch":
                    raise
                self._tell(unit, events.TaskRetried(unit_name(unit), *unit, attempt, error))
        raise AssertionError("a part has at least one try")

    def _try(self, unit: Unit, attempt: int) -> Done:
        log, start = self._log(unit), time.perf_counter()
        if not self._quiet:
            self._order.at_once(events.TaskStarted(unit_name(unit), *unit, attempt))
        final = attempt > self._context.plan.task(unit[0]).retry
        failing = self._failing(unit, log, start, final=final)
        with failing, local_disk(), self._pool.worker() as worker:
            log.parent.mkdir(parents=True, exist_ok=True)
            performed = perform_part(
                self._context,
                *unit,
                worker=worker,
                log=log,
                on_cases=lambda cases: self._tell(
                    unit, events.CasesFound(unit_name(unit), *unit, tuple(cases))
                ),
            )
        self._context.made[unit] = performed.record
        self._order.stored(unit)
        written = self._ledger.write(lambda: self._write(unit, performed, log, start))
        return Done(performed.record, written)

    def _write(self, unit: Unit, performed: Performed, log: Path, start: float) -> AttemptRecord:
        try:
            with self._failing(unit, log, start, final=True):
                attempt = performed.keep(self._leavings.add)
            self._context.made[unit] = attempt.record
            self._told(unit, attempt.record, start)
        finally:
            self._order.over(unit)
        return attempt

    @contextmanager
    def _failing(self, unit: Unit, log: Path, start: float, *, final: bool) -> Iterator[None]:
        """Tells of a failure that no other try follows."""
        try:
            yield
        except WombatError as error:
            if final or not isinstance(error, TaskFailed) or error.code == "return-mismatch":
                seconds = time.perf_counter() - start
                told = events.TaskFailed(
                    unit_name(unit), *unit, seconds, error, tail(log), str(log)
                )
                self._tell(unit, told)
            raise

    def _told(self, unit: Unit, record: Mapping[str, Any], start: float) -> None:
        """Tells what became of a part whose record is durable."""
        name = unit_name(unit)
        if "reason" in record:
            self._tell(unit, events.TaskSkipped(name, *unit, None, record["reason"]))
            return
        made_by = record.get("reused")
        if made_by and "report" not in record:
            run = str(made_by.get("run", ""))
            same = events.TaskReused(name, *unit, run, early=False, warned=warned(record))
            self._tell(unit, same)
            return
        seconds, warnings = time.perf_counter() - start, tuple(record["warnings"])
        facts, judged = _facts(record), bool(made_by)
        self._tell(unit, events.TaskFinished(name, *unit, seconds, facts, warnings, judged=judged))

    def _tell(self, unit: Unit, event: events.Event) -> None:
        if not self._quiet:
            self._order.tell(unit, event)

    def _log(self, unit: Unit) -> Path:
        task, label = unit
        name = task if label is None else f"{task}={step(label)}"
        return self._context.root / WORK / "logs" / self._context.run / f"{name}.log"


def _facts(record: Mapping[str, Any]) -> tuple[events.OutputFact, ...]:
    return tuple(
        events.OutputFact(name, one["type"], one["stats"]["bytes"], one["stats"].get("rows"))
        for name, one in record["outputs"].items()
    )


def tail(log: Path) -> tuple[str, ...]:
    """The last lines of a log; () where nothing was printed."""
    try:
        with log.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(text.splitlines()[-TAIL_LINES:])
