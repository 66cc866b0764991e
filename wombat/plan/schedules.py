"""A schedule's words: five cron fields and a time zone that exists."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import TYPE_CHECKING, Final

from wombat.language.near import near
from wombat.plan.ir import Schedule

if TYPE_CHECKING:
    from wombat.plan.scope import Scope

FIELDS: Final = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)
_NAMES: Final = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "day of week": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
_ITEM: Final = re.compile(r"(\*|[0-9A-Za-z]{1,4})(?:-([0-9A-Za-z]{1,4}))?(?:/([0-9]{1,4}))?")


def resolve_schedule(scope: Scope) -> Schedule | None:
    """The pipeline's schedule; mistakes in it are reported."""
    decl = scope.pipeline.decl.schedule
    if decl is None:
        return None
    if said := cron_fault(decl.cron):
        scope.error(
            "invalid-cron",
            f"'{decl.cron}' {said}",
            "schedule",
            "cron",
            hint='minute hour day month weekday, for example "0 3 * * *"',
        )
    known = _zones()
    if known and decl.timezone not in known:
        scope.error(
            "invalid-timezone",
            f"no time zone '{decl.timezone}'; expected one like Europe/Berlin",
            "schedule",
            "timezone",
            hint=near(decl.timezone, known),
        )
    return Schedule(decl.cron, decl.timezone)


@cache
def _zones() -> frozenset[str]:
    """Those of this machine; finding them reads a few hundred files."""
    return frozenset(zoneinfo.available_timezones())


def cron_fault(text: str) -> str | None:
    """What is wrong with a cron line, as the end of a sentence."""
    fields = text.split()
    if len(fields) != len(FIELDS):
        return f"has {len(fields)} field{'s' * (len(fields) != 1)}; expected five"
    for field, (name, low, high) in zip(fields, FIELDS, strict=True):
        for item in field.split(","):
            if not _fits(item, name, low, high):
                return f"has '{field}' as {name}; expected {low} to {high}, *, a-b, a,b or */n"
    return None


def _fits(item: str, name: str, low: int, high: int) -> bool:
    found = _ITEM.fullmatch(item)
    if not found or (found[1] == "*" and found[2]) or (found[3] and int(found[3]) == 0):
        return False
    ends = [_number(end, name, low) for end in (found[1], found[2]) if end and end != "*"]
    if any(end is None or not low <= end <= high for end in ends):
        return False
    return len(ends) < 2 or (ends[0] or 0) <= (ends[1] or 0)


def field_numbers(field: str, name: str) -> frozenset[int]:
    """Every number that a valid field stands for; Sunday may be 0 or 7."""
    low, high = next((low, high) for known, low, high in FIELDS if known == name)
    return frozenset(one for item in field.split(",") for one in _range(item, name, low, high))


def _range(item: str, name: str, low: int, high: int) -> range:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise ValueError(f"{item!r} is no {name}")
    first = low if found[1] == "*" else _number(found[1], name, low)
    last = _number(found[2], name, low) if found[2] else None
    # A number with a step goes on to the end, as in `5/15`.
    open_end = found[1] == "*" or found[3] is not None
    start = low if first is None else first
    end = last if last is not None else (high if open_end else start)
    return range(start, end + 1, int(found[3] or 1))


def _number(text: str, name: str, low: int) -> int | None:
    if text.isdigit():
        return int(text)
    names = _NAMES.get(name, [])
    return names.index(text.lower()) + low if text.lower() in names else None
