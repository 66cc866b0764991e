"""When a schedule ticks: cron lines in a time zone, through summer time and back."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from wombat.plan.schedules import FIELDS, field_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.plan.ir import Schedule

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_ANY: Final = ("*", "*/1")
HORIZON: Final = 9 * 366
"""Days after which a line has no tick: 29 February comes every eight years at least."""


@dataclass(frozen=True, slots=True)
class _Cron:
    """A line's numbers. `either`: both days are restricted, and one of them is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    @property
    def by_wall_clock(self) -> bool:
        """Hours are named, so each day has as many ticks as any other."""
        return len(self.hours) < 24

    def on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_number, by_name = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_number or by_name if self.either else by_number and by_name


def last_tick(schedule: Schedule, now: datetime) -> datetime | None:
    """The newest tick at or before `now`, in UTC; None where there is none for nine years.

    `now` is aware; so is every tick, a whole minute. A line that names hours ticks by the wall
    clock: what the clock skips comes once, right after the gap, and what it shows twice comes the
    first time. A line for every hour ticks whenever the clock shows its minutes.
    """
    return max(_near(schedule, now, -1, lambda tick: tick <= now), default=None)


def next_tick(schedule: Schedule, now: datetime) -> datetime | None:
    """The first tick after `now`; else as `last_tick`."""
    return min(_near(schedule, now, 1, lambda tick: tick > now), default=None)


def _near(
    schedule: Schedule, now: datetime, step: int, wanted: Callable[[datetime], bool]
) -> Iterator[datetime]:
    """The wanted ticks of the two nearest days of the calendar that have any.

    Two, for where clocks went back across midnight, days overlapped.
    """
    cron, zone = _parsed(schedule.cron), zoneinfo.ZoneInfo(schedule.timezone)
    start = now.astimezone(zone).date() - step * _DAY
    found = (list(filter(wanted, _of_day(cron, day, zone))) for day in _days(cron, start, step))
    for ticks in islice(filter(None, found), 2):
        yield from ticks


def _days(cron: _Cron, start: date, step: int) -> Iterator[date]:
    days = (start + number * step * _DAY for number in range(HORIZON))
    return filter(cron.on, days)


@lru_cache(maxsize=64)
def _of_day(cron: _Cron, day: date, zone: zoneinfo.ZoneInfo) -> frozenset[datetime]:
    """The ticks that a day of the calendar has, in UTC."""
    shown = (
        datetime.combine(day, time(hour, minute)) for hour in cron.hours for minute in cron.minutes
    )
    moments = _by_wall_clock if cron.by_wall_clock else _whenever_shown
    return frozenset(moment for one in shown for moment in moments(one, zone))


def _by_wall_clock(shown: datetime, zone: zoneinfo.ZoneInfo) -> Iterator[datetime]:
    """One moment, whatever the clock did: the first, or the first after the gap."""
    while not (there := _shows(shown, zone, 0)):
        shown += _MINUTE
    yield there


def _whenever_shown(shown: datetime, zone: zoneinfo.ZoneInfo) -> Iterator[datetime]:
    """No moment in a gap, two where the clock shows it twice."""
    found = {_shows(shown, zone, fold) for fold in (0, 1)}
    yield from (one for one in found if one is not None)


def _shows(shown: datetime, zone: zoneinfo.ZoneInfo, fold: int) -> datetime | None:
    """The moment at which the clock shows a time; None where it never does."""
    moment = shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == shown else None


@lru_cache(maxsize=256)
def _parsed(text: str) -> _Cron:
    fields = text.split()
    minutes, hours, days, months, names = (
        field_numbers(field, name) for field, (name, _, _) in zip(fields, FIELDS, strict=True)
    )
    weekdays = frozenset(number % 7 for number in names)
    return _Cron(minutes, hours, days, months, weekdays, {fields[2], fields[4]}.isdisjoint(_ANY))
