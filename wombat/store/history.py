"""Finding one's own commit in a long history: orders grow with it, so most of it isn't read."""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, TypeAlias

from wombat.store.parallel import each
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wombat.store import names
    from wombat.store.records import RefRecord
    from wombat.store.space import Space

    Read: TypeAlias = Callable[[Space, str, names.Name], RefRecord]
    Level: TypeAlias = Sequence[tuple[str, names.Name]]
    """The records of one number: one, or those of a fork."""


def candidates(
    space: Space, prefix: str, read: Read, *, least: int, most: int | None
) -> Iterator[RefRecord]:
    """The records of a branch whose order is from `least` to `most`, the newest first, and some
    beside them.

    A commit goes only on top of what isn't of a later order, and a merge takes the order that it
    finds: so no order in a history is below those before it.
    """
    levels = _levels(space, prefix)

    def one(level: Level) -> list[RefRecord]:
        return [read(space, *place) for place in level]

    start = 0 if most is None else _first(levels, lambda level: _lowest(one(level)) <= most)
    nearest, rest = levels[start : start + 1], levels[start + 1 :]
    for records in chain(map(one, nearest), each(one, rest)):
        yield from records
        if max(record.order for record in records) < least:
            return


def _levels(space: Space, prefix: str) -> list[Level]:
    found = groupby(listed(space, prefix), key=lambda one: one[1]["inverse"])
    return [list(level) for _, level in found]


def _lowest(records: Sequence[RefRecord]) -> int:
    return min(record.order for record in records)


def _first(levels: Sequence[Level], holds: Callable[[Level], bool]) -> int:
    """Where `holds` begins, which then goes on; by steps that double, as it is mostly near."""
    below, step = 0, 1
    while below + step <= len(levels) and not holds(levels[below + step - 1]):
        below, step = below + step, step * 2
    above = min(below + step - 1, len(levels))
    while below < above:
        middle = (below + above) // 2
        if holds(levels[middle]):
            above = middle
        else:
            below = middle + 1
    return below
