"""One part of a task, whole: inputs, worker, outputs, record."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wombat.errors import StoreDamaged, StoreUnreachable, WombatError
from wombat.executor.context import local_disk, shown
from wombat.executor.died import died, overdue
from wombat.executor.drift import check_code, code_changed
from wombat.executor.effects import done_before, key_of, standstill, version
from wombat.executor.faults import from_wire
from wombat.executor.kept import kept_report
from wombat.executor.lost import way_out
from wombat.executor.messages import warned
from wombat.executor.outcome import Fault, TaskReport
from wombat.executor.process import Died, Worker
from wombat.executor.protocol import TimedOut
from wombat.executor.record import (
    attempt_record,
    judged_facts,
    now,
    push_outputs,
    result_record,
    reusable,
    stands,
)
from wombat.executor.reproduce_hint import with_command
from wombat.executor.request import make_request, sources_of
from wombat.executor.reuse.frozen import entry, origin
from wombat.executor.reuse.lookup import find_served, ready_to_judge
from wombat.executor.scratch import make_scratch, remove
from wombat.executor.signals import terminable
from wombat.executor.sources import contents, locate
from wombat.store.doom import Doomed
from wombat.store.records import AttemptRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wombat.executor.context import Context
    from wombat.executor.sources import Located
    from wombat.plan.ir import Part, Task
    from wombat.store import Artifact


def execute_part(
    context: Context,
    task: str,
    part: str | None = None,
    *,
    worker: Worker | None = None,
    log: Path | None = None,
    on_cases: Callable[[list[dict[str, Any]]], None] | None = None,
) -> AttemptRecord:
    """Runs one part and records it, failed attempts too.

    `worker` is used where it is given, else a new one is started and ended. What the task prints
    goes to `log`, or where this process's goes. `on_cases` is told of rows that fail checks, where
    the context shows values. Raises TaskFailed (`task-failed`,
    `task-timeout`, `task-died`, `return-mismatch`, …), DataInvalid, MissingExtra, Conflict
    (`input-not-ready`), CheckFailed (`file-changed`, `code-changed`), DiskFault and the store's
    errors.
    """
    if worker is not None:
        with local_disk():
            return perform_part(context, task, part, worker=worker, log=log, on_cases=on_cases)()
    meant = context.plan.task(task)
    one = _Attempt(context, meant, meant.part(part), log, on_cases, last=True)
    with terminable(), local_disk():
        own = Worker(context.root)  # it starts up while the inputs are fetched
        try:
            return one.run(own)()
        finally:
            own.stop()


def perform_part(
    context: Context,
    task: str,
    part: str | None = None,
    *,
    worker: Worker,
    log: Path | None = None,
    on_cases: Callable[[list[dict[str, Any]]], None] | None = None,
) -> Performed:
    """As `execute_part`, all but the record of a part that is done: that is written when the answer
    is called, once, in whatever thread. Its outputs are stored, and durable with the record."""
    meant = context.plan.task(task)
    return _Attempt(context, meant, meant.part(part), log, on_cases, last=False).run(worker)


@dataclass(frozen=True, slots=True)
class Performed:
    """A part that is done, or needn't be: `record` is what its record will say."""

    record: Mapping[str, Any]
    write: Callable[[], AttemptRecord]
    scratch: Path | None = None

    def __call__(self) -> AttemptRecord:
        """Writes the record; then nothing is left of the attempt but what is in the store."""
        return self.keep(remove)

    def keep(self, away: Callable[[Path], None]) -> AttemptRecord:
        """As a call; `away` takes the scratch folder away."""
        try:
            with local_disk():
                return self.write()
        finally:
            if self.scratch is not None:
                away(self.scratch)


