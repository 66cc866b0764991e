"""Events in an order that respects the graph: of a part nothing ends before what it reads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from wombat.executor.events import Event
    from wombat.executor.units import Unit


class InOrder:
    """Passes events of parts on; holds those back that come before what their part reads is over.

    What reads a part may begin as soon as its outputs are stored, and its record becomes durable
    beside others: so threads come in any order.
    """

    def __init__(
        self, said: Callable[[Event], None], firsts: Mapping[Unit, Collection[Unit]]
    ) -> None:
        """`firsts`: what each part waits for."""
        self._said = said
        self._firsts = firsts
        self._lock = threading.Lock()
        self._open: set[Unit] = set()
        self._held: dict[Unit, list[Event]] = {}
        self._over: set[Unit] = set()

    def stored(self, unit: Unit) -> None:
        """From now on others may read it; `over` has to follow."""
        with self._lock:
            self._open.add(unit)

    def at_once(self, event: Event) -> None:
        self._said(event)

    def tell(self, unit: Unit, event: Event) -> None:
        with self._lock:
            if unit in self._held or not self._open.isdisjoint(self._firsts.get(unit, ())):
                self._held.setdefault(unit, []).append(event)
            else:
                self._said(event)

    def over(self, unit: Unit) -> None:
        """Nothing more comes of a part; what waited for that is told."""
        with self._lock:
            self._over.add(unit)
            self._release()

    def _release(self) -> None:
        """As each part is over, those behind it may be, too."""
        moved = True
        while moved:
            for unit in [one for one in self._over if one not in self._held]:
                self._over.discard(unit)
                self._open.discard(unit)
            free = [one for one in self._held if self._open.isdisjoint(self._firsts.get(one, ()))]
            moved = bool(free)
            for unit in free:
                for event in self._held.pop(unit):
                    self._said(event)
