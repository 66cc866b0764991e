"""One part in a local run: its tries, its log, and what is told of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import TaskFailed, WombatError
from wombat.executor import events
from wombat.executor.context import WORK, local_disk, step
from wombat.executor.task import execute_part
from wombat.executor.units import unit_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wombat.executor.context import Context
    from wombat.executor.pool import Pool
    from wombat.executor.units import Unit
    from wombat.store import AttemptRecord

TAIL_LINES: Final = 20
TAIL_BYTES: Final = 16_384


class Attempts:
    """Runs parts on a pool's workers; `run` may be called by several threads."""

    def __init__(self, context: Context, pool: Pool, said: Callable[[events.Event], None]) -> None:
        self._context = context
        self._pool = pool
        self._said = said
        self._quiet = False

    def quiet(self) -> None:
        """From now on nothing is told, and nothing is tried again: the run was interrupted."""
        self._quiet = True

    def run(self, unit: Unit) -> AttemptRecord:
        """The record of the first try that is done; the last try's error where none is.

        Only a task's own failure is worth another try: the data stays invalid.
        """
        tries = self._context.plan.task(unit[0]).retry + 1
        for attempt in range(1, tries + 1):
            try:
                return self._try(unit, attempt)
            except TaskFailed as error:
                if attempt == tries or self._quiet or error.code == "return-mismatch":
                    raise
                self._tell(events.TaskRetried(unit_name(unit), *unit, attempt, error))
        raise AssertionError("a part has at least one try")

    def _try(self, unit: Unit, attempt: int) -> AttemptRecord:
        log, start = self._log(unit), time.perf_counter()
        self._tell(events.TaskStarted(unit_name(unit), *unit, attempt))
        try:
            with local_disk(), self._pool.worker() as worker:
                log.parent.mkdir(parents=True, exist_ok=True)
                record = execute_part(
                    self._context,
                    *unit,
                    worker=worker,
                    log=log,
                    on_cases=lambda cases: self._tell(
                        events.CasesFound(unit_name(unit), *unit, tuple(cases))
                    ),
                )
        except WombatError as error:
            seconds = time.perf_counter() - start
            final = attempt > self._context.plan.task(unit[0]).retry
            if final or not isinstance(error, TaskFailed) or error.code == "return-mismatch":
                told = events.TaskFailed(
                    unit_name(unit), *unit, seconds, error, tail(log), str(log)
                )
                self._tell(told)
            raise
        if "reason" in record.record:
            said = record.record["reason"]
            self._tell(events.TaskSkipped(unit_name(unit), *unit, None, said))
            return record
        made_by = record.record.get("reused")
        if made_by and "report" not in record.record:
            run = str(made_by.get("run", ""))
            self._tell(events.TaskReused(unit_name(unit), *unit, run, early=False))
            return record
        seconds = time.perf_counter() - start
        warnings = tuple(record.record["warnings"])
        facts, judged = _facts(record.record), bool(made_by)
        self._tell(
            events.TaskFinished(unit_name(unit), *unit, seconds, facts, warnings, judged=judged)
        )
        return record

    def _tell(self, event: events.Event) -> None:
        if not self._quiet:
            self._said(event)

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
