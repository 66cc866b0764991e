"""One column of the sample: its spread, its bins, its most frequent values."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.stats.grid import edges_of, grid_of
from wombat.data.stats.histogram import Histogram
from wombat.data.stats.shares import SHARES, Shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.data.stats.grid import Grid
    from wombat.data.stats.model import ColumnStats

TOP: Final = 10
FEW: Final = 50
"""A text column with more distinct values than these shows none."""
SEVERAL: Final = 5
"""A text shows only if so many of the rows looked at hold it."""
LONGEST: Final = 40
FEW_ROWS: Final = 2000
CENTRAL: Final = (0.01, 0.99)
CROWDED: Final = 0.2
"""Of the values in one bin: bins that are equally wide then say too little of the others."""
_TICKS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def sketch(
    stats: ColumnStats,
    values: pa.Array,
    rows: int,
    *,
    members: tuple[str, ...] | None = None,
    earlier: ColumnStats | None = None,
) -> ColumnStats:
    """The statistics with what the sampled `values` say, nulls left out; `rows` is how many the
    whole column has that are not null. `members` are those of an enumeration: no secret.

    Bins and tracked values are those of the `earlier` version, as long as they suit.
    """
    kind = values.type
    countless = pa.types.is_nested(kind) or pa.types.is_null(kind)
    counted = None if countless else pc.value_counts(values)
    if counted is not None:
        stats = replace(stats, distinct=_distinct(counted, len(values), rows))
    if (numbers := _numbers(values)) is not None:
        return _of_numbers(stats, numbers, earlier)
    if counted is not None and (pa.types.is_boolean(kind) or pa.types.is_string(kind)):
        known = members if pa.types.is_string(kind) else (False, True)
        top = _top(counted, known, earlier.top if earlier else None)
        if top is not None:
            return replace(stats, top=top, others=len(values) - sum(n for _, n in top))
    if (lengths := _lengths(values)) is not None:
        before = earlier.lengths if earlier else None
        return replace(stats, lengths=_histogram(lengths, before, whole=True))
    return stats


def _distinct(counted: pa.StructArray, seen: int, rows: int) -> int:
    """The number of distinct values, exact where all rows were seen; else the estimate of Haas and
    Stokes (Duj1), which PostgreSQL uses too: n·d / (n - f + f·n/N), f values seen once."""
    found = len(counted)
    if not seen or seen >= rows:
        return found
    once = pc.sum(pc.equal(counted.field("counts"), 1)).as_py() or 0
    return min(rows, round(seen * found / (seen - once + once * seen / rows)))


def _numbers(values: pa.Array) -> pa.Array | None:
    """As floats: of moments, times and durations seconds, of dates days."""
    kind = values.type
    types = pa.types
    if types.is_boolean(kind) or types.is_null(kind):
        return None
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return values.cast(pa.float64(), safe=False)
    if types.is_date32(kind):
        return values.cast(pa.int32()).cast(pa.float64())
    if types.is_temporal(kind):
        ticks = values.cast(pa.int64()).cast(pa.float64(), safe=False)
        return pc.divide(ticks, float(_TICKS[kind.unit]))
    return None


def _of_numbers(stats: ColumnStats, numbers: pa.Array, earlier: ColumnStats | None) -> ColumnStats:
    finite = numbers.filter(pc.is_finite(numbers))
    stats = replace(stats, infinite=len(numbers) - len(finite))
    known = earlier if earlier and earlier.scale == stats.scale else None
    before, shares = (known.hist, known.shares) if known else (None, None)
    if not len(finite):
        return replace(
            stats,
            hist=_recounted(before, numbers) if before and stats.infinite else None,
            shares=_shared(numbers, shares.edges) if shares and stats.infinite else None,
        )
    clock = stats.scale == "seconds"
    # bins of 2.5 would hold now two, now three whole numbers: a comb that isn't in the data
    whole = not clock and pc.all(pc.equal(pc.floor(finite), finite)).as_py()
    hist = _histogram(finite, before, whole=whole, clock=clock, every=numbers)
    mean, std = _spread(finite)
    crowded = hist is not None and max(hist.counts) > CROWDED * hist.total
    if crowded or shares is not None:
        stats = replace(stats, shares=_shares(numbers, finite, shares))
    return replace(stats, mean=mean, std=std, hist=hist)


def _spread(finite: pa.Array) -> tuple[float | None, float | None]:
    """Mean and standard deviation; where squares are beyond all floats, by parts of the largest."""
    mean, std = _short(pc.mean(finite).as_py()), _short(pc.stddev(finite).as_py())
    if mean is not None and std is not None:
        return mean, std
    most = pc.max(pc.abs(finite)).as_py()
    parts = pc.divide(finite, most)
    return _short(most * pc.mean(parts).as_py()), _short(most * pc.stddev(parts).as_py())


def _shares(numbers: pa.Array, finite: pa.Array, before: Shares | None) -> Shares | None:
    """Over the edges of the version before, else over those of equal shares; None where one value
    is nearly all there is."""
    steps = [number / SHARES for number in range(1, SHARES)]
    quantiles = pc.quantile(finite, steps, interpolation="lower").to_pylist()
    least = pc.min(finite).as_py()
    edges = sorted({edge for one in quantiles if (edge := float(f"{one:.9g}")) > least})
    fresh = _shared(numbers, edges) if edges else None
    if before is None:
        return fresh
    kept = _shared(numbers, before.edges)
    return fresh if fresh is not None and _crowded(kept, fresh) else kept


def _crowded(kept: Shares | Histogram, fresh: Shares | Histogram) -> bool:
    """Most values lie in one cell, though new ones would part them."""
    most = max(kept.counts)
    return most > kept.total / 2 and max(fresh.counts) < most / 2


def _shared(numbers: pa.Array, edges: Sequence[float]) -> Shares:
    below = [0, *_below(numbers, list(edges)), len(numbers)]
    return Shares(tuple(edges), tuple(b - a for a, b in pairwise(below)))


def _short(value: float) -> float | None:
    """Nine digits: what the last ones of a sum are depends on the machine."""
    return float(f"{value:.9g}") if abs(value) != float("inf") and value == value else None  # noqa: PLR0124  # NaN isn't itself


def _histogram(
    finite: pa.Array,
    before: Histogram | None,
    *,
    whole: bool,
    clock: bool = False,
    every: pa.Array | None = None,
) -> Histogram | None:
    if not len(finite):
        return None
    values = finite if every is None else every
    grid = grid_of(*_central(finite), whole=whole, clock=clock)
    fresh = Histogram(grid[0], grid[1], _counts(values, grid)) if grid else None
    if before is None:
        return fresh
    kept = _recounted(before, values)
    return fresh if fresh is not None and _outworn(kept, fresh) else kept


def _recounted(before: Histogram, values: pa.Array) -> Histogram:
    return replace(before, counts=_counts(values, (before.start, before.step, before.bins)))


def _outworn(kept: Histogram, fresh: Histogram) -> bool:
    """Bins show nothing any more where most values lie outside, or in one of them though new ones
    would part them."""
    outside = kept.counts[0] + kept.counts[-1]
    left = outside > kept.total / 2 and fresh.counts[0] + fresh.counts[-1] < outside / 2
    return left or _crowded(kept, fresh)


def _central(finite: pa.Array) -> tuple[float, float]:
    """Between which values bins lie: all of them, or without the outermost hundredths where these
    would take more than half of the bins."""
    ends = pc.min_max(finite).as_py()
    low, high = pc.quantile(finite, list(CENTRAL), interpolation="lower").to_pylist()
    if low < high and ends["max"] - ends["min"] > 2 * (high - low):
        return low, high
    return ends["min"], ends["max"]


def _counts(values: pa.Array, grid: Grid) -> tuple[int, ...]:
    below = [0, *_below(values, edges_of(*grid)), len(values)]
    return tuple(b - a for a, b in pairwise(below))


def _below(values: pa.Array, edges: list[float]) -> list[int]:
    """How many values lie below each edge; of few values Python counts them faster."""
    if len(values) <= FEW_ROWS:
        ordered = sorted(values.to_pylist())
        return [bisect_left(ordered, edge) for edge in edges]
    return [pc.sum(pc.less(values, edge)).as_py() for edge in edges]


def _lengths(values: pa.Array) -> pa.Array | None:
    if pa.types.is_string(values.type):
        return pc.utf8_length(values).cast(pa.float64())
    if pa.types.is_list(values.type):
        return pc.list_value_length(values).cast(pa.float64())
    return None


def _top(
    counted: pa.StructArray,
    known: tuple[Any, ...] | None,
    before: tuple[tuple[Any, float], ...] | None,
) -> tuple[tuple[Any, int], ...] | None:
    """The most frequent values with their counts, then those that the earlier version tracked.

    None where the column may show none: texts with many distinct values, or with long ones.
    """
    if known is None and (len(counted) > FEW or _longest(counted) > LONGEST):
        return None
    pairs = zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(),
                strict=True)  # fmt: skip
    counts = {value: n for value, n in pairs if known is not None or n >= SEVERAL}
    if not counts and known is None:
        return None
    first = sorted(counts, key=lambda value: (-counts[value], value))[:TOP]
    tracked = [value for value, _ in before or () if value not in first and value in counts]
    return tuple((value, counts[value]) for value in (*first, *tracked[:TOP]))


def _longest(counted: pa.StructArray) -> int:
    return pc.max(pc.utf8_length(counted.field("values"))).as_py() or 0
