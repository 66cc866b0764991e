"""Which scheduled pipelines are due, and what their schedules say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from wombat.api.listing import Table
from wombat.ci import by_issuer, run_age
from wombat.errors import Absent
from wombat.plan.cron import last_tick, next_tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wombat.api.session import Session
    from wombat.plan.ir import Plan
    from wombat.store import Store

TITLES: Final = ("pipeline", "cron", "timezone", "last tick", "next tick", "ran since", "state")
WAITING: Final = timedelta(hours=2)
"""How long a pipeline may wait for a runner before its header: younger ones may be older."""


@dataclass(frozen=True)
class Times:
    """A pipeline's schedule at one moment. `newest` is its newest scheduled run since `last`."""

    plan: Plan
    last: datetime | None
    next: datetime | None
    newest: datetime | None
    due: bool


def scheduled(plans: Iterable[Plan]) -> list[Plan]:
    """Those that a schedule may start, by name."""
    found = [plan for plan in plans if plan.schedule is not None and plan.on.schedule == "run"]
    return sorted(found, key=lambda plan: plan.pipeline)


def due(
    plans: Iterable[Plan], newest: Callable[[str], datetime | None], now: datetime
) -> list[str]:
    """The names of pipelines whose last tick is later than their newest scheduled run.

    `newest` gives the time of that run, or None where there is none: then it is due. However many
    ticks were missed, it is due once.
    """
    return [
        one.plan.pipeline
        for one in times(plans, lambda plan, _: newest(plan.pipeline), now)
        if one.due
    ]


def due_in(
    stores: Sequence[Store],
    plans: Iterable[Plan],
    now: datetime,
    *,
    own: str | None = None,
    branch: str | None = None,
) -> list[str]:
    """As `due`, by the headers that the stores hold; reads no header older than need be.

    `own` is the id of the run that asks. Runs of its CI pipeline don't count: a job that is tried
    again finds due what it found before. With `branch` only the runs of that branch count: what
    another's tick published says nothing of this one's ref.
    """
    newest = newest_in(stores, own, branch=branch)
    return [one.plan.pipeline for one in times(plans, newest, now) if one.due]


def times(
    plans: Iterable[Plan],
    newest: Callable[[Plan, datetime], datetime | None],
    now: datetime,
) -> Iterator[Times]:
    """The ticks around `now` of each pipeline that a schedule may start, by name."""
    for plan in scheduled(plans):
        if plan.schedule is None:
            continue
        last = last_tick(plan.schedule, now)
        ran = newest(plan, last) if last is not None else None
        waits = last is not None and (ran is None or last > ran)
        yield Times(plan, last, next_tick(plan.schedule, now), ran, waits)


def newest_in(
    stores: Sequence[Store], own: str | None = None, *, branch: str | None = None
) -> Callable[[Plan, datetime], datetime | None]:
    """The newest scheduled run in any of the stores, for `times`; with `branch` of that alone."""

    def look(plan: Plan, since: datetime) -> datetime | None:
        found = (
            newest_scheduled(store, plan.pipeline, since, own=own, branch=branch)
            for store in stores
        )
        return max((one for one in found if one is not None), default=None)

    return look


def newest_scheduled(
    store: Store,
    pipeline: str,
    since: datetime,
    *,
    own: str | None = None,
    branch: str | None = None,
) -> datetime | None:
    """When the newest scheduled run of a pipeline began, in UTC; None where none began `since`.

    With `branch` none of another branch counts.

    Run ids of a CI grow, so the newest are read first, of each issuer, and the first that is much
    older than `since` ends the search. Those of `own`'s CI pipeline don't count. Ids that were
    chosen by hand say nothing of their age: all of them are read.
    """
    mine = _pipeline(own) if own else None
    runs = (run for run in store.runs(pipeline) if _pipeline(run) != mine)
    newest = (_newest(store, pipeline, ids, since, branch) for ids in by_issuer(runs))
    return max((one for one in newest if one is not None), default=None)


def show_schedules(session: Session, plans: Iterable[Plan], now: datetime) -> Table:
    """Each pipeline with a schedule: its line, the ticks around `now`, and whether it is due.

    Without a store nothing ran. Schedules start the default branch, so its runs count. Of a
    schedule that is off nothing is due.
    """
    every = [plan for plan in plans if plan.schedule is not None]
    newest = newest_in(_stores(session), branch=session.surroundings.default_branch)
    known = {one.plan.pipeline: one for one in times(every, newest, now)}
    rows, tree = [], {}
    for plan in sorted(every, key=lambda plan: plan.pipeline):
        if plan.schedule is None:
            continue
        one = known.get(plan.pipeline)
        ticks = (one.last, one.next, one.newest) if one else (None, None, None)
        state = "off" if one is None else "due" if one.due else "done"
        said = (plan.schedule.cron, plan.schedule.timezone)
        rows.append((plan.pipeline, *said, *map(_moment, ticks), state))
        tree[plan.pipeline] = dict(zip(TITLES[1:], (*said, *map(_text, ticks), state), strict=True))
    heading = "" if rows else "no pipeline has a schedule"
    return Table(heading, TITLES, rows, tree)


def _stores(session: Session) -> tuple[Store, ...]:
    try:
        return session.readable
    except Absent:
        return ()


def _text(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%MZ") if moment else "-"


def _pipeline(run: str) -> tuple[str, int]:
    """The CI pipeline that a run is of, whichever of its jobs gave the id."""
    issuer, (pipeline, _) = run_age(run)
    return issuer, pipeline


def _newest(
    store: Store, pipeline: str, runs: list[str], since: datetime, branch: str | None
) -> datetime | None:
    for run in runs:
        try:
            header: dict[str, Any] = store.header(pipeline, run)
        except Absent:  # of something that was put
            continue
        began = datetime.fromisoformat(header["time"]).astimezone(UTC)
        if began < since - WAITING:
            return None
        mine = branch is None or header["branch"] == branch
        if mine and header["event"] == "schedule" and began >= since:
            return began
    return None
