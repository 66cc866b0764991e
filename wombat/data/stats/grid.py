"""Bins of a histogram whose edges people can read: equally wide, in round numbers."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import count, islice, pairwise
from math import floor, lcm, log10
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Number: TypeAlias = int | float
Grid: TypeAlias = tuple[Number, Number, int]
"""Where the first bin begins, how wide each is, and how many there are."""

BINS: Final = 20
"""At most so many; round widths make it 7 to 20 where there are as many values."""
_ROUND: Final = (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(5))
_CLOCK: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
_DAY: Final = 86_400
_TRIES: Final = 80


def grid_of(low: Number, high: Number, *, whole: bool = False, clock: bool = False) -> Grid | None:
    """The finest round bins that hold both; None where floats can't tell their edges apart.

    `whole` numbers have bins of whole widths; `clock` is for seconds, with bins of round times.
    """
    least, most = Fraction(str(low)), Fraction(str(high))
    for step in islice(_clock(most - least) if clock else _steps(least, most, whole), _TRIES):
        first, last = floor(least / step), floor(most / step)
        if last - first >= BINS:
            continue
        try:
            grid = _plain(first * step, whole), _plain(step, whole), last - first + 1
            edges = edges_of(*grid)
            if edges[0] <= low <= high < edges[-1] and all(a < b for a, b in pairwise(edges)):
                return grid
        except OverflowError:
            return None
    return None


def edges_of(start: Number, step: Number, bins: int) -> list[float]:
    """One more than there are bins. They come out of the decimal digits of both numbers, so that
    the third of tenths is 0.3."""
    return list(_edges(start, step, bins))


@lru_cache(maxsize=4096)
def _edges(start: Number, step: Number, bins: int) -> tuple[float, ...]:
    first, wide = Fraction(str(start)), Fraction(str(step))
    below = lcm(first.denominator, wide.denominator)
    a, b = int(first * below), int(wide * below)
    return tuple((a + number * b) / below for number in range(bins + 1))


def _plain(value: Fraction, whole: bool) -> Number:
    return int(value) if whole else float(value)


def _steps(least: Fraction, most: Fraction, whole: bool) -> Iterator[Fraction]:
    span = (most - least) / BINS or (Fraction(0) if whole else abs(most) / BINS) or Fraction(1)
    power = _power(span) - 1
    for exponent in count(max(power, 0) if whole else power):
        yield from (one * Fraction(10) ** exponent for one in _ROUND if not whole or _fits(one))


def _fits(step: Fraction) -> bool:
    return step.denominator == 1


def _power(value: Fraction) -> int:
    """The power of ten of a value that may be beyond what a float says."""
    return floor(log10(value.numerator) - log10(value.denominator))


def _clock(span: Fraction) -> Iterator[Fraction]:
    if span < BINS:
        exponent = _power(span / BINS) - 1 if span else 0
        yield from (one * Fraction(10) ** e for e in range(exponent, 0) for one in _ROUND)
    yield from (Fraction(one) for one in _CLOCK)
    for exponent in count():
        yield from (Fraction(one * _DAY * 10**exponent) for one in (1, 2, 5))
