"""Time zones are names that every library has."""

from __future__ import annotations

import pytest

from wombat.schema.zones import canonical_zone, wrong_zone


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Etc/GMT-1", "+00:00", "-00:00"])
def test_what_is_a_zone(zone):
    assert wrong_zone(zone) is None


@pytest.mark.parametrize(
    ("offset", "hint"),
    [
        ("+01:00", "timezone: Etc/GMT-1"),
        ("-05:00", "timezone: Etc/GMT+5"),
        ("+14:00", "timezone: Etc/GMT-14"),
        ("+05:30", "timezone: UTC, the same instants"),
        ("+23:00", "timezone: UTC, the same instants"),
        ("+99:99", "timezone: UTC, the same instants"),
    ],
)
def test_an_offset_is_told_by_its_name(offset, hint):
    """polars calls it otherwise or knows none, so that no frame would have the schema's type."""
    said, found = wrong_zone(offset)
    assert (said, found) == (
        f"'{offset}' is an offset; expected a name, which every library has", hint,
    )  # fmt: skip


def test_such_a_name_is_the_same_offset():
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    for offset, hours in (("+01:00", 1), ("-05:00", -5)):
        _, hint = wrong_zone(offset)
        zone = ZoneInfo(hint.removeprefix("timezone: "))
        assert datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=hours)
    assert canonical_zone("+00:00") == "UTC"
