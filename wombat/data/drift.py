"""How far two versions of a frame lie apart, by their statistics, and what a schema allows."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Any, Final

from wombat.data.report import Finding
from wombat.data.stats.histogram import together
from wombat.data.told import share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wombat.data.stats.model import ColumnStats, FrameStats
    from wombat.schema.rules import Drift

    Cells = Sequence[tuple[float, float]]
    """How many values of each of two versions lie in the same bins."""

GROUPS: Final = 10
FEWEST: Final = 25
"""Values a group needs on either side: with fewer, chance alone looks like a change."""


def psi(cells: Cells) -> float | None:
    """The population stability index: the sum of (p - q)·ln(p / q) over at most ten groups.

    Neighbouring cells become groups of about equal share of both versions together; with k groups
    p and q are (count + 1/2) / (total + k/2). The same both ways round, and 0 for the same counts.
    None with fewer than 50 values in either version.
    """
    before, now = (sum(one[side] for one in cells) for side in (0, 1))
    groups = min(GROUPS, int(min(before, now) // FEWEST))
    if groups < 2:
        return None
    found = _grouped(cells, before, now, groups)
    k = len(found)
    shares = [((a + 0.5) / (before + k / 2), (b + 0.5) / (now + k / 2)) for a, b in found]
    return sum((p - q) * log(p / q) for p, q in shares)


def _grouped(cells: Cells, before: float, now: float, groups: int) -> list[tuple[float, float]]:
    """Cells with a large share stand alone, small ones together, in their order."""
    target = 1 / groups
    found: list[tuple[float, float]] = []
    a = b = share = 0.0
    for left, right in cells:
        more = (left / before + right / now) / 2
        if share >= target / 2 and share + more > 1.5 * target:
            found.append((a, b))
            a = b = share = 0.0
        a, b, share = a + left, b + right, share + more
        if share >= target:
            found.append((a, b))
            a = b = share = 0.0
    if share >= target / 2 or not found:
        return [*found, (a, b)]
    return [*found[:-1], (found[-1][0] + a, found[-1][1] + b)]


def cells_of(before: ColumnStats, now: ColumnStats) -> list[tuple[float, float]] | None:
    """Both versions' values over the same cells: bins, or tracked values by their frequency and all
    others; None where they have no such statistics in common."""
    if before.scale != now.scale:
        return None
    if before.shares and now.shares and before.shares.edges == now.shares.edges:
        pairs = zip(before.shares.counts, now.shares.counts, strict=True)
        return [(float(x), float(y)) for x, y in pairs]
    if (before.infinite or now.infinite) and None in (before.hist, now.hist):
        return _finite_and_not(before, now)
    for a, b in ((before.hist, now.hist), (before.lengths, now.lengths)):
        if a is not None and b is not None:
            return [(float(x), float(y)) for x, y in together(a, b)[1]]
    if before.top is not None and now.top is not None:
        return _of_values(before, now)
    return None


def _finite_and_not(before: ColumnStats, now: ColumnStats) -> list[tuple[float, float]]:
    """How many values of each are finite, and how many aren't."""
    infinite = (float(before.infinite), float(now.infinite))
    totals = [float(one.hist.total) if one.hist else one.infinite for one in (before, now)]
    return [(totals[0] - infinite[0], totals[1] - infinite[1]), infinite]


def _of_values(before: ColumnStats, now: ColumnStats) -> list[tuple[float, float]]:
    """A value that one version doesn't list counts as none there only if that lists all of its
    values; else it belongs to the others in both."""
    sides = [dict(one.top or ()) for one in (before, now)]
    others = [float(one.others) for one in (before, now)]
    cells = []
    for value in sorted({*sides[0], *sides[1]}, key=str):
        known = all(value in side or not rest for side, rest in zip(sides, others, strict=True))
        pair = [side.get(value, 0.0) for side in sides]
        if known:
            cells.append((float(pair[0]), float(pair[1])))
        else:
            others = [rest + count for rest, count in zip(others, pair, strict=True)]
    cells.sort(key=lambda pair: (-(pair[0] + pair[1]), pair))
    return [*cells, (others[0], others[1])] if any(others) else cells


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """What became of a column that both versions have; None for what isn't known.

    `nulls` is the difference of the shares of nulls; `mean` that of the means, in standard
    deviations of the earlier version, infinite where that has none.
    """

    psi: float | None
    nulls: float | None
    mean: float | None


def column_change(
    before: ColumnStats, rows_before: int, now: ColumnStats, rows_now: int
) -> ColumnChange:
    cells = cells_of(before, now)
    shares = (
        (before.nulls / rows_before, now.nulls / rows_now) if rows_before and rows_now else None
    )
    return ColumnChange(
        psi=None if cells is None else psi(cells),
        nulls=None if shares is None else shares[1] - shares[0],
        mean=_shift(before, now),
    )


