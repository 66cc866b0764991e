"""Requests that nobody has to wait for: each is made by a thread that nothing joins."""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wombat import stopping

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class _Call:
    """One request under way; `done` comes with an answer, an error, or neither: then nobody waits
    for it any more."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.answer: Any = None
        self.error: BaseException | None = None
        self.ended = False
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self.answer = self.call()
        except BaseException as error:  # noqa: BLE001 -- it is raised where the answer is awaited
            self.error = error
        self.ended = True
        self.done.set()


class Calls:
    """The threads of one process. A call of obstore, or of the resolver, hears no signal: so it is
    made elsewhere, and whoever asked for it waits in a way that does."""

    def __init__(self) -> None:
        self._reset()
        stopping.when_stopped(self.abandon)
        os.register_at_fork(after_in_child=self._reset)

    def run(self, call: Callable[[], T]) -> T:
        """What `call` answers or raises; KeyboardInterrupt where that isn't waited for any more."""
        if stopping.stopped():
            raise KeyboardInterrupt
        one = _Call(call)
        self._waiting[id(one)] = one
        try:
            worker = self._worker()
            worker.put(one)
            one.done.wait()
        except KeyboardInterrupt:
            self.abandon()
            raise
        finally:
            self._waiting.pop(id(one), None)
        if not one.ended:
            raise KeyboardInterrupt
        if one.error is not None:
            raise one.error
        return one.answer  # type: ignore[no-any-return]

    def abandon(self) -> None:
        """Nobody waits any more for what is under way. Takes no lock, as a signal may come while
        any is held."""
        for one in list(self._waiting.values()):
            one.done.set()

    def _worker(self) -> SimpleQueue[_Call]:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        mine: SimpleQueue[_Call] = SimpleQueue()
        threading.Thread(target=self._work, args=(mine,), name="wombat-s3", daemon=True).start()
        return mine

    def _work(self, mine: SimpleQueue[_Call]) -> None:
        while True:
            mine.get().run()
            self._idle.append(mine)

    def _reset(self) -> None:
        """No thread lives on in a child."""
        self._idle: list[SimpleQueue[_Call]] = []
        self._waiting: dict[int, _Call] = {}


CALLS: Final = Calls()
