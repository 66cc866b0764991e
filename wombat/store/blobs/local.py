"""A store in a folder: the same names, made durable by fsync and created once by link(2)."""
# Each system call and its order is the point here, and what is tested; so there is no pathlib:
# ruff: noqa: PTH108, PTH110, PTH118, PTH120

from __future__ import annotations

import errno
import filecmp
import itertools
import os
import re
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from wombat.errors import Absent, StoreUnreachable, UsageFault
from wombat.store.blobs import BlobStore, Created, Entry, Opener, Spoiled, Stat
from wombat.store.disk import begin_writing, fsync_file, read_span, typed, write_whole
from wombat.store.leftovers import ends_with, remove_leftovers, temporary_name
from wombat.store.together import Batch, Folders, Records, linked, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TEMPORARY: Final = "tmp"
ZONED: Final = re.compile(r"(?:t|u|local)/[^/]+/")
_EAGER: Final = 1 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalBlobs:
    """A final name always holds complete, fsynced bytes: what is put gets its name in `sync`.

    Temporary files lie in `tmp/` of their zone, so nobody needs a right on another. Not retried.
    """

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self._pending: dict[str, str] = {}
        ends_with(self, self._pending)
        self._folders = Folders(self.root)
        self._records = Records(self._folders)
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._lost: set[str] = set()
        self._count = itertools.count()

    @property
    def atomic(self) -> bool:
        """Whether the file system knows link(2); leaves nothing behind."""
        with typed("a link", "write"):
            first = self._write_temporary("", b"", "probe")
            second = f"{first}.link"
            try:
                return bool(linked(first, second))
            finally:
                for path in (first, second):
                    with suppress(FileNotFoundError):
                        os.unlink(path)

    def get(self, key: str) -> bytes:
        with self._opened(key) as handle:
            size = os.fstat(handle).st_size
            return read_span(handle, 0, size)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with self._opened(key) as handle:
            return read_span(handle, start, length)

    def put(self, key: str, data: bytes) -> None:
        with typed(key, "write"):
            path = self._path(key)
            with self._lock:
                if key in self._pending:
                    return
            try:
                temporary = self._write_temporary(key, data, "put")
            except OSError as error:
                if error.errno in _FULL:
                    self._make_room()
                raise
            if os.path.exists(path):
                try:
                    self._compare(key, path, temporary)
                finally:
                    os.unlink(temporary)
                # Its writer may not have come as far as the folder's fsync.
                self._folders.fsync(os.path.dirname(path))
                with self._lock:
                    self._lost.discard(key)
                return
            with self._lock:
                self._pending[key] = temporary
                self._lost.discard(key)

    def create(self, key: str, data: bytes) -> Created:
        with typed(key, "write"):
            path = self._path(key)
            return self._records.create(path, self._write_temporary(key, data, "create"))

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        found = (key for key in self._walk(folder, after, prefix) if key.startswith(prefix))
        return itertools.islice((key for key in found if key > after), limit)

    def folders(self, prefix: str) -> Iterator[str]:
        """One that is empty, as a killed writer leaves it, is listed too."""
        with typed(prefix, "list"):
            try:
                with os.scandir(self._path(prefix.rstrip("/"))) as found:
                    return iter(sorted(e.name for e in found if e.is_dir(follow_symlinks=False)))
            except (FileNotFoundError, NotADirectoryError):
                return iter(())

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        for key in self.list(prefix, after=after):
            with suppress(Absent):
                found = self.stat(key)
                yield Entry(key, found.size, found.time)

    def delete(self, keys: Iterable[str]) -> None:
        first: StoreUnreachable | None = None
        for key in keys:
            try:
                with typed(key, "delete"), suppress(FileNotFoundError):
                    os.unlink(self._path(key))
            except StoreUnreachable as error:
                first = first or error
        if first is not None:
            raise first

    def stat(self, key: str) -> Stat:
        with self._opened(key) as handle:
            status = os.fstat(handle)
        return Stat(status.st_size, status.st_mtime)

    def sync(self) -> None:
        """Serialised, so that nobody returns while another thread holds his part of the batch."""
        with self._syncing:
            if self._folders.broken is not None:
                raise self._folders.broken
            with self._lock:
                batch = dict(self._pending)
            if not batch:
                return
            try:
                with typed("a batch of new objects", "write"):
                    self._land(batch)
            except Spoiled as error:
                self._forget([error.key])
                raise
            except BaseException:
                # After a failed fsync the kernel may have dropped the pages: no second try.
                self._forget(batch)
                raise

    def unsent(self, keys: Iterable[str]) -> str | None:
        with self._lock:
            return next((key for key in keys if key in self._lost), None)

    def _make_room(self) -> None:
        """A full disk doesn't stay full by what waits here: whoever needs it puts it again."""
        with self._syncing:
            with self._lock:
                keys = list(self._pending)
            self._forget(keys)

    def _forget(self, keys: Iterable[str]) -> None:
        """They are durable nowhere: whoever needs them puts them again, from their bytes."""
        with self._lock:
            self._lost.update(keys)
            gone = [self._pending.pop(key) for key in keys if key in self._pending]
        for temporary in gone:
            with suppress(OSError):
                os.unlink(temporary)

    def _land(self, batch: dict[str, str]) -> None:
        """Of what other bytes stand in the way of the rest lands all the same: each sync raises one
        Spoiled."""
        begin_writing([*batch.values()])
        for temporary in batch.values():
            fsync_file(temporary)
        spoiled: Spoiled | None = None
        folders = Batch(self._folders)
        placed = []
        for key, temporary in batch.items():
            path = self._path(key)
            folder = os.path.dirname(path)
            folders.make(folder)
            try:
                if place(temporary, path) is Created.EXISTS:
                    self._compare(key, path, temporary)
                folders.add(folder)
            except Spoiled as error:
                spoiled = spoiled or error
            else:
                placed.append(key)
        folders.settle()
        for key in placed:
            with self._lock:
                temporary = self._pending.pop(key)
            with suppress(FileNotFoundError):
                os.unlink(temporary)
        if spoiled is not None:
            raise spoiled

    def _compare(self, key: str, path: str, temporary: str) -> None:
        """What has a content's name and other bytes is damaged, and ours would never be read."""
        if not filecmp.cmp(path, temporary, shallow=False):
            raise Spoiled(key)

    def _write_temporary(self, key: str, data: bytes, what: str) -> str:
        path = os.path.join(self._temporaries(key), temporary_name(what, next(self._count)))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            write_whole(handle, data)
            if len(data) > _EAGER and hasattr(os, "posix_fadvise"):
                # Begins to write it back, so that little is left to wait for when it is fsynced.
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(handle)
        return path

    def _temporaries(self, key: str) -> str:
        """The folder of the zone's temporary files; looked through once for old leftovers."""
        zone = ZONED.match(key)
        folder = os.path.join(self.root, zone.group() if zone else "", TEMPORARY)
        if folder not in self._folders.durable:
            self._folders.make(folder)
            remove_leftovers(folder)
        return folder

    @contextmanager
    def _opened(self, key: str) -> Iterator[int]:
        with typed(key, "read"):
            handle = self._open(key)
            try:
                yield handle
            finally:
                os.close(handle)

    def _open(self, key: str) -> int:
        path = self._path(key)
        with self._lock:
            waiting = self._pending.get(key)
        if waiting is not None:
            # Its name may become the final one at this moment.
            with suppress(FileNotFoundError):
                return os.open(waiting, os.O_RDONLY | os.O_CLOEXEC)
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _walk(self, folder: str, after: str, prefix: str) -> Iterator[str]:
        """In byte order of whole keys: a folder sorts as its name with a slash. Folders in which
        nothing can begin with `prefix` aren't opened."""
        try:
            with os.scandir(self._path(folder) if folder else self.root) as entries:
                found = sorted(
                    (f"{e.name}/" if e.is_dir(follow_symlinks=False) else e.name) for e in entries
                )
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            with typed(folder, "list"):
                raise error from None
        base = f"{folder}/" if folder else ""
        for name in found:
            key = base + name
            if not name.endswith("/"):
                yield key
            elif not (key.startswith(prefix) or prefix.startswith(key)):
                continue
            elif (key > after or after.startswith(key)) and not _passing(key):
                yield from self._walk(key[:-1], after, prefix)

    def _path(self, key: str) -> str:
        steps = key.split("/")
        if not all(steps) or any(s in (".", "..") for s in steps) or "\0" in key:
            raise UsageFault(f"{key[:80]!r} can't be a name in the store", code="store-name")
        return os.path.join(self.root, *steps)


def _passing(folder: str) -> bool:
    """Whether a folder is one of temporary files: of a zone, or the store's."""
    zone = ZONED.match(folder)
    return folder == f"{zone.group() if zone else ''}{TEMPORARY}/"


def _open_folder(address: str) -> BlobStore:
    path = unquote(urlsplit(address).path) if address.startswith("file:") else address
    return LocalBlobs(Path(path).expanduser().absolute())


BLOBS: Final[Opener] = _open_folder
