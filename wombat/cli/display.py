"""What a run shows: a line a task as it ends; on a terminal, those that run now below."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wombat.cli.lines import Lines, amount, counted, outcome
from wombat.cli.progress import on_terminal
from wombat.executor.reuse.frozen import warned
from wombat.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.cli.console import Console
    from wombat.executor.events import Event
    from wombat.store import AttemptRecord, Published

    OnEvent = Callable[[Event], None]


@contextmanager
def display(console: Console) -> Iterator[OnEvent | None]:
    """The listener of a run's events; with --json and -q only failures are shown."""
    lines = Lines(console)
    if not on_terminal(console):
        yield lines
        return
    from wombat.cli.live import live

    with live(lines) as listener:
        yield listener


def publication(pipeline: str, published: Published) -> str:
    """What became of a publish, in a line."""
    return f"{pipeline}: {outcome(published)}"


def finished(target: str, part: str | None, done: AttemptRecord) -> str:
    """What an attempt made, in lines: an output each with its rows, size and content."""
    name = f"{target}: [{part}]" if part else target
    if "reason" in done.record:
        return f"{name}: skipped, {one_line(str(done.record['reason']))}"
    lines = [f"{name}: {_how(done)}, attempt {done.attempt}"]
    for output, value in done.record["outputs"].items():
        stats = value.get("stats") or {}
        rows = f"{stats['rows']:,} rows, " if stats.get("rows") is not None else ""
        lines.append(f"  {output}: {rows}{amount(stats.get('bytes', 0))}, {value['C'][:16]}")
    lines += [f"  warning: {one_line(line)}" for line in done.record["warnings"]]
    if before := warned(done.record):
        run = one_line(str(done.record["reused"].get("run", "")))
        lines.append(f"  {counted(before)} when it was made: wombat report --run {run} --out DIR")
    return "\n".join(lines)


def _how(done: AttemptRecord) -> str:
    """What is reused keeps the cost of whoever made it."""
    seconds = f"{done.record['cost']['seconds']:.2f} s"
    if (before := done.record.get("reused")) is None:
        return f"done in {seconds}"
    run = one_line(str(before.get("run", "")))
    if "report" not in done.record:
        return f"same as in run {run}"
    return f"checked anew in {seconds}, made in run {run}"
