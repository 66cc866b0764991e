"""How much one edge may cost: steps of machines, names looked up, cells of frames that are tried.

Counted, not timed: the same question has the same answer on every machine.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

STEPS: Final = 1_000_000
STEPS_PER_COLUMN: Final = 500
CELLS: Final = 100_000
"""So many cells a frame may have that is shown, rows times columns."""


class Spent(Exception):
    """An edge costs more than is spent on it."""


class _Purse:
    def __init__(self, limit: int) -> None:
        self.limit, self.spent = limit, 0


_PURSE: ContextVar[_Purse | None] = ContextVar("purse", default=None)


@contextmanager
def budget(columns: int) -> Iterator[int]:
    """What is done within may cost so many steps, by the number of columns of both sides; what
    goes beyond raises Spent. Without one, nothing is counted."""
    limit = STEPS + STEPS_PER_COLUMN * columns
    before = _PURSE.set(_Purse(limit))
    try:
        yield limit
    finally:
        _PURSE.reset(before)


def spend(steps: int) -> None:
    """Counts steps; raises Spent."""
    purse = _PURSE.get()
    if purse is not None:
        purse.spent += steps
        if purse.spent > purse.limit:
            raise Spent


def remembered(size: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """As `lru_cache`, but what is remembered costs what it did at first."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @lru_cache(maxsize=size)
        def run(*words: Any) -> tuple[T, int]:
            outer = _PURSE.get()
            own = _Purse(sys.maxsize if outer is None else outer.limit - outer.spent)
            before = _PURSE.set(own)
            try:
                return function(*words), own.spent  # type: ignore[call-arg]  # in their order
            except Exception:
                if outer is not None:
                    outer.spent += own.spent
                raise
            finally:
                _PURSE.reset(before)

        @wraps(function)
        def counted(*words: P.args, **named: P.kwargs) -> T:
            found, steps = run(*words, *named.values())
            spend(steps)
            return found

        return counted

    return decorate
