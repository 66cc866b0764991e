"""Statistics of a frame as a record keeps them: plain values, JSON out and in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.data.stats.histogram import histogram_from_json, is_number
from wombat.data.stats.shares import shares_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.data.stats.histogram import Histogram
    from wombat.data.stats.shares import Shares
    from wombat.digest import Json

Scale = Literal["number", "seconds", "days"]

_SCALES: Final[dict[str, Scale]] = {
    "timestamp": "seconds",
    "time": "seconds",
    "duration": "seconds",
    "date": "days",
}


@dataclass(frozen=True, slots=True)
class ColumnStats:
    """Of one column: nulls (NaN counts as one), the least and greatest value as JSON where known.

    `type` is the logical type as text, `nullable` what its schema says, None without one. The rest
    is of the sample, or of all rows where there is none: `distinct` an estimate; `mean`, `std` and
    `hist` of the finite values, of moments in seconds since 1970 and of dates in days; `lengths` a
    histogram of texts' characters or lists' elements; `top` values with how many rows hold them,
    where the column may show any, and `complete` where these are all. `infinite` is how many are;
    `shares` counts the values of a column most of which lie in few bins.
    """

    nulls: int
    min: Json = None
    max: Json = None
    type: str | None = None
    nullable: bool | None = None
    distinct: int | None = None
    mean: float | None = None
    std: float | None = None
    hist: Histogram | None = None
    lengths: Histogram | None = None
    top: tuple[tuple[Any, float], ...] | None = None
    others: float = 0
    infinite: float = 0
    shares: Shares | None = None

    @property
    def scale(self) -> Scale:
        """What the numbers of `mean`, `std` and `hist` mean."""
        return _SCALES.get((self.type or "").partition("[")[0], "number")

    @property
    def sketched(self) -> bool:
        counted = any(one is not None for one in (self.hist, self.lengths, self.top))
        return counted or bool(self.infinite)

    def counts_only(self) -> ColumnStats:
        """What every record has room for."""
        return ColumnStats(self.nulls, self.min, self.max, self.type, self.nullable)

    def to_json(self) -> dict[str, Any]:
        """Without what isn't known."""
        tree: dict[str, Any] = {"nulls": self.nulls}
        for name in _PLAIN:
            if (value := getattr(self, name)) is not None:
                tree[name] = value
        if self.infinite:
            tree["infinite"] = self.infinite
        for name in ("hist", "shares", "lengths"):
            if (found := getattr(self, name)) is not None:
                tree[name] = found.to_json()
        if self.top is not None:
            tree["top"] = [list(pair) for pair in self.top]
            tree["others"] = self.others
        return tree


_PLAIN: Final = ("min", "max", "type", "nullable", "distinct", "mean", "std")


@dataclass(frozen=True, slots=True)
class FrameStats:
    """Rows, and each column's statistics. `sampled` is how many rows the sample has, None where
    all were looked at."""

    rows: int
    columns: dict[str, ColumnStats] = field(default_factory=dict)
    sampled: int | None = None

    def to_json(self) -> dict[str, Any]:
        """`{rows, sampled?, columns: {NAME: {nulls, …}}}`."""
        columns = {name: one.to_json() for name, one in self.columns.items()}
        sampled = {} if self.sampled is None else {"sampled": self.sampled}
        return {"rows": self.rows, **sampled, "columns": columns}


def stats_from_json(tree: Any) -> FrameStats | None:
    """The inverse of `FrameStats.to_json`; None where there are no rows to speak of.

    Records come from other versions and other projects: what is no statistic is left out.
    """
    if not isinstance(tree, dict) or not _is_count(tree.get("rows")):
        return None
    columns = tree.get("columns")
    known = columns if isinstance(columns, dict) else {}
    sampled = tree.get("sampled")
    return FrameStats(
        tree["rows"],
        {name: _column(one) for name, one in known.items() if isinstance(one, dict)},
        sampled if _is_count(sampled) else None,
    )


def _column(tree: Mapping[str, Any]) -> ColumnStats:
    nulls, distinct = tree.get("nulls"), tree.get("distinct")
    top = _top(tree.get("top"))
    others = tree.get("others") if top is not None else 0
    numbers = {n: tree[n] for n in ("mean", "std") if is_number(tree.get(n))}
    return ColumnStats(
        nulls if isinstance(nulls, int) and _is_count(nulls) else 0,
        min=_plain(tree.get("min")),
        max=_plain(tree.get("max")),
        type=tree["type"] if isinstance(tree.get("type"), str) else None,
        nullable=tree["nullable"] if isinstance(tree.get("nullable"), bool) else None,
        distinct=distinct if _is_count(distinct) else None,
        **numbers,
        hist=histogram_from_json(tree.get("hist")),
        lengths=histogram_from_json(tree.get("lengths")),
        top=top,
        others=_amount(others),
        infinite=_amount(tree.get("infinite")),
        shares=shares_from_json(tree.get("shares")),
    )


def _amount(value: Any) -> float:
    return max(0, value) if isinstance(value, int | float) and is_number(value) else 0


def _top(tree: Any) -> tuple[tuple[Any, float], ...] | None:
    if not isinstance(tree, list):
        return None
    pairs = [one for one in tree if isinstance(one, list) and len(one) == 2]
    return tuple((v, n) for v, n in pairs if isinstance(v, str | bool) and is_number(n) and n >= 0)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float) else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