class _Attempt:
    """The state of one attempt, as far as it got."""

    def __init__(
        self,
        context: Context,
        task: Task,
        part: Part | None,
        log: Path | None,
        on_cases: Callable[[list[dict[str, Any]]], None] | None = None,
        *,
        last: bool,
    ) -> None:
        self.context = context
        self.task = task
        self.part = part
        self.log = log
        self.on_cases = on_cases
        self.last = last
        self.shown = shown(context.pipeline, task.name, part)
        self.start = time.perf_counter()
        self.answer: dict[str, Any] = {}
        self.changed = False
        self.inputs: tuple[Artifact, ...] = ()

    def run(self, worker: Worker) -> Performed:
        if self.task.effect and (said := standstill(self.context)):
            return _written(self._skipped({}, said))
        located = locate(self.context, self.task, self.part)
        scratch = make_scratch(self.context)
        try:
            return replace(self._run(worker, located, scratch), scratch=scratch)
        except BaseException:
            remove(scratch)
            raise

    def _run(self, worker: Worker, located: tuple[Located, ...], scratch: Path) -> Performed:
        inputs = contents(located)
        self.inputs = tuple(one.artifact for one in located if one.artifact is not None)
        key = key_of(self.context, self.task, self.part, inputs)
        common = attempt_record(self.context, self.task, key, inputs)
        if self.task.effect:
            common["on"] = version(self.context)
            if not self.task.volatile and (
                said := done_before(self.context, self.task, self.part, key)
            ):
                return _written(self._skipped(common, said))
        served = find_served(self.context, self.task, self.part, key)
        if served is not None and not served.judge:
            with suppress(Doomed):  # a collection of garbage began: it is made anew
                return _written(self._reused(common, served.result))
            served = None
        request = self._request(common, located, scratch)
        common |= sources_of(request)
        if served is not None and ready_to_judge(self.context, self.task, served, request):
            common["reused"] = origin(served.result)
            return self._judged(common, request, worker)
        return self._made(common, request, worker)

    def _request(
        self, common: dict[str, Any], located: tuple[Located, ...], scratch: Path
    ) -> dict[str, Any]:
        try:
            return make_request(
                self.context, self.task, self.part, located, scratch=scratch, log=self.log
            )
        except StoreDamaged as fault:
            fault.hint = way_out(fault, self.context, self.task)
            self._failed(common, fault)
            raise

    def _reused(self, common: dict[str, Any], result: Mapping[str, Any]) -> AttemptRecord:
        """A result that serves as it is: nothing is fetched, run or stored."""
        kept = entry(result, common["key"], self.context.store.zone, self.context.profile)
        record = {**common, "state": "done", "warnings": [], **kept, "inputs": common["inputs"]}
        number = self._record(record)
        self._report(record["outputs"], None, reused=str(record["reused"].get("run", "")))
        return AttemptRecord(self.task.name, self._label, number, record)

    def _judged(self, common: dict[str, Any], request: dict[str, Any], worker: Worker) -> Performed:
        """A result whose data is judged anew under this run's profile; no code of the task runs."""
        try:
            self._ask(worker, request)
            record = self._done(common, self._push(request))
        except WombatError as error:
            self._failed(common, error)
            raise
        return Performed(record, lambda: self._keep(record))

    def _made(self, common: dict[str, Any], request: dict[str, Any], worker: Worker) -> Performed:
        before = check_code(self.context, self.task, self.shown)
        try:
            self._ask(worker, request)
            self.changed = code_changed(self.context, self.task, before)
            outputs = self._push(request)
        except WombatError as error:
            self._failed(common, error)
            raise
        record = self._done(common, outputs)

        def write() -> AttemptRecord:
            try:
                return self._keep(record)
            except Doomed:
                # A collection of garbage began meanwhile: what it would delete is stored anew.
                return self._keep(self._done(common, self._push(request)))

        return Performed(record, write)

    def _push(self, request: dict[str, Any]) -> dict[str, Any]:
        return push_outputs(
            self.context, self.task, self.part, request, self.answer, inputs=self.inputs
        )

    def _ask(self, worker: Worker, request: dict[str, Any]) -> None:
        try:
            self.answer = worker.ask(request, self.task.timeout)
        except TimedOut:
            raise overdue(self.shown, self.task.timeout) from None
        except Died as death:
            raise died(self.shown, death.code) from None
        if self.last:
            worker.dismiss()  # it ends while its outputs are stored
        if (cases := self.answer.get("cases")) and self.on_cases is not None:
            self.on_cases(cases)
        if fault := self.answer.get("fault"):
            raise from_wire(fault)

    def _done(self, common: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        record = {
            **common,
            "state": "done",
            "outputs": outputs,
            "warnings": self._warnings(),
            "report": kept_report(self.answer.get("reports", ())),
            "cost": self._cost(),
            **({"changed": True} if self.changed else {}),
            **({"volatile": True} if self.task.volatile else {}),
        }
        if not self.task.effect:
            checks = self.answer.get("reports", ())
            plan, profile = self.context.plan, self.context.profile
            record |= judged_facts(plan, self.task, common["key"], profile, checks)
        return record

    def _keep(self, record: dict[str, Any]) -> AttemptRecord:
        number = self._record(record)
        if reusable(record):
            told = result_record({**record, "part": self._label})
            for key in stands(record):
                self.context.store.record_result(key, self.context.run, number, told)
        self._report(record["outputs"], None)
        return AttemptRecord(self.task.name, self._label, number, record)

    def _skipped(self, common: dict[str, Any], reason: str) -> AttemptRecord:
        """An effect that doesn't happen: recorded, so that a run tells what became of it."""
        told = {"state": "skipped", "reason": reason, "outputs": {}, "warnings": []}
        record = {"profile": self.context.profile, "time": now(), **common, **told}
        number = self._record({**record, "cost": self._cost()})
        self._report({}, None, skipped=reason)
        return AttemptRecord(self.task.name, self._label, number, record | {"cost": self._cost()})

    def _warnings(self) -> list[str]:
        """A result of code that is no longer there is kept for its run, and reused by none."""
        said = f"the code of {self.shown} changed while it ran: its result is never reused"
        return [*warned(self.answer.get("reports", ())), *([said] if self.changed else [])]

    def _failed(self, common: dict[str, Any], error: WombatError) -> None:
        fault = Fault(error.code, error.message, error.exit_code)
        told = {"code": fault.code, "message": fault.message, "exit": fault.exit}
        kept = {"report": kept_report(self.answer.get("reports", ())), "cost": self._cost()}
        record = {**common, "state": "failed", "error": told, **kept}
        if isinstance(error, StoreDamaged):  # of a store that is damaged, it's worth a try
            with suppress(WombatError):
                self._record(record)
        elif not isinstance(error, StoreUnreachable):
            self._record(record)
            error.hint = with_command(error, self.context, self.task, self.part)
        with suppress(OSError):  # the task's own failure is what has to be told
            self._report({}, fault)

    def _record(self, record: dict[str, Any]) -> int:
        context = self.context
        return context.store.record_attempt(
            context.pipeline, context.run, self.task.name, self._label, record
        )

    def _report(
        self,
        outputs: dict[str, Any],
        fault: Fault | None,
        *,
        skipped: str | None = None,
        reused: str | None = None,
    ) -> None:
        if self.context.report is None:
            return
        self.context.report(
            TaskReport(
                pipeline=self.context.pipeline,
                task=self.task.name,
                part=self._label,
                run=self.context.run,
                profile=self.context.profile,
                state="failed" if fault else "skipped" if skipped else "done",
                seconds=round(time.perf_counter() - self.start, 6),
                checks=tuple(self.answer.get("reports", ())),
                outputs=tuple(outputs.items()),
                fault=fault,
                skipped=skipped,
                reused=reused,
            )
        )

    @property
    def _label(self) -> str | None:
        return self.part.label if self.part else None

    def _cost(self) -> dict[str, Any]:
        used = dict(self.answer.get("cost", {}))
        return {
            "seconds": round(time.perf_counter() - self.start, 6),
            "task_seconds": used.get("seconds"),
            "memory": used.get("memory"),
        }


def _written(attempt: AttemptRecord) -> Performed:
    """Of which the record is written already."""
    return Performed(attempt.record, lambda: attempt)
