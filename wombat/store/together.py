"""What becomes durable together in a folder: names, folders, and records of several threads."""
# Each system call and its order is the point here, and what is tested; so there is no pathlib:
# ruff: noqa: PTH102, PTH104, PTH108, PTH110, PTH116, PTH120

from __future__ import annotations

import errno
import os
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.errors import StoreUnreachable
from wombat.store.blobs import Created
from wombat.store.disk import begin_writing, fsync_file, fsync_folder, make_root

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def linked(temporary: str, path: str) -> bool | None:
    """Whether a complete file got a second name; None where the file system knows no link(2)."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS or not os.access(os.path.dirname(path), os.W_OK):
            raise
        return None
    return True


def place(temporary: str, path: str) -> Created:
    """Gives the final name to a complete file; never overwrites where links exist."""
    try:
        if linked(temporary, path):
            return Created.LANDED
    except FileExistsError:
        # A network file system may have linked, lost its answer and tried again.
        landed = os.stat(temporary).st_nlink > 1
        return Created.LANDED if landed else Created.EXISTS
    if os.path.exists(path):
        return Created.EXISTS
    os.rename(temporary, path)
    return Created.LANDED


class Folders:
    """The folders of a store: which are known to be durable, and whether they still become so."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.durable: set[str] = set()
        self.broken: Exception | None = None

    def make(self, path: str) -> None:
        """Durable on return, its ancestors too, even where another process has just made them."""
        batch = Batch(self)
        batch.make(path)
        batch.settle()

    def fsync(self, path: str) -> None:
        """Where it fails, the kernel may have dropped names that a second fsync says are there: so
        nothing that this process writes becomes durable any more."""
        try:
            fsync_folder(path)
        except OSError as error:
            self.broken = StoreUnreachable(
                f"the store's folder can't make its names durable: {error.strerror}",
                hint="look at the disk; nothing more is written there by this command",
            )
            raise


class Batch:
    """Folders that get new names, made where they are missing; each is fsynced once, at the end."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._touched: set[str] = set()
        self._made: set[str] = set()

    def add(self, path: str) -> None:
        """A folder that got a name."""
        self._touched.add(path)

    def make(self, path: str) -> None:
        if path in self._folders.durable or path in self._made:
            return
        if path == self._folders.root:
            make_root(path)
        else:
            parent = os.path.dirname(path)
            self.make(parent)
            with suppress(FileExistsError):
                os.mkdir(path)
            self._touched.add(parent)
        self._made.add(path)

    def settle(self) -> None:
        """From now on all names in them are durable."""
        for folder in sorted(self._touched):
            self._folders.fsync(folder)
        self._folders.durable.update(self._made)


@dataclass(slots=True)
class _Record:
    """A record on its way: where it waits, and what became of it."""

    path: str
    temporary: str
    created: Created = Created.EXISTS
    error: OSError | None = None
    settled: bool = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """What the operating system refuses is told to whoever creates it."""
        try:
            yield
        except OSError as error:
            self.error = error


class Records:
    """Records that threads create at one moment share their fsyncs: whoever comes first commits all
    that wait, and the others find theirs done."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._waiting: list[_Record] = []
        self._lock = threading.Lock()
        self._committing = threading.Lock()

    def create(self, path: str, temporary: str) -> Created:
        """Durable on return, and the temporary file is gone. Raises OSError."""
        mine = _Record(path, temporary)
        with self._lock:
            self._waiting.append(mine)
        try:
            with self._committing:
                if not mine.settled:
                    self._commit()
        finally:
            with suppress(OSError):
                os.unlink(temporary)
        if mine.error is not None:
            raise mine.error
        return mine.created

    def _commit(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        try:
            self._settle(batch)
        except BaseException:
            # Whoever is interrupted leaves the others theirs to do.
            with self._lock:
                self._waiting = [one for one in batch if not one.settled] + self._waiting
            raise

    def _settle(self, batch: list[_Record]) -> None:
        """What fails of one record fails that one; a folder that fails, all of them."""
        begin_writing([one.temporary for one in batch])
        for one in batch:
            with one.noted():
                fsync_file(one.temporary)
        folders = Batch(self._folders)
        for one in batch:
            if one.error is None:
                with one.noted():
                    folder = os.path.dirname(one.path)
                    folders.make(folder)
                    one.created = place(one.temporary, one.path)
                    folders.add(folder)
        try:
            folders.settle()
        except OSError as error:
            for one in batch:
                one.error = one.error or error
        for one in batch:
            one.settled = True
