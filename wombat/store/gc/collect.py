"""One pass of a collection over one zone: mark, check, delete what waited, doom what is dead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from wombat.errors import CheckFailed, StoreDamaged
from wombat.store.gc import lists, survey
from wombat.store.gc.clocks import Clocks, ServerClock
from wombat.store.gc.compact import Compaction, Wanted, choose, covered
from wombat.store.gc.gone import notices
from wombat.store.gc.mark import Marking
from wombat.store.gc.marks import Marks
from wombat.store.gc.named import untrusted
from wombat.store.gc.report import Report
from wombat.store.gc.reports import forget
from wombat.store.gc.roots import Choosing
from wombat.store.gc.sweep import Sweep
from wombat.store.wrap.counting import Counting

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store.gc.lists import Collection
    from wombat.store.gc.roots import Roots
    from wombat.store.gc.rules import Retention
    from wombat.store.space import Space

LARGE: Final = 0.2
"""The share of a zone's bytes that one pass dooms at most, unless it is told that it may."""
FEW: Final = 20
"""So many manifests that are gone say nothing about the store."""


@dataclass(slots=True)
class Pass:
    """What one pass knows. Nothing is written before every check has passed."""

    space: Space
    clocks: Clocks
    marks: Marks
    clock: ServerClock
    at: str | None
    """The prefix of its own records; None in a dry run."""
    past: list[Collection]
    roots: Roots
    marking: Marking

    def by_phase(self, phase: str) -> list[Collection]:
        now = self.clock.now()
        return [one for one in self.past if one.phase(now, self.clocks) == phase]


def collect(
    space: Space,
    retention: Retention,
    *,
    apply: bool = False,
    large: bool = False,
    small: bool = False,
    clocks: Clocks | None = None,
    cache: Path | None = None,
) -> Report:
    """Looks at the own zone of `space`; with `apply` as the gc role.

    `large` allows a sweep of more than LARGE; `small` merges small packs too. Killed anywhere,
    or run twice at once, it loses nothing, and the next pass goes on. Raises StoreDamaged
    (`gc-root`, `gc-listing`, `gc-no-roots`) and CheckFailed (`gc-large-sweep`) before anything
    is doomed or deleted; Conflict (`gc-expired`); StoreUnreachable, StoreDenied.
    """
    counted = Counting(space.blobs)
    one = _look(replace(space, blobs=counted), retention, clocks or Clocks(), Marks(cache), apply)
    sweep = Sweep(one.marking, one.clocks, one.clock)
    sweep.covered = covered(one.marking)
    due = one.by_phase("due")
    chosen = sweep.choose(due)
    fresh = _fresh(one, sweep, chosen)
    report = Report.of(one, fresh, chosen, sweep)
    _check_sweep(report, allowed=large, apply=apply)
    _check_gone(one, allowed=large, apply=apply)
    sparse = choose(one.marking, sweep.covered, small=small) if space.atomic else []
    report.to_compact(sparse)
    if one.at is not None:
        sweep.delete(due, chosen)
        _doom(one, one.at, fresh, sparse, report)
        _tidy(one)
    report.requests = counted.counts.total
    report.read = one.marks.read
    return report


def _look(space: Space, retention: Retention, clocks: Clocks, marks: Marks, apply: bool) -> Pass:
    at, clock = None, ServerClock(clocks.wall(), clocks.elapsed(), clocks.elapsed)
    if apply:
        at, clock = lists.begin(space, clocks)
    past = [one for one in lists.collections(space) if one.at != at]
    now = clock.now()
    roots = Choosing(space, retention, clocks, marks, now).choose()
    if not untrusted(space.zone):
        survey.check_progress(space, past, roots.tops)
    marking = Marking(space, marks, now - clocks.grace, now - clocks.unfinished)
    marking.mark(roots)
    if marking.objects and not roots.records and not roots.pins:
        raise StoreDamaged(
            f"{space.zone} has objects, and no record that could name them; expected at least one",
            code="gc-no-roots",
            hint="nothing was collected; see whether the store lists all that it holds",
        )
    return Pass(space, clocks, marks, clock, at, past, roots, marking)


def _fresh(one: Pass, sweep: Sweep, chosen: dict[str, int]) -> dict[str, int]:
    """What is dead, and neither deleted now nor waiting on a list."""
    waiting = {
        key for past in one.by_phase("waits") for key, _ in lists.objects_of(one.space, past)
    }
    every = chain(one.marking.dead.items(), sweep.covered.items())
    return {key: size for key, (size, _) in every if key not in waiting and key not in chosen}


def _check_sweep(report: Report, *, allowed: bool, apply: bool) -> None:
    share = report.dooms_bytes / report.total_bytes if report.total_bytes else 0.0
    report.large = share > LARGE
    if report.large and apply and not allowed:
        raise CheckFailed(
            f"{share:.0%} of the bytes of {report.zone} would be doomed; expected at most "
            f"{LARGE:.0%}",
            code="gc-large-sweep",
            hint="nothing was collected; look at 'wombat gc', then add --allow-large-sweep",
        )


def _check_gone(one: Pass, *, allowed: bool, apply: bool) -> None:
    """A few versions were let go before; of half of all that could be the store that is wrong."""
    gone, named = len(one.marking.gone), len(one.roots.manifests)
    if untrusted(one.space.zone) or not apply or allowed:
        return
    if gone > FEW and gone * 2 > named:
        raise StoreDamaged(
            f"nothing was collected, as {gone:,} of {named:,} manifests that roots name are gone; "
            "expected those of a few old versions at most",
            code="gc-root",
            hint="see 'wombat gc' and 'wombat verify'; where that is right, --allow-large-sweep",
        )


def _doom(one: Pass, at: str, fresh: dict[str, int], sparse: list[Wanted], report: Report) -> None:
    lists.write_state(one.space, at, one.roots.tops)
    compaction = Compaction(one.marking)
    moved = compaction.run(sparse)
    report.compacted(compaction)
    told = notices(one.marking.behind, fresh)
    if not lists.write_pages(one.space, at, sorted({*fresh, *moved, *told})):
        lists.write_done(one.space, at, {"objects": 0, "bytes": 0})
        return
    report.next_from = one.clock.now() + one.clocks.grace
    report.next_until = one.clock.now() + one.clocks.life


def _tidy(one: Pass) -> None:
    """Old collections go, done or not: nobody deletes by them any more; and idle reports."""
    now = one.clock.now()
    for past in one.past:
        if now - past.ends() >= one.clocks.removed:
            lists.remove(one.space, past)
    forget(one.space, now)
