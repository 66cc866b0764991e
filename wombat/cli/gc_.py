"""`wombat gc`: what the rules of retention let go of, and taking it away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.collecting import Collected
    from wombat.cli.console import Console
    from wombat.store.gc import Branch, Report

LINES: Final = 40


@click.command(epilog="Example:  wombat gc && wombat gc --zone t --apply")
@click.option("--zone", type=click.Choice(["t", "u", "local"]), help="The zone to collect.")
@click.option("--apply", is_flag=True, help="Do it; without, nothing is written.")
@click.option(
    "--allow-large-sweep", "large", is_flag=True, help="More than 20 % of the bytes may go."
)
@click.option("--merge-small", "small", is_flag=True, help="Merge packs of less than 1 MiB, too.")
@common
def gc(console: Console, *, zone: str | None, apply: bool, large: bool, small: bool) -> None:
    """Show what nothing keeps any more by the rules of retention; with --apply, let go of it.

    A pass dooms objects first, by a list that every writer looks at; a later one, 24 to 48 hours
    after, deletes them. So it takes two passes, and a schedule of every 8 hours or so does it.
    Writers are never stopped. Needs the role that may delete, for one zone.
    """
    from wombat.api.collecting import collect

    done = collect(console.folder, zone=zone, apply=apply, large=large, small=small)
    console.result("\n".join(_lines(done)), _tree(done))
    if not done.asked:
        console.say("git could not say which branches exist, so none counts as gone")
    if done.report.large and not apply:
        console.say("more than 20 % of the bytes: --apply asks for --allow-large-sweep")


def _lines(done: Collected) -> Iterator[str]:
    from wombat.cli.lines import amount

    report = done.report
    live = report.live_bytes / report.total_bytes if report.total_bytes else 1.0
    yield (
        f"{report.zone}: {report.objects:,} packs and manifests, {amount(report.total_bytes)}, "
        f"{live:.0%} of it live; {amount(report.logical_bytes)} of files"
    )
    yield from _branches(report.branches)
    yield f"  {report.runs:,} runs and {report.pins:,} pins keep what they name"
    for pipeline, branch in done.gone:
        yield f"  {pipeline}@{branch} is gone from git: {_now(report, 'closed', 'would be closed')}"
    yield from _notes(report)
    yield _count(report, "deleted", "to delete", report.deletes, report.deletes_bytes)
    yield _count(report, "doomed", "to doom", report.dooms, report.dooms_bytes)
    if report.compacts:
        said = _now(report, "compacted", "to compact")
        gained = f"{amount(report.compacts_bytes)}, gaining {amount(report.gains_bytes)}"
        yield f"  {said}: {report.compacts:,} packs of {gained}"
    yield from _when(report)
    if done.left[0]:
        said = _now(report, "removed", "to remove")
        yield f"  {said}: {done.left[0]:,} files, {amount(done.left[1])}, of killed writers"
    yield f"  {report.requests:,} requests"


def _notes(report: Report) -> Iterator[str]:
    if report.gone:
        yield f"  {report.gone:,} artifacts that records name are gone already"
    yield from (f"  {note}" for note in report.notes[:LINES])


def _branches(branches: list[Branch]) -> Iterator[str]:
    """Those that let something go first."""
    for one in sorted(branches, key=lambda b: -b.lets_go)[:LINES]:
        kept = ", ".join(f"{count} {reason}" for reason, count in sorted(one.keeps.items()))
        what = f"{one.pipeline}@{'tag:' if one.kind == 'tags' else ''}{one.branch}"
        closed = {"grace": ", closed", "over": ", closed long ago"}.get(one.closed, "")
        total = sum(one.keeps.values())
        yield f"  {what}: keeps {total} ({kept or 'none'}), lets go {one.lets_go}{closed}"
    if len(branches) > LINES:
        yield f"  and {len(branches) - LINES:,} more branches"


def _count(report: Report, done: str, planned: str, objects: int, size: int) -> str:
    from wombat.cli.lines import amount

    return f"  {_now(report, done, planned)}: {objects:,} objects, {amount(size)}"


def _now(report: Report, done: str, planned: str) -> str:
    return done if report.applied else planned


def _when(report: Report) -> Iterator[str]:
    if report.revived:
        yield f"  {report.revived:,} doomed objects are wanted again, and stay"
    if report.next_from is not None and report.next_until is not None:
        first, last = (_time(t) for t in (report.next_from, report.next_until))
        yield f"  a pass between {first} and {last} deletes what is doomed"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _tree(done: Collected) -> dict[str, object]:
    return {
        **done.report.to_json(),
        "gone": [{"pipeline": p, "branch": b} for p, b in done.gone],
        "asked": done.asked,
        "leftovers": {"files": done.left[0], "bytes": done.left[1]},
    }


COMMAND: Final = gc
