"""Folders in which parts are done: made for each attempt, and taken away after it."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from wombat.executor.context import WORK
from wombat.executor.request import entries_below

if TYPE_CHECKING:
    from wombat.executor.context import Context

SMALL: Final = 1 << 20
"""Bytes of one folder that may wait; a folder has some files at most."""
FILES: Final = 64
WAITING: Final = 4096
"""Folders that wait at most: 4 GiB, where tasks of many such come so near to the limits."""


def make_scratch(context: Context) -> Path:
    """A new folder below `.wombat/scratch`."""
    try:
        return Path(tempfile.mkdtemp(prefix="task-", dir=context.root / WORK / "scratch"))
    except FileNotFoundError:
        return Path(tempfile.mkdtemp(prefix="task-", dir=context.work("scratch")))


def remove(folder: Path) -> None:
    """What can't be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)


class Leavings:
    """Scratch folders of a run that are over. Large ones go at once, small ones when it ends: to
    remove them costs as much as a small task, and file systems are slow in using again at once
    what was just removed. Safe for threads."""

    def __init__(self) -> None:
        self._waiting: list[Path] = []
        self._lock = threading.Lock()

    def add(self, folder: Path) -> None:
        with self._lock:
            wait = len(self._waiting) < WAITING and is_small(folder)
            if wait:
                self._waiting.append(folder)
        if not wait:
            remove(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for folder in self._waiting:
            remove(folder)


def is_small(folder: Path) -> bool:
    """Whether little lies below a folder; looks no further than it has to."""
    whole = 0
    try:
        for number, (_, size) in enumerate(entries_below(str(folder)), 1):
            whole += size
            if number > FILES or whole > SMALL:
                return False
    except OSError:  # a task may have taken away its own rights
        return False
    return True
