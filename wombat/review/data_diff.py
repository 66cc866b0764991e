"""Two versions of an artifact beside each other, by what their records say: no data is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.data.drift import ColumnChange, column_change
from wombat.data.stats.histogram import is_number
from wombat.data.stats.model import FrameStats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.data.stats.model import ColumnStats

State = Literal["added", "removed", "retyped", "changed", "little", "same"]

PSI: Final = 0.1
NULLS: Final = 0.05
MEAN: Final = 0.25
"""Changes that count as one: a column is `little` changed below a fifth of each."""
LITTLE: Final = 0.2
RANGE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Side:
    """One version: how it is called, its content (by part where it has parts), and what its record
    says. `stats` are those of all parts together."""

    label: str
    contents: Mapping[str, str] = field(default_factory=dict)
    type: str | None = None
    schema: str | None = None
    schema_digest: str | None = None
    bytes: int | None = None
    stats: FrameStats | None = None

    @property
    def rows(self) -> int | None:
        return None if self.stats is None else self.stats.rows


@dataclass(frozen=True, slots=True)
class ColumnDiff:
    """One column; `score` orders by how much it changed, 1 being a lot."""

    name: str
    state: State
    before: ColumnStats | None
    now: ColumnStats | None
    change: ColumnChange | None = None
    score: float = inf


@dataclass(frozen=True, slots=True)
class DataDiff:
    """Columns with the greatest change first. `same`: every byte is."""

    before: Side
    now: Side
    same: bool
    columns: tuple[ColumnDiff, ...] = ()

    def of(self, *states: State) -> list[ColumnDiff]:
        return [one for one in self.columns if one.state in states]

    @property
    def parts(self) -> dict[str, list[str]]:
        """Labels of parts by what became of them; empty where neither version has parts."""
        old, new = self.before.contents, self.now.contents
        if not {*old, *new} - {""}:
            return {}
        return {
            "added": sorted({*new} - {*old} - {""}),
            "removed": sorted({*old} - {*new} - {""}),
            "changed": sorted(one for one in {*old} & {*new} if old[one] != new[one]),
        }


def compare(before: Side, now: Side) -> DataDiff:
    """What changed from one version to the other."""
    same = bool(before.contents) and dict(before.contents) == dict(now.contents)
    columns = [] if same else list(_columns(before.stats, now.stats))
    columns.sort(key=lambda one: (_ORDER.index(one.state), -one.score, one.name))
    return DataDiff(before, now, same, tuple(columns))


_ORDER: Final = ("removed", "added", "retyped", "changed", "little", "same")


def _columns(before: FrameStats | None, now: FrameStats | None) -> Iterator[ColumnDiff]:
    old, new = before or FrameStats(0), now or FrameStats(0)
    for name in dict.fromkeys((*new.columns, *old.columns)):
        a, b = old.columns.get(name), new.columns.get(name)
        if before is None or now is None:
            continue
        if a is None or b is None:
            yield ColumnDiff(name, "removed" if b is None else "added", a, b)
        else:
            yield _column(name, a, old.rows, b, new.rows)


def _column(name: str, a: ColumnStats, rows_a: int, b: ColumnStats, rows_b: int) -> ColumnDiff:
    if a == b and rows_a == rows_b:
        return ColumnDiff(name, "same", a, b, score=0.0)
    change = column_change(a, rows_a, b, rows_b)
    retyped = (a.type and b.type and a.type != b.type) or (
        a.nullable is not None and b.nullable is not None and a.nullable != b.nullable
    )
    score = max(_scores(change, a, b))
    if retyped:
        return ColumnDiff(name, "retyped", a, b, change, score)
    return ColumnDiff(name, "little" if score < LITTLE else "changed", a, b, change, score)


def _scores(change: ColumnChange, a: ColumnStats, b: ColumnStats) -> Iterator[float]:
    yield abs(change.psi or 0.0) / PSI
    yield abs(change.nulls or 0.0) / NULLS
    yield abs(change.mean or 0.0) / MEAN
    yield _growth(a, b) / RANGE


def _growth(a: ColumnStats, b: ColumnStats) -> float:
    """By what share of its range a column of numbers reaches farther than before."""
    known: list[Any] = [a.min, a.max, b.min, b.max]
    if not all(map(is_number, known)):
        return 0.0
    low, high, least, most = known
    beyond = max(low - least, 0) + max(most - high, 0)
    return float(beyond / (high - low)) if high > low else (inf if beyond else 0.0)


def diff_as_json(diff: DataDiff) -> dict[str, Any]:
    """The whole comparison, for tools; what isn't known, or has no bound, is null."""
    return {
        "same": diff.same,
        "before": _side_json(diff.before),
        "now": _side_json(diff.now),
        "parts": diff.parts,
        "columns": [_column_json(one) for one in diff.columns],
    }


def _side_json(side: Side) -> dict[str, Any]:
    contents = dict(side.contents)
    return {
        "label": side.label,
        "content": contents.get("", contents),
        "type": side.type,
        "schema": side.schema,
        "bytes": side.bytes,
        "rows": side.rows,
        "sampled": None if side.stats is None else side.stats.sampled,
    }


def _column_json(one: ColumnDiff) -> dict[str, Any]:
    change = one.change or ColumnChange(None, None, None)
    return {
        "name": one.name,
        "state": one.state,
        "psi": _finite(change.psi),
        "null_rate": _finite(change.nulls),
        "mean": _finite(change.mean),
        "before": None if one.before is None else one.before.to_json(),
        "now": None if one.now is None else one.now.to_json(),
    }


def _finite(value: float | None) -> float | None:
    return round(value, 6) if value is not None and isfinite(value) else None
