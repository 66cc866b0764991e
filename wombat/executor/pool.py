"""Warm workers: each task gets an idle one, or a new one where none is."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from wombat.executor.process import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Stopped(Exception):
    """The pool was stopped while a task wanted a worker."""


class Pool:
    """Workers of one project; safe for threads. As a context it leaves no process behind."""

    def __init__(self, root: Path, environ: Mapping[str, str] | None = None) -> None:
        self._root = root
        self._environ = dict(os.environ if environ is None else environ)
        self._lock = threading.Lock()
        self._all: set[Worker] = set()
        self._idle: list[Worker] = []
        self._stopped = False

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker for one task; one that lives on is warm for the next."""
        taken = self._take()
        try:
            yield taken
        finally:
            self._give(taken)

    def _take(self) -> Worker:
        with self._lock:
            if self._stopped:
                raise Stopped
            while self._idle:
                if (warm := self._idle.pop()).alive:
                    return warm
            fresh = Worker(self._root, self._environ)
            self._all.add(fresh)
            return fresh

    def _give(self, worker: Worker) -> None:
        with self._lock:
            if worker.alive and not self._stopped:
                self._idle.append(worker)
            elif not worker.alive:
                self._all.discard(worker)

    def stop(self) -> None:
        """Ends every worker with its children: idle ones by themselves, busy ones by signals."""
        with self._lock:
            self._stopped = True
            idle, workers = set(self._idle), list(self._all)
        for worker in workers:
            if worker in idle:
                worker.dismiss()
            else:
                worker.terminate()
        for worker in workers:
            worker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
