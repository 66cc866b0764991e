"""The reports of a run, made again from its records: for a later job, or another machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.api.published import changes_of, write_changes
from wombat.api.session import open_session
from wombat.ci import check_run
from wombat.errors import UsageFault
from wombat.executor.header import find_header, plan_of
from wombat.executor.kept import report_of
from wombat.executor.outcome import TaskReport
from wombat.executor.reuse.frozen import all_reused
from wombat.executor.units import units
from wombat.language.load import yaml_files
from wombat.language.root import PIPELINES
from wombat.review.places import repository_prefix
from wombat.review.report import write_reports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.plan.ir import Plan
    from wombat.store import AttemptRecord

NOT_RUN: Final = "has not run"


@dataclass(frozen=True)
class Reported:
    """What was written of a run: reports by state, and of how many pipelines. `run` is None where
    none began."""

    run: str | None
    pipelines: tuple[str, ...] = ()
    states: Counter[str] = field(default_factory=Counter)


def report_run(
    start: Path, out: Path, *, run: str | None = None, run_file: Path | None = None
) -> Reported:
    """Writes the JUnit and the JSON file of each part's newest attempt, of all pipelines of a run,
    and what each of them changed that was published.

    A part that never ran is `skipped`, one that an earlier run's result served `reused`; a pipeline
    of which nothing ran and nothing was reused is left out. Without a
    `run_file` there was no run to report. Raises UsageFault `invalid-run` and `run-missing`,
    DiskFault and the store's errors.
    """
    session = open_session(start, flags={"run": run})
    if run is None and run_file is not None:
        if not run_file.is_file():
            return Reported(None)
        run = run_file.read_text(encoding="utf-8", errors="replace").strip()
    wanted = _wanted(session, run)
    found = {name: list(_reports(session, name, wanted)) for name in _names(session.root)}
    told = [report for reports in found.values() for report, _ in reports]
    prefix = repository_prefix(session.root)
    for reports in found.values():
        for report, plan in reports:
            write_reports(report, out, plan, prefix=prefix)
    for name in found:
        if (changed := changes_of(session, name, wanted, f"run {wanted}")) is not None:
            write_changes(out, changed)
    states = Counter(map(_state, told))
    return Reported(wanted, tuple(name for name, reports in found.items() if reports), states)


def _state(report: TaskReport) -> str:
    if report.reused is not None:
        return "reused"
    return "not run" if report.skipped == NOT_RUN else str(report.state)


def _wanted(session: Session, run: str | None) -> str:
    given = run or session.settings.run.value
    if given is not None:
        return check_run(given)
    if session.surroundings.ci is None:
        raise UsageFault(
            "no run is named, and no CI is at hand; expected --run, --run-file or WOMBAT_RUN",
            code="run-missing",
        )
    return session.surroundings.run


def _names(root: Path) -> list[str]:
    """A pipeline is called like its file: none has to be read."""
    return sorted({file.stem for file in yaml_files(root / PIPELINES, recursive=False)})


def _reports(
    session: Session, pipeline: str, run: str
) -> Iterator[tuple[TaskReport, Mapping[str, Any]]]:
    """Of each part in topological order, with the run's plan; of an effect only what happened to
    it."""
    store = session.readable[0]
    header = find_header(store, pipeline, run)
    if header is None:
        return
    kept = {(one.task, one.part): one for one in all_reused(header)}
    attempts = {**kept, **_newest(store.attempts(pipeline, run))}
    if not attempts:
        return
    plan = plan_of(header)
    for task, label in units(plan):
        attempt = attempts.get((task, label))
        if attempt is not None:
            yield report_of(attempt, pipeline, run), header["plan"]
        elif not plan.task(task).effect:
            yield _absent(plan, run, str(header["profile"]), task, label), header["plan"]


def _newest(attempts: list[AttemptRecord]) -> dict[tuple[str, str | None], AttemptRecord]:
    """They come in the order of their numbers: the last one stays."""
    return {(one.task, one.part): one for one in attempts}


def _absent(plan: Plan, run: str, profile: str, task: str, label: str | None) -> TaskReport:
    return TaskReport(
        plan.pipeline, task, label, run, profile, "skipped", seconds=0.0, skipped=NOT_RUN
    )
