"""Actors on one store that take turns: a schedule chooses who makes the next call of the store."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.store import BlobStore


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Stage:
    """Runs actors, one call of the store at a time, in the order of a seed.

    `between` is called before each call, when nobody else works.
    """

    seed: int
    between: Callable[[random.Random], None] = lambda _: None
    kills: float = 0.0
    calls: int = 0
    errors: list[BaseException] = field(default_factory=list)
    _random: random.Random = field(init=False)
    _waiting: dict[str, list[threading.Event]] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)
    _killed: set[str] = field(default_factory=set)
    _moved: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def door(self, inner: BlobStore, actor: str) -> Gated:
        return Gated(inner, self, actor)

    def play(self, actors: dict[str, Callable[[], None]]) -> None:
        threads = [
            threading.Thread(target=self._act, args=(name, act), daemon=True)
            for name, act in actors.items()
        ]
        self._running = set(actors)
        for thread in threads:
            thread.start()
        while self._turn():
            pass
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()
        if self.errors:
            raise self.errors[0]

    def _act(self, name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Killed:
            pass
        except BaseException as error:
            self.errors.append(error)
        finally:
            with self._moved:
                self._running.discard(name)
                self._moved.notify_all()

    def _turn(self) -> bool:
        with self._moved:
            self._moved.wait_for(
                lambda: all(self._waiting.get(name) for name in self._running), timeout=120
            )
            ready = sorted(name for name, found in self._waiting.items() if found)
            if not ready:
                return bool(self._running)
            name = self._random.choice(ready)
            turn = self._waiting[name].pop(0)
            if self._random.random() < self.kills:
                self._killed.add(name)
        self.between(self._random)
        self.calls += 1
        turn.set()
        return True

    def pass_(self, actor: str) -> None:
        """Waits for the actor's turn."""
        turn = threading.Event()
        with self._moved:
            self._waiting.setdefault(actor, []).append(turn)
            self._moved.notify_all()
        turn.wait()
        if actor in self._killed:
            raise Killed


class Gated(Around):
    """A store each call of which waits for its turn."""

    def __init__(self, inner: BlobStore, stage: Stage, actor: str) -> None:
        super().__init__(inner)
        self._gate = lambda: stage.pass_(actor)

    def get(self, key: str) -> bytes:
        self._gate()
        return self.inner.get(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self._gate()
        return self.inner.get_range(key, start, length)

    def put(self, key: str, data: bytes) -> None:
        self._gate()
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> Any:
        """The request leaves and arrives: two turns."""
        self._gate()
        created = self.inner.create(key, data)
        self._gate()
        return created

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        self._gate()
        return self.inner.list(prefix, after=after, limit=limit)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Any]:
        self._gate()
        return self.inner.entries(prefix, after=after)

    def delete(self, keys: Iterable[str]) -> None:
        self._gate()
        self.inner.delete(keys)

    def stat(self, key: str) -> Any:
        self._gate()
        return self.inner.stat(key)
