"""Counts the rows that fail each check: a slice at a time, masks only where something fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.checks import failing
from wombat.data.nested import has_nulls_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.data.probes import Probe
    from wombat.data.repeats import Bits, Repeats

    Marks = np.ndarray[Any, np.dtype[np.uint8]]

SLICE_BYTES: Final = 1 << 25
SLICES: Final = 64
LEAST_ROWS: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Failure:
    """A probe that doesn't hold: how many rows fail it, and the first of them in order.

    `marks` are a bit for each row of the table, where they were to be kept.
    """

    probe: Probe
    count: int
    checked: int
    first: tuple[int, ...]
    marks: Marks | None = None

    def fails(self, rows: Any) -> Bits:
        """Of each of these rows, by number, whether it fails."""
        assert self.marks is not None, "they weren't to be kept"  # noqa: S101
        found: Bits = (self.marks[rows >> 3] >> (7 - (rows & 7)) & 1).astype(bool)
        return found


def failures(
    table: pa.Table,
    probes: Sequence[Probe],
    repeats: Repeats,
    *,
    cases: int,
    keep: bool = False,
    library: str | None = None,
) -> list[Failure]:
    """The probes that fail, in their order, with at most `cases` row numbers each."""
    kept = table.num_rows if keep else 0
    tallies = [_Tally(cases, kept) for _ in probes]
    apart = [n for n, one in enumerate(probes) if not one.whole]
    _sliced(table, [probes[n] for n in apart], [tallies[n] for n in apart])
    for probe, tally in zip(probes, tallies, strict=True):
        if probe.whole:
            bad = _of_all(table, probe, repeats, library)
            if bad is not None:
                tally.add(bad, 0)
    pairs = zip(probes, tallies, strict=True)
    return [
        Failure(one, tally.count, table.num_rows, tuple(tally.first), tally.marks)
        for one, tally in pairs
        if tally.count
    ]


@dataclass(slots=True)
class _Tally:
    cases: int
    kept: int
    count: int = 0
    first: list[int] = field(default_factory=list)
    marks: Marks | None = None

    def add(self, bad: Bits, start: int) -> None:
        self.count += int(np.count_nonzero(bad))
        if self.kept:
            self._mark(bad, start)
        wanted = self.cases - len(self.first)
        if wanted > 0:
            self.first += [int(row) + start for row in _first(bad, wanted)]

    def _mark(self, bad: Bits, start: int) -> None:
        """A bit a row: the numbers of rows would be 64 times as large."""
        if self.marks is None:
            self.marks = np.zeros((self.kept + 7) // 8, np.uint8)
        packed = np.packbits(bad)
        self.marks[start // 8 : start // 8 + len(packed)] = packed


def _first(bad: Bits, wanted: int) -> Any:
    """The first places that are set; most often they stand at the beginning."""
    head = np.flatnonzero(bad[: wanted * 64])
    return head[:wanted] if len(head) >= wanted else np.flatnonzero(bad)[:wanted]


def _of_all(table: pa.Table, probe: Probe, repeats: Repeats, library: str | None) -> Bits | None:
    if probe.custom is None:
        return repeats.rows(table.select(list(probe.columns)))
    from wombat.data import custom

    bad: Bits = custom.failing(probe.custom, table, probe.column, library)
    return bad if bad.any() else None


def _sliced(table: pa.Table, probes: Sequence[Probe], tallies: Sequence[_Tally]) -> None:
    """Slices are looked at side by side, and counted in their order."""
    pa.default_memory_pool().release_unused()
    used = list(dict.fromkeys(name for one in probes for name in one.columns))
    if not used or not table.num_rows:
        return
    table = table.select(used)
    step = _step(table)
    starts = range(0, table.num_rows, step)
    with ThreadPoolExecutor(pa.cpu_count()) as threads:
        parts = (table.slice(start, step) for start in starts)
        for start, found in zip(starts, threads.map(partial(_failing, probes), parts), strict=True):
            for number, bad in found:
                tallies[number].add(bad, start)


def _step(table: pa.Table) -> int:
    """Rows of a slice: a share of the table, so that masks are small beside it; whole bytes of
    bits."""
    size = min(SLICE_BYTES, table.nbytes // SLICES)
    rows = max(LEAST_ROWS, int(table.num_rows * size // max(table.nbytes, 1)))
    return rows + -rows % 8


def _failing(probes: Sequence[Probe], part: pa.Table) -> list[tuple[int, Bits]]:
    """The masks of the probes that fail somewhere in a slice."""
    masks = ((number, _mask(part, one)) for number, one in enumerate(probes))
    return [(number, bad) for number, bad in masks if bad is not None]


def _mask(part: pa.Table, probe: Probe) -> Bits | None:
    if probe.check.name == "null":
        return _nulls(part.column(probe.columns[0]), probe)
    bad = failing(part, probe)
    if not pc.any(bad).as_py():
        return None
    rows: Bits = pc.fill_null(bad, False).to_numpy()
    return rows


def _nulls(column: pa.ChunkedArray, probe: Probe) -> Bits | None:
    """Rows without a value, unless the check allows them, or with a null inside that mayn't be."""
    bad: Any = None
    if not probe.check.value and column.null_count:
        bad = column.is_null().to_numpy()
    if probe.kind.family == "nested":
        inside = has_nulls_within(column, probe.kind)
        bad = inside if bad is None else bad | inside
    return bad if bad is not None and bad.any() else None
