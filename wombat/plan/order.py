"""The order of tasks: topological, ties by name; a cycle is named by its path."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def topological(before: Mapping[str, Iterable[str]]) -> tuple[list[str], list[str]]:
    """All names so that each comes after those in `before[name]`, and the names left in cycles."""
    missing = {name: len(set(firsts)) for name, firsts in before.items()}
    after: dict[str, list[str]] = {name: [] for name in before}
    for name, firsts in before.items():
        for first in set(firsts):
            after[first].append(name)
    ready = [name for name, count in missing.items() if not count]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for later in after[name]:
            missing[later] -= 1
            if not missing[later]:
                heapq.heappush(ready, later)
    return order, sorted(name for name, count in missing.items() if count)


def find_cycle(before: Mapping[str, Iterable[str]], stuck: Iterable[str]) -> list[str]:
    """One cycle among the names left over, in the direction of the data, its start repeated."""
    within = set(stuck)
    current, path = min(within), list[str]()
    while current not in path:
        path.append(current)
        current = min(first for first in before[current] if first in within)
    cycle = path[path.index(current) :]
    cycle.reverse()
    start = cycle.index(min(cycle))
    cycle = cycle[start:] + cycle[:start]
    return [*cycle, cycle[0]]


def depths(order: Iterable[str], before: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """The longest way to each name from one that needs nothing."""
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[first] for first in before[name]), default=-1)
    return depth
