"""Ticks: what cron lines mean, and what summer time does to them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.plan.cron import last_tick, next_tick
from wombat.plan.ir import Schedule
from wombat.plan.schedules import FIELDS, cron_fault

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago")
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(cron: str, zone: str, start: str, end: str) -> list[str]:
    """Every tick between two moments, as the zone's clock shows it with its offset."""
    schedule, found, at = Schedule(cron, zone), [], utc(start)
    while (at := next_tick(schedule, at)) is not None and at <= utc(end):
        found.append(at.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%m-%d %H:%M%z"))
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "start", "end", "shown"),
    [
        # Berlin, 29 March 2026: 02:00 is 03:00. What the clock skips comes right after.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28", "2026-03-30T12:00",
         ["03-28 02:30+0100", "03-29 03:00+0200", "03-30 02:30+0200"]),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00",
         ["03-29 03:00+0200"]),
        ("*/15 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00",
         ["03-29 03:00+0200"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00",
         ["03-29 03:00+0200"]),
        ("30 * * * *", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T02:00",
         ["03-29 01:30+0100", "03-29 03:30+0200"]),
        # Berlin, 25 October 2026: 03:00 is 02:00 again. What is shown twice comes once.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-26T12:00",
         ["10-25 02:30+0200", "10-26 02:30+0100"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-24T23:00", "2026-10-25T02:00",
         ["10-25 01:30+0200", "10-25 02:30+0200", "10-25 02:30+0100"]),
        # Lord Howe goes by half an hour: 02:00 is 02:30, and in April 02:00 is 01:30.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T12:00",
         ["10-04 02:30+1100"]),
        ("*/15 3 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T16:40",
         ["10-04 03:00+1100", "10-04 03:15+1100", "10-04 03:30+1100"]),
        ("45 * * * *", "Australia/Lord_Howe", "2026-04-04T13:30", "2026-04-04T15:30",
         ["04-05 00:45+1100", "04-05 01:45+1100", "04-05 01:45+1030"]),
        # Santiago has no midnight on 6 September 2026, and Kolkata changes nothing.
        ("0 0 * * *", "America/Santiago", "2026-09-05T12:00", "2026-09-07T12:00",
         ["09-06 01:00-0300", "09-07 00:00-0300"]),
        ("30 5 * * *", "Asia/Kolkata", "2026-03-28T12:00", "2026-03-30T12:00",
         ["03-29 05:30+0530", "03-30 05:30+0530"]),
        # Apia had no 30 December 2011 at all.
        ("0 9 * * *", "Pacific/Apia", "2011-12-29T12:00", "2011-12-31T12:00",
         ["12-29 09:00-1000", "12-31 00:00+1400", "12-31 09:00+1400"]),
        # St John's went back from 00:01 to 23:01 of the day before.
        ("30 * * * *", "America/St_Johns", "2006-10-29T01:00", "2006-10-29T04:30",
         ["10-28 23:30-0230", "10-28 23:30-0330", "10-29 00:30-0330"]),
    ],
)  # fmt: skip
def test_summer_time(cron, zone, start, end, shown):
    assert ticks(cron, zone, start, end) == shown


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 0 * * *", "59 23 * * *", "15 1,14 * * *"])
def test_a_fixed_hour_ticks_once_on_each_day_of_a_year(cron, zone):
    schedule, at = Schedule(cron, zone), utc("2026-01-01T12:00")
    end, count = at + timedelta(days=365), 0
    while (at := next_tick(schedule, at)) <= end:
        count += 1
    assert count == 365 * (2 if "," in cron else 1)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    ranges = st.tuples(numbers, numbers).map(lambda two: f"{min(two)}-{max(two)}")
    # The peer goes on to the end from a range of one number.
    steps = st.builds(
        lambda first, more, step: f"{first}-{first + more}/{step}",
        st.integers(low, (low + high) // 2),
        st.integers(1, (high - low) // 2),
        st.integers(1, 9),
    )
    one = st.one_of(numbers.map(str), ranges, steps)
    return st.one_of(st.just("*"), st.lists(one, min_size=1, max_size=3).map(",".join))


LINES = st.tuples(*(field(low, high) for _, low, high in FIELDS)).map(" ".join)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the bounds are naive, what is drawn is not
CHANGES = st.sampled_from(("2026-03-29T01:00", "2026-10-25T01:00", "2026-10-03T15:30",
                           "2026-04-04T15:00", "2026-09-06T04:00", "2026-04-05T03:00"))  # fmt: skip
NEAR_CHANGES = st.builds(
    lambda text, minutes, seconds: utc(text) + timedelta(minutes=minutes, seconds=seconds),
    CHANGES, st.integers(-2000, 2000), st.integers(0, 59))  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from(ZONES), MOMENTS | NEAR_CHANGES)
def test_the_last_tick_is_before_the_next_and_none_lies_between(cron, zone, now):
    schedule = Schedule(cron, zone)
    assert cron_fault(cron) is None
    last, following = last_tick(schedule, now), next_tick(schedule, now)
    if last is None or following is None:
        assert last is following  # 30 February
        return
    assert last <= now < following
    assert last.tzinfo is UTC
    assert last.second == last.microsecond == 0
    assert next_tick(schedule, last) == following
    assert last_tick(schedule, following) == following
    assert last_tick(schedule, following - MINUTE / 60) == last
    assert last_tick(schedule, last) == last


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(LINES, st.sampled_from(("UTC", "Asia/Kolkata")), MOMENTS)
def test_a_peer_agrees_where_clocks_never_change(cron, zone, now):
    ours = next_tick(Schedule(cron, zone), now)
    if ours is not None:  # the peer looks for fifty years, or refuses
        assert ours == next(CronSim(cron, now.astimezone(zoneinfo.ZoneInfo(zone))))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(LINES, st.sampled_from(ZONES), CHANGES)
def test_a_line_for_every_hour_ticks_whenever_the_clock_shows_it(cron, zone, change):
    minutes, _, *rest = cron.split()
    cron, here = " ".join((minutes, "*", *rest)), zoneinfo.ZoneInfo(zone)
    start = utc(change) - timedelta(hours=4)
    # The oracle looks at the clock in every minute; the peer says what the line's fields mean.
    peer = CronSim(cron, datetime(2026, 1, 1))  # noqa: DTZ001 -- only its fields are read
    wanted = [
        at
        for at in (start + n * MINUTE for n in range(1, 8 * 60))
        if _matches(peer, at.astimezone(here))
    ]
    found, at, schedule = [], start, Schedule(cron, zone)
    while (at := next_tick(schedule, at)) is not None and at < start + timedelta(hours=8):
        found.append(at)
    assert found == wanted


def _matches(peer: CronSim, shown: datetime) -> bool:
    fits = shown.minute in peer.minutes and shown.month in peer.months
    return fits and peer.match_day(shown.date())


@pytest.mark.parametrize(
    ("cron", "now", "last", "following"),
    [
        ("0 0 29 2 *", "2026-11-21", "2024-02-29", "2028-02-29"),
        ("0 0 30 2 *", "2026-11-21", None, None),
        # Two restricted days: one is enough, also where one begins with a star.
        ("0 0 13 * fri", "2026-11-21", "2026-11-20", "2026-11-27"),
        ("0 0 */10 * 5", "2026-11-21T12:00", "2026-11-21", "2026-11-27"),
        ("0 0 2 * 0-6", "2026-11-21", "2026-11-21", "2026-11-22"),
        ("0 0 2 * */1", "2026-11-21", "2026-11-02", "2026-12-02"),
        ("0 0 * * 7", "2026-11-21", "2026-11-15", "2026-11-22"),
        ("5/20 9 * jan-mar/2 *", "2026-11-21", "2026-03-31T09:45", "2027-01-01T09:05"),
    ],
)
def test_what_lines_mean(cron, now, last, following):
    schedule = Schedule(cron)
    assert cron_fault(cron) is None
    assert last_tick(schedule, utc(now)) == (utc(last) if last else None)
    assert next_tick(schedule, utc(now)) == (utc(following) if following else None)
