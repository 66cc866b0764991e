"""A run's events as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.executor import events
from wombat.printable import lines_of
from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.cli.console import Console
    from wombat.store import Published


class Lines:
    """Writes a line for each event that is worth one, to standard error."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = 0
        self.warnings = 0
        self.before: dict[str, int] = {}
        """Warnings of what is reused, by the run that made it."""

    def __call__(self, event: events.Event) -> None:
        for line in self.lines(event):
            if isinstance(event, events.TaskFailed):
                self.console.say_error(line)
            else:
                self.console.say(line)

    def lines(self, event: events.Event) -> Iterator[str]:
        style = self.console.style
        match event:
            case events.RunStarted():
                self.width = max(map(len, event.parts), default=0)
                yield f"run {event.run}, {event.profile}"
            case events.TaskFinished():
                yield from self._done(event)
            case events.TaskReused():
                yield from self._same(event)
            case events.TaskRetried():
                said = visible(event.error.message.partition("\n")[0])
                yield self._row("retry", "warning", event.name, None, said)
            case events.TaskSkipped():
                yield self._row("skip", "dim", event.name, None, _because(event))
            case events.CasesFound():
                yield from _cases(event)
            case events.TaskFailed():
                yield from self._failed(event)
            case events.RunFinished() | events.RunInterrupted():
                yield from _over(event, self.warnings, style)
                yield from _before(self.before)
            case events.TaskStarted() if self.console.verbose:
                yield self._row("start", "dim", event.name, None, "")

    def _row(self, word: str, role: str, name: str, seconds: float | None, rest: str) -> str:
        time = f"{seconds:7.2f} s" if seconds is not None else " " * 9
        mark = self.console.style(f"{word:<5}", role)
        return f"  {mark}  {name:<{self.width}}  {time}  {rest}".rstrip()

    def _done(self, event: events.TaskFinished) -> Iterator[str]:
        made = ", ".join(_fact(fact) for fact in event.outputs)
        yield self._row(
            "check" if event.judged else "done", "good", event.name, event.seconds, made
        )
        self.warnings += len(event.warnings)
        for line in event.warnings:
            yield f"         {self.console.style('warning:', 'warning')} {visible(line)}"

    def _same(self, event: events.TaskReused) -> Iterator[str]:
        """What was known before the run began is only counted."""
        if event.warned:
            self.before[event.run] = self.before.get(event.run, 0) + event.warned
        if not event.early or self.console.verbose:
            said = f"as in run {event.run}" if event.run else ""
            yield self._row("same", "dim", event.name, None, said)

    def _failed(self, event: events.TaskFailed) -> Iterator[str]:
        yield self._row("FAIL", "error", event.name, event.seconds, "")
        for line in event.tail:
            yield f"    {line}"
        fault, style = event.error, self.console.style
        yield (
            f"{style(f'error[{fault.code}]', 'error')} (exit {fault.exit_code}): "
            f"{lines_of(fault.message)}"
        )
        if fault.hint:
            yield f"  {style('hint:', 'hint')} {lines_of(fault.hint)}"
        if event.log and event.tail:
            yield f"  {style('log:', 'dim')} {event.log}"


def _cases(event: events.CasesFound) -> Iterator[str]:
    for case in event.cases:
        yield from cases_table(event.name, case)


def cases_table(task: str, case: Mapping[str, Any]) -> Iterator[str]:
    """Rows that fail a check, as a small table below the task's name."""
    rows = [tuple(map(visible, row)) for row in (case["columns"], *case["rows"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    where = f"{case['where']}: " if case["where"] else ""
    yield f"  {task}: {where}{visible(case['check'])}"
    for row in rows:
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"         {cells}".rstrip()


def _because(event: events.TaskSkipped) -> str:
    return event.reason or (f"needs {event.because}" if event.because else "not started")


def _fact(fact: events.OutputFact) -> str:
    size = f"{fact.rows:,} rows" if fact.rows is not None else amount(fact.bytes)
    return f"{fact.name} {size}"


def amount(size: float) -> str:
    """Bytes for people: 1.2 MB."""
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _before(warnings: Mapping[str, int]) -> Iterator[str]:
    """Warnings aren't told once more, but that there were some."""
    if warnings:
        run = list(warnings)[-1]
        others = f" and {len(warnings) - 1} more" if len(warnings) > 1 else ""
        yield (
            f"{counted(sum(warnings.values()))} came with what is reused, of run "
            f"{visible(run)}{others}: wombat report --run {visible(run)} --out DIR"
        )


def counted(warnings: int) -> str:
    return f"{warnings:,} warning{'s' if warnings != 1 else ''}"


def nothing_changed(
    parts: int, version: int, before: Mapping[str, int] | None = None
) -> tuple[str, ...]:
    """What a run says all of whose parts are served, and that left the branch as it is; `before`:
    warnings of what serves them, by the run that made it."""
    event = events.RunFinished("", 0.0, 0, 0, 0, None, parts, stands=version)
    return (*_ended(event, 0, None), *_before(before or {}))


def _over(
    event: events.RunFinished | events.RunInterrupted, warnings: int, style: Any
) -> Iterator[str]:
    if isinstance(event, events.RunFinished):
        yield from _ended(event, warnings, style)
        return
    left = "the next run goes on from there" if event.done else "nothing was kept"
    yield f"{event.done} of {event.total} done when it was stopped: {left}"


def _ended(event: events.RunFinished, warnings: int, style: Any) -> Iterator[str]:
    ran = event.done - event.judged
    counts = [f"{ran} done"] if ran or not (event.reused or event.judged) else []
    counts += [f"{event.judged} checked anew"] if event.judged else []
    if event.reused:
        of = f" of {total}" if (total := _total(event)) > event.reused or not counts else ""
        counts.append(f"{event.reused}{of} reused")
    counts += [f"{event.failed} failed"] if event.failed else []
    counts += [f"{event.skipped} not run"] if event.skipped else []
    counts += [counted(warnings)] if warnings else []
    yield f"{', '.join(counts)} in {event.seconds:.1f} s"
    if event.published is not None:
        yield style(outcome(event.published), "good")
    elif event.stands is not None:
        nothing = "" if event.done or event.failed else "nothing changed: "
        yield f"{nothing}the branch's version {event.stands} stands"


def _total(event: events.RunFinished) -> int:
    return event.done + event.failed + event.skipped + event.reused


def outcome(published: Published) -> str:
    if published.outcome == "superseded":
        return f"superseded by run {published.by}: this run is kept, the branch is left as it is"
    branch = published.ref.split("/")[-2]
    if published.outcome == "already":
        return f"published already, as version {published.seq} of {branch}"
    return f"published as version {published.seq} of {branch}"
