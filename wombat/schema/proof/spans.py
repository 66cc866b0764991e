"""Sets of whole numbers as spans, both ends included, in order and apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Spans: TypeAlias = "tuple[tuple[int, int], ...]"


def points(numbers: Iterable[int]) -> Spans:
    """The set of these numbers."""
    return joined((n, n) for n in sorted(set(numbers)))


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Spans in order as a set; those whose end lies before their start are empty."""
    found: list[tuple[int, int]] = []
    for low, high in spans:
        if low > high:
            continue
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def union(*sets: Spans) -> Spans:
    """What is in any of them."""
    return joined(sorted(span for one in sets for span in one))


def both(one: Spans, other: Spans) -> Spans:
    """What is in both."""
    found, a, b = [], 0, 0
    while a < len(one) and b < len(other):
        low, high = max(one[a][0], other[b][0]), min(one[a][1], other[b][1])
        if low <= high:
            found.append((low, high))
        if one[a][1] < other[b][1]:
            a += 1
        else:
            b += 1
    return tuple(found)


def without(one: Spans, other: Spans) -> Spans:
    """What is in the first and not in the second."""
    found = []
    rest = list(reversed(other))
    for low, high in one:
        while rest and rest[-1][1] < low:
            rest.pop()
        start = low
        for gone_low, gone_high in reversed(rest):
            if gone_low > high:
                break
            if start < gone_low:
                found.append((start, gone_low - 1))
            start = max(start, gone_high + 1)
        if start <= high:
            found.append((start, high))
    return tuple(found)


def size(one: Spans) -> int:
    """How many numbers are in it."""
    return sum(high - low + 1 for low, high in one)


def members(one: Spans) -> Iterator[int]:
    """All of them in ascending order; perhaps very many."""
    for low, high in one:
        yield from range(low, high + 1)


def has(one: Spans, number: int) -> bool:
    """Whether the number is in it."""
    return any(low <= number <= high for low, high in one)


def some(one: Spans, near: int = 0, most: int = 24) -> Iterator[int]:
    """A few of them, those next to `near` first, then next to the ends of spans."""
    seen: set[int] = set()
    close = sorted(one, key=lambda span: max(span[0] - near, near - span[1], 0))
    for low, high in close[:8]:
        middle = min(max(near, low), high)
        steps = (0, 1, -1, 2, -2, 3, 5, 7)
        around = [middle + step for step in steps]
        ends = [end + step for end in (low, high) for step in (0, 1, -1, 2, -2)]
        for number in (*around, *ends, (low + high) // 2):
            if low <= number <= high and number not in seen and len(seen) < most:
                seen.add(number)
                yield number
