"""A column's two versions as pictures: histograms one below the other, frequent values by bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.told import share
from wombat.review.diff_words import place, short
from wombat.review.histogram import bar, row, shares

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.data.stats.histogram import Histogram
    from wombat.data.stats.model import ColumnStats
    from wombat.review.data_diff import ColumnDiff

VALUES: Final = 6
LABEL: Final = 7


def histograms(one: ColumnDiff, room: int, *, plain: bool = False) -> list[str]:
    """Both versions over the bins of the newer, at one scale; none where there are none."""
    found = histogram_pair(one)
    if found is None or one.now is None:
        return []
    (before, now), bins, length = found
    low, high = (_edge(bins, at, one.now, length=length) for at in (0, -1))
    free = room - LABEL - len(low) - len(high) - 2 - len(" 100 % beyond") - 2
    wide = max(1, min(3, free // max(1, bins.bins)))
    most = max(*before[1:-1], *now[1:-1])
    lines, beyond = [], []
    for word, of in (("before", before), ("now", now)):
        picture = row(of[1:-1], most, wide=wide, plain=plain)
        lines.append(f"{word:<{LABEL}}{low} {picture} {high}")
        beyond.append(of[0] + of[-1])
    told = [f"{share(one)} beyond" if one else "" for one in beyond]
    ends = [f"{line}  {tail}".rstrip() for line, tail in zip(lines, told, strict=True)]
    if max(map(len, ends)) <= room:
        return ends
    return [*lines, f"{'beyond':<{LABEL}}{share(beyond[0])} → {share(beyond[1])}"]


def histogram_pair(
    one: ColumnDiff,
) -> tuple[tuple[list[float], list[float]], Histogram, bool] | None:
    """The shares of both versions in the bins of the newer one, and whether they are lengths."""
    a, b = one.before, one.now
    if a is None or b is None or a.scale != b.scale:
        return None
    for before, now, length in ((a.hist, b.hist, False), (a.lengths, b.lengths, True)):
        if before is not None and now is not None:
            counts = before.on(now.edges)
            return (shares(counts), shares(now.counts)), now, length
    return None


def by_length(one: ColumnDiff) -> bool:
    """Whether what is compared are the lengths of its values."""
    found = histogram_pair(one)
    return found is not None and found[2]


def _edge(bins: Histogram, at: int, column: ColumnStats, *, length: bool) -> str:
    value = bins.edges[at]
    return f"{value:g}" if length else place(value, column)


def frequencies(one: ColumnDiff, room: int, *, plain: bool = False) -> list[str]:
    """The most frequent values of either version: both shares, and a bar for each."""
    found = list(value_shares(one))
    if not found:
        return []
    wide = min(20, max(len(name) for name, _, _ in found))
    long = max(4, min(20, (room - wide - 24) // 2))
    most = max(max(old, new) for _, old, new in found)
    lines = []
    for name, old, new in found:
        left = f"{bar(old, most, long, plain=plain):<{long}}"
        right = bar(new, most, long, plain=plain)
        told = f"{share(old):>7} {left} → {share(new):>7} {right}"
        lines.append(f"{short(name, wide):<{wide}} {told}".rstrip())
    return lines


def value_shares(one: ColumnDiff, limit: int = VALUES) -> Iterator[tuple[str, float, float]]:
    """Values with their shares before and now, the greatest first; then all others together."""
    a, b = one.before, one.now
    if a is None or b is None or a.top is None or b.top is None:
        return
    old, new = _shares(a), _shares(b)
    names: list[Any] = sorted(
        {*old, *new}, key=lambda v: (-max(old.get(v, 0), new.get(v, 0)), str(v))
    )
    for name in names[:limit]:
        yield _word(name), old.get(name, 0.0), new.get(name, 0.0)
    rest = [max(0.0, 1.0 - sum(side.get(name, 0.0) for name in names[:limit]))
            for side in (old, new)]  # fmt: skip
    if max(rest) > 1e-9:
        yield "others", rest[0], rest[1]


def _shares(column: ColumnStats) -> dict[Any, float]:
    total = sum(count for _, count in column.top or ()) + column.others
    return {value: count / total if total else 0.0 for value, count in column.top or ()}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else value or '""'
