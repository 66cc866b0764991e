"""A histogram as a record keeps it, and two of them over the same bins."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from wombat.data.stats.grid import BINS, edges_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.data.stats.grid import Number


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie in bins from `start` on, each `step` wide, closed below and open above.

    The first count is of the values below all bins, the last of those above.
    """

    start: Number
    step: Number
    counts: tuple[Number, ...]

    @property
    def bins(self) -> int:
        return len(self.counts) - 2

    @property
    def edges(self) -> list[float]:
        return edges_of(self.start, self.step, self.bins)

    @property
    def total(self) -> Number:
        return sum(self.counts)

    def to_json(self) -> dict[str, Any]:
        return {"start": self.start, "step": self.step, "counts": list(self.counts)}

    def same_bins(self, other: Histogram) -> bool:
        mine, theirs = (self.start, self.step, self.bins), (other.start, other.step, other.bins)
        return mine == theirs

    def on(self, edges: Sequence[float]) -> tuple[Number, ...]:
        """Its counts over other edges, as if values lay evenly in each bin. What lies below or
        above all bins is taken to lie within half their width of them."""
        if list(edges) == self.edges:
            return self.counts
        below = _below(self)
        at = [0.0, *map(below, edges), float(self.total)]
        return tuple(max(0.0, b - a) for a, b in pairwise(at))


def _below(one: Histogram) -> Callable[[float], float]:
    """How many values lie below a number: a line between the edges."""
    edges = one.edges
    margin = (edges[-1] - edges[0]) / 2
    at = [edges[0] - margin, *edges, edges[-1] + margin]
    counts = [0.0, *map(float, accumulate(one.counts))]

    def below(value: float) -> float:
        right = bisect_right(at, value)
        if right == 0:
            return 0.0
        if right == len(at):
            return counts[-1]
        share = (value - at[right - 1]) / (at[right] - at[right - 1])
        return counts[right - 1] + share * (counts[right] - counts[right - 1])

    return below


def together(a: Histogram, b: Histogram) -> tuple[list[float], list[tuple[Number, Number]]]:
    """The counts of both over common edges: their own where these are the same, else all of both.

    Cells are one more than edges: the first and the last lie outside.
    """
    if a.same_bins(b):
        return a.edges, list(zip(a.counts, b.counts, strict=True))
    edges = sorted({*a.edges, *b.edges})
    return edges, list(zip(a.on(edges), b.on(edges), strict=True))


def histogram_from_json(tree: Any) -> Histogram | None:
    """The inverse of `Histogram.to_json`; None for what is none."""
    if not isinstance(tree, dict) or not isinstance(tree.get("counts"), list):
        return None
    start: Any = tree.get("start")
    step: Any = tree.get("step")
    counts = tree["counts"]
    if not all(is_number(one) for one in (start, step, *counts)):
        return None
    if not 3 <= len(counts) <= BINS + 2 or step <= 0 or min(counts) < 0:
        return None
    try:
        found = Histogram(start, step, tuple(counts))
        distinct = all(a < b for a, b in pairwise(found.edges))
    except (OverflowError, ValueError):
        return None
    return found if distinct else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
