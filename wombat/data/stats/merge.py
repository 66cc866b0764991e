"""The statistics of a whole, out of those of its parts."""

from __future__ import annotations

from itertools import chain
from math import sqrt
from typing import TYPE_CHECKING, Any

from wombat.data.stats.grid import grid_of
from wombat.data.stats.histogram import Histogram
from wombat.data.stats.model import ColumnStats, FrameStats
from wombat.data.stats.shares import Shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Weighted = list[tuple[ColumnStats, float]]
    """A part's column and how many rows each row looked at stands for."""


def merged(parts: Sequence[FrameStats]) -> FrameStats:
    """Rows and nulls added up, histograms added bin by bin.

    Bins that differ are brought onto new ones as if values lay evenly in each: exact where the
    parts have the same ones. How many distinct values parts have together nobody knows. A column
    that some parts lack is that of the others.
    """
    if len(parts) == 1:
        return parts[0]
    rows = sum(one.rows for one in parts)
    looked = sum(_looked(one) for one in parts)
    names = dict.fromkeys(chain.from_iterable(one.columns for one in parts))
    weights = [_weight(one, rows, looked) for one in parts]
    columns = {
        name: _column([(one.columns[name], weight)
                       for one, weight in zip(parts, weights, strict=True) if name in one.columns])
        for name in names
    }  # fmt: skip
    return FrameStats(rows, columns, None if looked == rows else looked)


def _looked(one: FrameStats) -> int:
    return one.rows if one.sampled is None else one.sampled


def _weight(one: FrameStats, rows: int, looked: int) -> float:
    """By which a part's counts are multiplied, so that all stand for as many rows each."""
    if looked == rows or not _looked(one):
        return 1.0
    return (one.rows / rows) * (looked / _looked(one))


def _column(found: Weighted) -> ColumnStats:
    every = [one for one, _ in found]
    types = {one.type for one in every}
    nulls = sum(one.nulls for one in every)
    if len(types) > 1:
        return ColumnStats(nulls)
    nullable = {one.nullable for one in every}
    sketched = [(one, weight) for one, weight in found if one.sketched]
    mean, std = _spread([pair for pair in sketched if pair[0].hist is not None])
    top, others = _top(sketched)
    return ColumnStats(
        nulls,
        min=_extreme(min, [one.min for one in every]),
        max=_extreme(max, [one.max for one in every]),
        type=types.pop(),
        nullable=nullable.pop() if len(nullable) == 1 else None,
        mean=mean,
        std=std,
        hist=_histogram([(one.hist, w) for one, w in sketched], clock=every[0].scale == "seconds"),
        lengths=_histogram([(one.lengths, w) for one, w in sketched]),
        top=top,
        others=others,
        infinite=_plain(sum(one.infinite * weight for one, weight in sketched)),
        shares=_shares([pair for pair in sketched if pair[0].hist is not None]),
    )


def _shares(found: Weighted) -> Shares | None:
    """Where the parts have them over the same edges."""
    edges = {one.shares.edges if one.shares else None for one, _ in found}
    if len(edges) != 1 or (same := edges.pop()) is None:
        return None
    every = [[n * w for n in one.shares.counts] for one, w in found if one.shares]
    return Shares(same, tuple(map(_plain, map(sum, zip(*every, strict=True)))))


def _extreme(call: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    try:
        return call(known) if known else None
    except TypeError:
        return None


def _spread(found: Weighted) -> tuple[float | None, float | None]:
    """Mean and standard deviation of all, each part's as often as it has values."""
    known = [(one.mean, one.std or 0.0, float(one.hist.total) * weight)
             for one, weight in found if one.hist is not None and one.mean is not None]  # fmt: skip
    total = sum(n for _, _, n in known)
    if not total:
        return None, None
    mean = sum(m * n for m, _, n in known) / total
    variance = sum((s * s + (m - mean) ** 2) * n for m, s, n in known) / total
    return float(f"{mean:.9g}"), float(f"{sqrt(variance):.9g}")


def _histogram(
    found: Iterable[tuple[Histogram | None, float]], *, clock: bool = False
) -> Histogram | None:
    known = [(one, weight) for one, weight in found if one is not None]
    if not known:
        return None
    first = known[0][0]
    if all(one.same_bins(first) for one, _ in known):
        start, step, bins = first.start, first.step, first.bins
    else:
        low = min(one.edges[0] for one, _ in known)
        high = max(one.edges[-1] for one, _ in known)
        whole = all(isinstance(one.step, int) for one, _ in known)
        grid = grid_of(low, high, whole=whole, clock=clock)
        if grid is None:
            return None
        start, step, bins = grid
    edges = Histogram(start, step, (0,) * (bins + 2)).edges
    on = [[count * weight for count in one.on(edges)] for one, weight in known]
    return Histogram(start, step, tuple(map(_plain, map(sum, zip(*on, strict=True)))))


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else round(value, 3)


def _top(found: Weighted) -> tuple[tuple[tuple[Any, float], ...] | None, float]:
    """Values with their counts; what only some parts list counts there alone. None where a part
    shows no values."""
    if not found or any(one.top is None for one, _ in found):
        return None, 0
    counts: dict[Any, float] = {}
    for one, weight in found:
        for value, count in one.top or ():
            counts[value] = counts.get(value, 0) + count * weight
    order = sorted(counts, key=lambda value: (-counts[value], str(value)))
    others = sum(one.others * weight for one, weight in found)
    return tuple((value, _plain(counts[value])) for value in order), _plain(others)
