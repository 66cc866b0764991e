"""Where the boxes and lines of a graph stand: columns from left to right, no line behind a box."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Spot = tuple[str, int]
    """A box, or in a later column the lane on which lines go on from it: its name, its column."""
    Point = tuple[int, int]

WIDE, HIGH, ACROSS, EDGE = 184, 44, 56, 8
_BESIDE: Final = 16
"""Between a box and whatever is next to it."""
_LANES: Final = 10
_SWEEPS: Final = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """Pixels: the upper left corner of each box; of each line the points that it goes through, from
    its maker's right side to its taker's left one, straight where two are `WIDE` apart."""

    boxes: Mapping[str, Point]
    lines: Mapping[tuple[str, str], tuple[Point, ...]]
    wide: int
    high: int


def layout(columns: Mapping[str, int], lines: Iterable[tuple[str, str]]) -> Layout:
    """`columns` hold each box's wish, and count from any number; `lines` go from maker to taker.

    A taker comes after its maker in `columns`; it stands further right than it, whatever it wishes.
    """
    pairs = list(dict.fromkeys(lines))
    column = _columns(columns, pairs)
    links = _links(column, pairs)
    every = {spot: None for one in pairs for spot in _way(*one, column)}
    spots = list(dict.fromkeys([*column.items(), *every]))
    rows = _ordered(spots, links)
    middle = _middles(rows, links, column)
    high = {spot: HIGH if _is_box(spot, column) else 0 for spot in spots}
    top = min((middle[one] - high[one] // 2 for one in spots), default=0) - EDGE
    at = {spot: (EDGE + spot[1] * (WIDE + ACROSS), middle[spot] - top) for spot in spots}
    return Layout(
        {name: (at[name, n][0], at[name, n][1] - HIGH // 2) for name, n in column.items()},
        {pair: _points(pair, column, at) for pair in pairs},
        max((x for x, _ in at.values()), default=0) + WIDE + EDGE,
        max((y + high[spot] // 2 for spot, (_, y) in at.items()), default=0) + EDGE,
    )


def _columns(wishes: Mapping[str, int], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """From 0 and without gaps, each taker right of its makers."""
    makers: dict[str, list[str]] = {}
    for maker, taker in pairs:
        makers.setdefault(taker, []).append(maker)
    found: dict[str, int] = {}
    for name, wish in wishes.items():
        found[name] = max([wish, *(found[one] + 1 for one in makers.get(name, ()))])
    numbers = {value: n for n, value in enumerate(sorted(set(found.values())))}
    return {name: numbers[value] for name, value in found.items()}


def _is_box(spot: Spot, column: Mapping[str, int]) -> bool:
    return column[spot[0]] == spot[1]


def _way(maker: str, taker: str, column: Mapping[str, int]) -> list[Spot]:
    """The spots from a maker to its taker, both of them included."""
    lanes = [(maker, n) for n in range(column[maker], column[taker])]
    return [*lanes, (taker, column[taker])]


def _links(
    column: Mapping[str, int], pairs: Sequence[tuple[str, str]]
) -> dict[bool, dict[Spot, list[Spot]]]:
    """Of each spot those beside it in the column before (False) and in the next one (True)."""
    each = dict.fromkeys(link for pair in pairs for link in pairwise(_way(*pair, column)))
    found: dict[bool, dict[Spot, list[Spot]]] = {False: {}, True: {}}
    for before, after in each:
        found[True].setdefault(before, []).append(after)
        found[False].setdefault(after, []).append(before)
    return found


def _ordered(
    spots: Sequence[Spot], links: Mapping[bool, Mapping[Spot, list[Spot]]]
) -> list[list[Spot]]:
    """Each column from top to bottom, by what is beside it: the order with the fewest crossings of
    some that are tried in turn."""
    rows: list[list[Spot]] = [[] for _ in range(max((n for _, n in spots), default=-1) + 1)]
    for spot in spots:
        rows[spot[1]].append(spot)
    best, fewest = [list(row) for row in rows], _crossings(rows, links[True])
    for sweep in range(_SWEEPS if fewest else 0):
        later = sweep % 2 == 1
        for row in reversed(rows) if later else rows:
            place = {spot: n for one in rows for n, spot in enumerate(one)}
            row.sort(key=_by_neighbours(links[later], place))
        if (number := _crossings(rows, links[True])) < fewest:
            best, fewest = [list(row) for row in rows], number
    return best


def _by_neighbours(
    beside: Mapping[Spot, list[Spot]], place: Mapping[Spot, int]
) -> Callable[[Spot], float]:
    """Where a spot's neighbours stand on average; one without any stays where it is."""

    def middle(spot: Spot) -> float:
        return fmean(place[one] for one in beside.get(spot) or [spot])

    return middle


def _crossings(rows: Sequence[Sequence[Spot]], after: Mapping[Spot, list[Spot]]) -> int:
    """Links from one column to the next that cross each other."""
    total = 0
    for row, following in pairwise(rows):
        place = {spot: n for n, spot in enumerate(following)}
        ends = [end for spot in row for end in sorted(place[one] for one in after.get(spot, ()))]
        total += sum(end > other for n, end in enumerate(ends) for other in ends[n + 1 :])
    return total


def _middles(
    rows: Sequence[Sequence[Spot]],
    links: Mapping[bool, Mapping[Spot, list[Spot]]],
    column: Mapping[str, int],
) -> dict[Spot, int]:
    """The height of each spot's middle: as near to its neighbours' as its column lets it."""
    offsets = [_offsets(row, column) for row in rows]
    middle = {
        spot: offset - every[-1] // 2
        for row, every in zip(rows, offsets, strict=True)
        for spot, offset in zip(row, every, strict=True)
    }
    for later in (False, True, False):
        order = list(zip(rows, offsets, strict=True))
        for row, every in reversed(order) if later else order:
            wishes = [
                fmean(middle[one] for one in links[later].get(spot) or [spot]) for spot in row
            ]
            middle |= zip(row, _settled(wishes, every), strict=True)
    return middle


def _offsets(row: Sequence[Spot], column: Mapping[str, int]) -> list[int]:
    """How far below the first spot of a column each of them is at least."""
    found = [0]
    for pair in pairwise(row):
        boxes = sum(_is_box(one, column) for one in pair)
        found.append(found[-1] + boxes * HIGH // 2 + (_BESIDE if boxes else _LANES))
    return found


def _settled(wishes: Sequence[float], offsets: Sequence[int]) -> list[int]:
    """Heights that keep their distances and are nearest to the wishes, by least squares: those in
    each other's way move together, to where they would stand on average."""
    groups: list[list[float]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        groups.append([wish - offset])
        while len(groups) > 1 and fmean(groups[-2]) >= fmean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    bases = [round(fmean(group)) for group in groups for _ in group]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _points(
    pair: tuple[str, str], column: Mapping[str, int], at: Mapping[Spot, Point]
) -> tuple[Point, ...]:
    maker, *lanes, taker = (at[spot] for spot in _way(*pair, column))
    through = (point for x, y in lanes for point in ((x, y), (x + WIDE, y)))
    return ((maker[0] + WIDE, maker[1]), *through, taker)
