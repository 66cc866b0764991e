"""Writes files below one folder by handles: never through a link, never outside."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from wombat.errors import StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Below:
    """The folder, and those below it that lead to the last file. For one thread."""

    def __init__(self, root: Path) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handles = [os.open(root, flags)]
        self._steps: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._leave(0)
        os.close(self._handles.pop())

    def write(self, path: str, executable: bool, data: Iterable[bytes | memoryview]) -> None:
        """Creates the file, which must be new; its path was checked."""
        handle = self.create(path, executable)
        try:
            for piece in data:
                view = memoryview(piece)
                while view:
                    view = view[os.write(handle, view) :]
        finally:
            os.close(handle)

    def create(self, path: str, executable: bool) -> int:
        """The handle of a new file, to be closed by the caller."""
        *folders, name = path.split("/")
        if folders != self._steps:
            self._enter(folders)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(name, flags, 0o777 if executable else 0o666, dir_fd=self._handles[-1])
        except FileExistsError as error:
            raise StoreDamaged(f"'{path}' would be written twice") from error

    def _enter(self, folders: list[str]) -> None:
        shared = 0
        while shared < min(len(folders), len(self._steps)) and (
            folders[shared] == self._steps[shared]
        ):
            shared += 1
        self._leave(shared)
        for step in folders[shared:]:
            # What exists is a folder of ours that was left before; anything else fails to open.
            with suppress(FileExistsError):
                os.mkdir(step, dir_fd=self._handles[-1])
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            self._handles.append(os.open(step, flags, dir_fd=self._handles[-1]))
            self._steps.append(step)

    def _leave(self, depth: int) -> None:
        while len(self._steps) > depth:
            self._steps.pop()
            os.close(self._handles.pop())
