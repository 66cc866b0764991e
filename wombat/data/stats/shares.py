"""Cells that held equal shares of a first version's values: where equally wide bins show little."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from wombat.data.stats.histogram import is_number

if TYPE_CHECKING:
    from wombat.data.stats.grid import Number

SHARES: Final = 20


@dataclass(frozen=True, slots=True)
class Shares:
    """How many values lie below the first edge, between each two, and from the last one on."""

    edges: tuple[float, ...]
    counts: tuple[Number, ...]

    @property
    def total(self) -> Number:
        return sum(self.counts)

    def to_json(self) -> dict[str, Any]:
        return {"edges": list(self.edges), "counts": list(self.counts)}


def shares_from_json(tree: Any) -> Shares | None:
    """The inverse of `Shares.to_json`; None for what is none."""
    if not isinstance(tree, dict):
        return None
    edges, counts = tree.get("edges"), tree.get("counts")
    if not isinstance(edges, list) or not isinstance(counts, list):
        return None
    if not 1 <= len(edges) < SHARES or len(counts) != len(edges) + 1:
        return None
    if not all(is_number(one) for one in (*edges, *counts)) or min(counts) < 0:
        return None
    ascending = all(a < b for a, b in pairwise(edges))
    return Shares(tuple(edges), tuple(counts)) if ascending else None
