"""What the store promises, checked by its benchmark: each a figure and its limit."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from sets import EDITS, FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rows import Bench

PEERS = ("dvc", "restic", "borg", "borg-zstd")
MEMORY = 200e6
PACK = 16 << 20
UNCHANGED = 0.3
GROWTH = {
    ("csv", "appended"): 1.3,
    ("csv", "in-place"): 1.3,
    ("csv", "inserted"): 1.3,
    ("parquet", "appended"): 3.0,
    ("parquet", "in-place"): 3.0,
    ("parquet", "inserted"): 12.0,
}
SHARES = {
    "a push": {"borg": 0.6, "borg-zstd": 0.6, "dvc": 0.3, "restic": 1},
    "a pull": {"borg": 1, "borg-zstd": 1, "dvc": 0.7, "restic": 1},
    "b push": {"borg": 1, "borg-zstd": 1, "dvc": 0.2, "restic": 1},
    "b pull": {"borg": 1, "borg-zstd": 1, "dvc": 0.25, "restic": 1},
    "d nothing changed": {"borg": 1, "borg-zstd": 1, "dvc": 1, "restic": 1},
    "e one changed": {"borg": 0.5, "borg-zstd": 0.5, "dvc": 1, "restic": 1},
}
NEXT = {"borg": 0.5, "borg-zstd": 0.5, "dvc": 1.0, "restic": 1.0}


@dataclass(frozen=True)
class Target:
    """What is measured, the figure, and what it may be at most."""

    place: str
    row: str
    what: str
    reached: float
    limit: float

    @property
    def kept(self) -> bool:
        return self.reached <= self.limit


def targets(bench: Bench, start_up: float) -> list[Target]:
    """Those whose rows and peers were run; `start_up` in seconds."""
    found: list[Target] = []
    for row, what, reached, limit in (
        *_shares(bench),
        *_memory(bench),
        *_growth(bench),
        *_requests(bench),
        *_unchanged(bench, start_up),
        *_long(bench),
    ):
        found.append(Target(bench.place.name, row, what, reached, limit))
    return found


Found = tuple[str, str, float, float]


def wall(bench: Bench, row: str, tool: str) -> float | None:
    """The median; None where it wasn't run."""
    if row not in bench.cells or tool not in bench.cells[row]:
        return None
    return statistics.median(t.wall for t in bench.cells[row][tool].times)


def growth(stored: list[int]) -> float:
    """Per cent of the first version's bytes that a next one adds, on the average."""
    return 100 * (stored[-1] - stored[0]) / stored[0] / (len(stored) - 1)


def history(bench: Bench, row: str, tool: str) -> list[int]:
    """Bytes stored after each version of a table."""
    first, rest = bench.cells.get(f"{row} first"), bench.cells.get(f"{row} next")
    if not first or not rest or tool not in first:
        return []
    return first[tool].stored + rest[tool].stored


def _shares(bench: Bench) -> Iterator[Found]:
    """Of the peers' time by the clock."""
    limits = dict(SHARES)
    for row in tuple(bench.cells):
        if row.startswith("c ") and row.endswith(" next"):
            limits[row] = NEXT
        elif row.startswith(("c ", "f ")):
            limits[row] = dict.fromkeys(PEERS, 1.0)
    for row, peers in limits.items():
        ours = wall(bench, row, "wombat")
        for peer, limit in peers.items():
            theirs = wall(bench, row, peer)
            if ours is not None and theirs is not None:
                yield row, f"time, of {peer}'s", ours / theirs, limit


def _memory(bench: Bench) -> Iterator[Found]:
    for row, cells in bench.cells.items():
        if "wombat" in cells:
            peak = max(t.memory for t in cells["wombat"].times)
            yield row, "peak memory, MB", peak / 1e6, MEMORY / 1e6


def _growth(bench: Bench) -> Iterator[Found]:
    for form in FORMATS:
        for edit in EDITS:
            row = f"c {form} {edit}"
            if not (stored := history(bench, row, "wombat")):
                continue
            if limit := GROWTH.get((form, edit)):
                yield row, "growth a version, %", growth(stored), limit
            yield row, "stored, of a full index's", stored[-1] / bench.full[row][-1], 1.02
    for row in ("a push", "b push"):
        if "wombat" in bench.cells.get(row, {}):
            held = bench.cells[row]["wombat"].stored[0]
            yield row, "stored, of a full index's", held / bench.full[row][0], 1.02


def _requests(bench: Bench) -> Iterator[Found]:
    """As many as the protocol says."""
    stored = {
        row: cells["wombat"].stored for row, cells in bench.cells.items() if "wombat" in cells
    }
    limits: dict[str, Callable[[], float]] = {
        "b push": lambda: 45,
        "d nothing changed": lambda: 8,
        "a pull": lambda: 3 + ceil(stored["a push"][0] / PACK),
        "b pull": lambda: 3 + ceil(stored["e one changed"][0] / PACK),
    }
    for row, limit in limits.items():
        cell = bench.cells.get(row, {}).get("wombat")
        if cell and cell.requests is not None:
            yield row, "requests", cell.requests, limit()


def _unchanged(bench: Bench, start_up: float) -> Iterator[Found]:
    row = "d nothing changed"
    if (took := wall(bench, row, "wombat")) is not None:
        yield row, "seconds beyond start-up", took - start_up, UNCHANGED


def _long(bench: Bench) -> Iterator[Found]:
    for edit in ("in-place", "scattered"):
        row = f"f {edit}"
        first, last = (wall(bench, f"{row} {w}", "wombat") for w in ("first", "last"))
        if first is None or last is None:
            continue
        yield f"{row} last", "time, of the first version's", last / first, 1.5
        one, many = (bench.cells[f"{row} {w}"]["wombat"].requests for w in ("first", "last"))
        if one and many:
            yield f"{row} last", "requests, of the first version's", many / one, 3
