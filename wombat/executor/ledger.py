"""Records of a run, written many at once: those of a moment become durable together."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PAUSE: Final = 0.025
"""Seconds for which the first of a batch waits for others."""
WIDTH: Final = 16
"""Records of a batch that are written side by side."""
AHEAD: Final = 256
"""Calls that may wait; whoever brings another one waits."""


class Ledger:
    """Takes calls that write a record each, and makes those of a moment side by side.

    A store that can makes them durable with one another. As a context it ends when all were made.
    """

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._room = threading.Semaphore(AHEAD)
        self._hurried = threading.Event()
        self._threads = ThreadPoolExecutor(WIDTH, thread_name_prefix="record")
        self._server = threading.Thread(target=self._serve, name="ledger", daemon=True)
        self._server.start()

    def write(self, call: Callable[[], T]) -> Future[T]:
        """Its answer, once the call was made; safe for threads."""
        future: Future[T] = Future()
        self._room.acquire()
        self._queue.put(lambda: self._make(call, future))
        return future

    def hurry(self) -> None:
        """Nothing else comes soon: what is there needn't wait."""
        self._hurried.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hurry()
        self._queue.put(None)
        self._server.join()
        self._threads.shutdown()

    def _serve(self) -> None:
        while (first := self._queue.get()) is not None:
            self._hurried.wait(self._pause)
            batch, last = [first], False
            while not self._queue.empty() and not last:
                one = self._queue.get()
                last = one is None
                if one is not None:
                    batch.append(one)
            wait([self._threads.submit(one) for one in batch])
            if last:
                return

    def _make(self, call: Callable[[], T], future: Future[T]) -> None:
        try:
            answer = call()
        except BaseException as error:  # noqa: BLE001  # whoever asks for the answer is told
            future.set_exception(error)
        else:
            future.set_result(answer)
        finally:
            self._room.release()
