"""An earlier run, to hold a new one against: its header, and what its tasks had read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wombat.api.standing import standing
from wombat.ci import branch_of
from wombat.errors import Absent
from wombat.executor.outside.identity import content_digest
from wombat.executor.restore import restore_plan
from wombat.executor.reuse.frozen import all_reused
from wombat.language.near import near
from wombat.plan.causes import UNKNOWN, work_of
from wombat.plan.ir import ArtifactSource, FileSource, TaskSource, UrlSource
from wombat.review.explained import Made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.session import Session
    from wombat.executor.units import Unit
    from wombat.plan.causes import Work
    from wombat.plan.ir import Input, Part, Plan
    from wombat.store import AttemptRecord, RefRecord, Store


@dataclass(frozen=True)
class Then:
    """A run: `record` is its version of a branch, None where it isn't published; `drafted`: it
    hasn't begun, so that it made nothing yet."""

    store: Store
    header: Mapping[str, Any]
    record: RefRecord | None = None
    drafted: bool = False

    @property
    def made(self) -> Made:
        """How people know it."""
        header, record = self.header, self.record
        branch = branch_of(record.branch, record.kind) if record else header.get("branch")
        return Made(
            str(header["run"]),
            (record and record.commit) or header.get("commit"),
            record.time if record else header.get("time"),
            header.get("profile"),
            branch,
            (record.seq or None) if record else None,
            self.store.zone,
        )

    @cached_property
    def plan(self) -> Plan:
        """Raises what a plan of an unreadable header does: its reader guards."""
        return restore_plan(self.header["plan"])

    @cached_property
    def attempts(self) -> Mapping[Unit, AttemptRecord]:
        """The newest attempt of each part, and what the header relied on."""
        found = {(one.task, one.part): one for one in all_reused(self.header)}
        if self.drafted:
            return found
        pipeline, run = str(self.header["pipeline"]), str(self.header["run"])
        for one in sorted(self.store.attempts(pipeline, run), key=lambda one: one.attempt):
            found[one.task, one.part] = one
        return found

    def work(self, unit: Unit) -> Work | None:
        """What a part did then; None where there was none."""
        task = self.plan.by_name.get(unit[0])
        if task is None or (unit[1] is None) != (not task.foreach):
            return None
        try:
            part = task.part(unit[1])
        except KeyError:
            return None
        inputs = {one.name: self._content(part, one) for one in task.inputs}
        return work_of(self.plan, task, part, inputs, self.header)

    def _content(self, part: Part | None, one: Input) -> Any:
        match one.source:
            case FileSource(path=path):
                return self.header["files"].get(path, UNKNOWN)
            case UrlSource(url=url):
                seen = self.header.get("sources", {}).get(url)
                return UNKNOWN if seen is None else content_digest(url, seen)
            case ArtifactSource(address=address):
                return self.header["artifacts"].get(address, {}).get("C", UNKNOWN)
            case TaskSource(task=task, output=output):
                parts = self.plan.producers(part, one)
                if one.collect is not None:
                    return {p.label: self._made(task, output, p.label) for p in parts}
                return self._made(task, output, parts[0].label if parts else None)

    def _made(self, task: str, output: str, label: str | None) -> Any:
        if self.record is not None:
            value = self.record.outputs.get(f"{task}.{output}", {})
            value = value if label is None else value.get("parts", {}).get(label, {})
        else:
            attempt = self.attempts.get((task, label))
            value = {} if attempt is None else attempt.record["outputs"].get(output, {})
        return value.get("C", UNKNOWN)


def find_then(session: Session, pipeline: str, run: str | None = None) -> Then | None:
    """The run that stands on the branch, else on the default one; or the run of that id.

    None where nothing stands. Absent for a run that isn't there; Conflict `project-taken`.
    """
    if run is not None:
        return _named(session, pipeline, run)
    found = standing(session, pipeline, default=True)
    if found is None or found.header is None:
        return None
    return Then(found.store, found.header, found.record)


def _named(session: Session, pipeline: str, run: str) -> Then:
    for store in session.readable:
        try:
            header = store.header(pipeline, run)
        except Absent:
            continue
        return Then(store, header, store.published_ref(pipeline, run))
    known = [one for store in session.readable for one in store.runs(pipeline)]
    raise Absent(
        f"there is no run '{run}' of {pipeline} here; expected one that its log names",
        hint=near(run, known) or f"wombat log {pipeline}",
    )
