"""Time zones: one name for each, and whether there is such a zone."""

from __future__ import annotations

import re
import zoneinfo
from typing import Final

from wombat.language.near import near
from wombat.language.scalars import shown

_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*|[+-]\d{2}:\d{2}")
_UTC: Final = ("UTC", "Etc/UTC", "utc", "Z", "+00:00", "-00:00")


def canonical_zone(zone: str | None) -> str | None:
    """One name for UTC."""
    return "UTC" if zone in _UTC else zone


def is_known_zone(zone: str) -> bool:
    """Whether the machine's time zones have it; True for offsets, and where there are none."""
    name = canonical_zone(zone) or "UTC"
    if name == "UTC" or name[0] in "+-":
        return True
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return not zoneinfo.available_timezones()
    return True


def wrong_zone(zone: str) -> tuple[str, str | None] | None:
    """What is wrong with a time zone's name, and a hint; None where nothing is."""
    if not _ZONE.fullmatch(zone):
        return f"{shown(zone)} is no time zone; expected one like UTC or Europe/Berlin", None
    if zone[0] in "+-" and canonical_zone(zone) != "UTC":
        said = f"{shown(zone)} is an offset; expected a name, which every library has"
        return said, f"timezone: {_named(zone)}"
    if not is_known_zone(zone):
        hint = near(zone, zoneinfo.available_timezones())
        return f"no time zone {shown(zone)}; expected one like UTC or Europe/Berlin", hint
    return None


def _named(offset: str) -> str:
    """`+01:00` is Etc/GMT-1, whose sign is the other way round; of parts of an hour there is none,
    and the same instants can be said in UTC."""
    hours, minutes = int(offset[1:3]), offset[4:]
    name = f"Etc/GMT{'-' if offset[0] == '+' else '+'}{hours}"
    return name if minutes == "00" and is_known_zone(name) else "UTC, the same instants"
