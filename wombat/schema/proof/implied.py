"""What a column's type and checks say of its values, and what another check then has to fear."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.schema.constants import round_float
from wombat.schema.model import BOUNDS, Check
from wombat.schema.proof.budget import remembered
from wombat.schema.proof.evaluate import holds
from wombat.schema.proof.machines import TooBig
from wombat.schema.proof.member import is_of
from wombat.schema.proof.ordinals import ORDERED, every, ordinal, pulled, value_at
from wombat.schema.proof.samples import sample_texts, sized
from wombat.schema.proof.search import counter_example
from wombat.schema.proof.spans import both, has, joined, points, some, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.schema.proof.spans import Spans
    from wombat.schema.types import LogicalType

Checks: TypeAlias = "tuple[Check, ...]"
MANY: Final = 12
_NICE: Final[dict[str, Any]] = {
    "date": date(2026, 1, 1),
    "time": time(12),
    "timestamp": datetime(2026, 1, 1),  # noqa: DTZ001  # in UTC where there is a zone
}
_LENGTHS: Final[Spans] = ((0, (1 << 31) - 1),)
_LISTED: Final = ("enum", "in", "equals")


@lru_cache(maxsize=8192)
def spans_of(kind: LogicalType, checks: Checks) -> Spans:
    """The places of all values of an ordered type of which the checks hold."""
    found = every(kind)
    for check in checks:
        found = both(found, spans_of_check(kind, check))
    return found


def spans_of_check(kind: LogicalType, check: Check) -> Spans:
    """The places of a type's values of which one check holds."""
    (low, high) = every(kind)[0]
    if check.name in ("in", "not_in"):
        listed = points(ordinal(value, kind) for value in check.value)
        return listed if check.name == "in" else without(every(kind), listed)
    here = ordinal(check.value, kind)
    low = here + (check.name == "gt") if check.name in ("min", "gt", "equals") else low
    high = here - (check.name == "lt") if check.name in ("max", "lt", "equals") else high
    return ((low, high),) if low <= high else ()


def listed(kind: LogicalType, checks: Checks) -> tuple[Any, ...] | None:
    """All values that text or truth values may have, where they are listed."""
    if kind.kind == "bool":
        members: tuple[Any, ...] = (True, False)
    else:
        lists = [check for check in checks if check.name in _LISTED]
        if not lists:
            return None
        first = lists[0].value
        members = (first,) if lists[0].name == "equals" else tuple(dict.fromkeys(first))
    return tuple(value for value in members if all(holds(check, value) for check in checks))


def lengths_of(checks: Checks) -> Spans:
    """The lengths that checks leave to a list or to bytes."""
    found = _LENGTHS
    for check in checks:
        if check.name == "length":
            least, most = check.value
            found = both(found, ((least or 0, _LENGTHS[0][1] if most is None else most),))
    return found


def unmet(
    kind: LogicalType, checks: Checks, check: Check, there: LogicalType
) -> tuple[Any, ...] | None:
    """None where a check of a column in type `there` holds of every value that is of type `kind`
    and holds `checks`, brought there by a safe cast if the types differ; else values of which it
    may not hold, to be tried out: perhaps none.
    """
    if (kind is there or kind == there or kind.family == "text") and check in checks:
        return None
    if kind.family in ORDERED and there.family in ORDERED:
        return _beyond(kind, checks, check, there)
    if kind.family != there.family:
        return ()
    members = listed(kind, checks) if kind.family in ("text", "bool") else None
    if members is not None:
        return tuple(one for one in members if not holds(check, one)) or None
    if kind.family == "text":
        return _texts(kind, checks, check)
    if check.name == "length" and kind.family in ("binary", "nested"):
        rest = without(lengths_of(checks), lengths_of((check,)))
        return tuple(sized(kind, n) for n in some(rest, near=1) if n <= 1000) if rest else None
    return ()


def _beyond(
    kind: LogicalType, checks: Checks, check: Check, there: LogicalType
) -> tuple[Any, ...] | None:
    wanted = spans_of_check(there, check)
    if kind != there:
        wanted = pulled(wanted, there, kind)
    rest = without(spans_of(kind, checks), wanted)
    near = ordinal(check.value, kind) if check.name in BOUNDS and kind == there else nice(kind)
    return tuple(islice(_values(kind, rest, near), MANY)) if rest else None


def _values(kind: LogicalType, spans: Spans, near: int) -> Iterator[Any]:
    if kind.unit == "ns":  # whole microseconds, as Python has no others
        spans = joined((-(-low // 1000), high // 1000) for low, high in spans)
        near //= 1000
    scale = 1000 if kind.unit == "ns" else 1
    starts = (near, nice(kind) // scale, near + 1, near - 1)
    seen: set[int] = set()
    for place in chain(
        _close(kind, spans, near, starts), some(spans, near), some(spans, starts[1])
    ):
        if place not in seen:
            seen.add(place)
            yield value_at(place * scale, kind)


def _close(kind: LogicalType, spans: Spans, near: int, starts: tuple[int, ...]) -> Iterator[int]:
    round_ones = (ordinal(value, kind) for value in _round(kind, near))
    return (place for place in chain(round_ones, starts) if has(spans, place))


def _round(kind: LogicalType, near: int) -> Iterable[float]:
    """Numbers that are easier to read than the neighbours of a float."""
    if kind.family != "float" or not math.isfinite(here := value_at(near, kind)):
        return ()
    found = (round_float(here + step, kind) for step in (0, 1, -1, 0.5, -0.5) if abs(here) < 1e9)
    return chain(found, (1.0, 0.0, 0.5, -1.0, 2.0))


def nice(kind: LogicalType) -> int:
    """The place of a value that people like to read."""
    if kind.kind in _NICE:
        return ordinal(_NICE[kind.kind], kind)
    return ordinal(1, kind) if kind.family != "temporal" else 0


def _texts(kind: LogicalType, checks: Checks, check: Check) -> tuple[Any, ...] | None:
    try:
        found = counter_example(checks, check)
    except TooBig:
        return tuple(one for one in values(kind, checks) if not holds(check, one))
    return None if found is None else (found,)


def first_value(kind: LogicalType, checks: Checks) -> tuple[Any, ...]:
    """The first that comes to mind of which the checks hold; perhaps none."""
    if kind.family in ORDERED:
        limits = (one.value for one in checks if one.name in (*BOUNDS, "equals"))
        for value in (_plain_value(kind), *limits):
            if is_of(value, kind) and all(holds(check, value) for check in checks):
                return (value,)
    return values(kind, checks, 1)


@lru_cache(maxsize=1024)
def _plain_value(kind: LogicalType) -> Any:
    return value_at(nice(kind), kind)


@remembered(8192)
def values(kind: LogicalType, checks: Checks, most: int = MANY) -> tuple[Any, ...]:
    """Some values of a type of which the checks hold, simple ones first; perhaps none."""
    if kind.family in ORDERED:
        return tuple(islice(_values(kind, spans_of(kind, checks), nice(kind)), most))
    if (members := listed(kind, checks) if kind.family in ("text", "bool") else None) is not None:
        return members[:most]
    if kind.family == "text":
        return tuple(islice(sample_texts(checks), most))
    if kind.family in ("binary", "nested"):
        near = some(lengths_of(checks), near=1, most=most)
        return tuple(sized(kind, length) for length in near if length <= 1000)
    return (1, 2, 3)


def shown_values(kind: LogicalType, spans: Spans) -> tuple[Any, ...]:
    """Some values at places of an ordered type."""
    return tuple(islice(_values(kind, spans, nice(kind)), 2 * MANY))
