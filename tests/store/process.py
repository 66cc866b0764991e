"""One process's way to a store that several share: a clock of the test, and faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from wombat.errors import OutcomeUnknown
from wombat.store import Created, Stat
from wombat.store.blobs import Entry
from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from collections.abc import Iterator


class Shared(Protocol):
    """What all processes of one test have in common: the time, and when each object came."""

    now: float
    times: dict[str, float]
    first: dict[str, bytes]


class Died(BaseException):
    """The process is gone: nothing may catch this."""


@dataclass
class Fault:
    """What goes wrong with one process: after how many calls it dies, which create is lost."""

    die: int | None = None
    lose: str = ""


class Process(Around):
    """One process's way to the store: with the clock of the test, and its faults."""

    def __init__(self, shared: Shared, inner: Any, fault: Fault) -> None:
        super().__init__(inner)
        self.shared, self.fault = shared, fault
        self.forbidden = ""

    def _call(self, key: str) -> None:
        assert not (self.forbidden and key.startswith(self.forbidden)), f"asked for {key}"
        if self.fault.die is not None:
            self.fault.die -= 1
            if self.fault.die < 0:
                raise Died

    def get(self, key: str) -> bytes:
        self._call(key)
        return self.inner.get(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self._call(key)
        return self.inner.get_range(key, start, length)

    def put(self, key: str, data: bytes) -> None:
        self._call(key)
        self.inner.put(key, data)
        self.shared.times.setdefault(key, self.shared.now)

    def create(self, key: str, data: bytes) -> Created:
        self._call(key)
        lose, self.fault.lose = self.fault.lose, ""
        if lose == "request":
            raise OutcomeUnknown(key)
        done = self.inner.create(key, data)
        self.shared.times.setdefault(key, self.shared.now)
        if lose == "answer":
            raise OutcomeUnknown(key)
        return done

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        self._call(prefix)
        return self.inner.list(prefix, after=after, limit=limit)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        self._call(prefix)
        for entry in self.inner.entries(prefix, after=after):
            yield Entry(entry.key, entry.size, self._time(entry.key))

    def stat(self, key: str) -> Stat:
        self._call(key)
        return Stat(self.inner.stat(key).size, self._time(key))

    def sync(self) -> None:
        self._call("")
        self.inner.sync()

    def delete(self, keys: Any) -> None:
        for key in keys:
            self._call(key)
            self.inner.delete([key])
            self.shared.times.pop(key, None)
            self.shared.first.pop(key, None)

    def _time(self, key: str) -> float:
        return self.shared.times.setdefault(key, self.shared.now)