def _shift(before: ColumnStats, now: ColumnStats) -> float | None:
    if now.infinite and not before.infinite and before.scale == now.scale:
        return inf
    if before.mean is None or now.mean is None or before.scale != now.scale:
        return None
    moved = now.mean - before.mean
    if moved == 0 or before.std is None:
        return 0.0 if moved == 0 else None
    if before.std == 0:
        return inf if moved > 0 else -inf
    return moved / before.std


@dataclass(frozen=True, slots=True)
class Measured:
    """One rule of drift and what was measured; `value` is None where nothing could be, and `why`
    says so. `holds` speaks of what was measured alone; `lacking` is what should have been, and is
    a warning."""

    rule: Drift
    value: float | None = None
    why: str | None = None
    lacking: bool = False

    @property
    def holds(self) -> bool:
        if self.value is None:
            return True
        if isinstance(self.rule.limit, tuple):
            return self.rule.limit[0] <= self.value <= self.rule.limit[1]
        return abs(self.value) <= self.rule.limit

    @property
    def word(self) -> str:
        return f"drift:{self.rule.measure}"

    def finding(self) -> Finding:
        """`'price' psi 0.31 > 0.2 against the previous version`."""
        severity = self.rule.severity
        if self.value is None:
            measure = self.rule.measure.replace("null_rate", "share of nulls")
            said = f"{measure} of '{self.rule.column}' can't be measured: {self.why}"
            return Finding(self.rule.column, self.word, said, "warn")
        return Finding(self.rule.column, self.word, self._said(), severity)

    def to_json(self) -> dict[str, Any]:
        """The rule's own words, and `value`, `holds` or `why`."""
        if self.value is None:
            return {**self.rule.to_json(), "why": self.why}
        value = number(self.value) if abs(self.value) == inf else round(self.value, 6)
        return {**self.rule.to_json(), "value": value, "holds": self.holds}

    def _said(self) -> str:
        value, limit = self.value or 0.0, self.rule.limit
        whom = "the previous version" if self.rule.against == "previous" else self.rule.against
        if isinstance(limit, tuple):
            said = f"rows are {number(value)} times those of {whom}"
            return f"{said}; expected {number(limit[0])} to {number(limit[1])}"
        if self.rule.measure == "null_rate":
            said = f"share of nulls of '{self.rule.column}' moved by {_apart(abs(value), limit)}"
            return f"{said}; at most {share(limit)} allowed against {whom}"
        what = {"mean": "mean moved by"}
        unit = " standard deviations" if self.rule.measure == "mean" else ""
        far = number(abs(value))
        far = f"{abs(value):.9g}" if far == number(limit) else far
        said = f"'{self.rule.column}' {what.get(self.rule.measure, 'psi')} {far}"
        return f"{said} > {number(limit)}{unit} against {whom}"


def _apart(value: float, limit: float) -> str:
    """A share that doesn't look like its limit."""
    near = share(value) == share(limit)
    return f"{100 * value:.9g} %" if near else share(value)


def number(value: float) -> str:
    """Three digits; `infinitely` for what has no bound."""
    if abs(value) == inf:
        return "infinitely"
    return f"{abs(value) if value == 0 else value:.3g}"


def judge_drift(
    rules: Iterable[Drift], now: FrameStats, earlier: Mapping[str, FrameStats | None]
) -> list[Measured]:
    """Each rule on the statistics of a frame and of what it is compared with, by `against`.

    Without an earlier version, or without statistics there, nothing is measured.
    """
    return [_measured(rule, now, earlier.get(rule.against)) for rule in rules]


def _measured(rule: Drift, now: FrameStats, before: FrameStats | None) -> Measured:
    if before is None:
        return Measured(rule, why="there is no earlier version")
    if rule.measure == "rows":
        return Measured(rule, _ratio(now.rows, before.rows))
    name = rule.column or ""
    if name not in before.columns or name not in now.columns:
        there = "this version" if name not in now.columns else "the earlier version"
        return Measured(rule, why=f"{there} has no such column")
    change = column_change(before.columns[name], before.rows, now.columns[name], now.rows)
    found = {"psi": change.psi, "null_rate": change.nulls, "mean": change.mean}
    value = found[rule.measure]
    if value is None:
        few = min(before.rows - before.columns[name].nulls, now.rows - now.columns[name].nulls)
        enough = few >= 2 * FEWEST if rule.measure == "psi" else few > 0
        why = _lacking(before.columns[name], now.columns[name], enough=enough)
        return Measured(rule, why=why, lacking=enough)
    return Measured(rule, value)


def _ratio(now: int, before: int) -> float:
    if before:
        return now / before
    return inf if now else 1.0


def _lacking(before: ColumnStats, now: ColumnStats, *, enough: bool) -> str:
    if not before.sketched or not now.sketched:
        return "the statistics of one version have no such numbers"
    return "they have none in common" if enough else "there are too few values"
