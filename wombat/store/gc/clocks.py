"""How long what is doomed waits, and the server's time as one collection knows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.store import doom

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds; other values than these are for tests. `window` is what writers keep to."""

    window: float = doom.WINDOW
    grace: float = DAY
    """From a list's landing to its first deletion; and nothing younger is ever doomed."""
    life: float = 2 * DAY
    """How old a list may be at a deletion."""
    removed: float = 60 * HOUR
    """How old a list is when it is taken away, done or not; writers keep to it until then. What
    is between is the time that a deletion that was sent may take."""
    unfinished: float = 7 * DAY
    """How long a run that doesn't publish keeps what it made, and a push what it sent so far."""
    closed: float = 30 * DAY
    """How long a closed branch keeps what it holds."""
    elapsed: Callable[[], float] = doom.elapsed
    wall: Callable[[], float] = time.time
    """What a dry run, which may ask no server, takes for the server's; and names are made of."""


@dataclass(frozen=True, slots=True)
class ServerClock:
    """The server's time: one object's, and what went by here since, sleep and stops included."""

    at: float
    since: float
    elapsed: Callable[[], float]

    def now(self) -> float:
        """Seconds since 1970; never behind the server's."""
        return self.at + self.elapsed() - self.since
