"""A store in a folder: the same names, made durable by fsync and created once by link(2)."""
# Each system call and its order is the point here, and what is tested; so there is no pathlib:
# ruff: noqa: PTH102, PTH104, PTH108, PTH110, PTH116, PTH118, PTH120

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
from wombat.store.disk import fsync_folder, make_root, read_span, typed, write_whole
from wombat.store.leftovers import ends_with, remove_leftovers, temporary_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TEMPORARY: Final = "tmp"
ZONED: Final = re.compile(r"(?:t|u|local)/[^/]+/")
_EAGER: Final = 1 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


class LocalBlobs:
    """A final name always holds complete, fsynced bytes: what is put gets its name in `sync`.

    Temporary files lie in `tmp/` of their zone, so nobody needs a right on another. Not retried.
    """

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self._pending: dict[str, str] = {}
        ends_with(self, self._pending)
        self._durable: set[str] = set()
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._lost: set[str] = set()
        self._broken: Exception | None = None
        self._count = itertools.count()

    @property
    def atomic(self) -> bool:
        """Whether the file system knows link(2); leaves nothing behind."""
        with typed("a link", "write"):
            first = self._write_temporary("", b"", "probe")
            second = f"{first}.link"
            try:
                os.link(first, second)
            except OSError as error:
                if error.errno in _NO_LINKS:
                    return False
                raise
            finally:
                for path in (first, second):
                    with suppress(FileNotFoundError):
                        os.unlink(path)
        return True

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
                self._fsync_folder(os.path.dirname(path))
                with self._lock:
                    self._lost.discard(key)
                return
            with self._lock:
                self._pending[key] = temporary
                self._lost.discard(key)

    def create(self, key: str, data: bytes) -> Created:
        with typed(key, "write"):
            path = self._path(key)
            self._make_folder(os.path.dirname(path))
            temporary = self._write_temporary(key, data, "create", durable=True)
            try:
                created = self._place(temporary, path)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)
            self._fsync_folder(os.path.dirname(path))
            return created

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        found = (key for key in self._walk(folder, after) if key.startswith(prefix))
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
            if self._broken is not None:
                raise self._broken
            with self._lock:
                batch = dict(self._pending)
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
        for temporary in batch.values():
            handle = os.open(temporary, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        spoiled: Spoiled | None = None
        folders = set()
        placed = []
        for key, temporary in batch.items():
            path = self._path(key)
            folders.add(os.path.dirname(path))
            self._make_folder(os.path.dirname(path))
            try:
                if self._place(temporary, path) is Created.EXISTS:
                    self._compare(key, path, temporary)
            except Spoiled as error:
                spoiled = spoiled or error
            else:
                placed.append(key)
        for folder in sorted(folders):
            self._fsync_folder(folder)
        for key in placed:
            with self._lock:
                temporary = self._pending.pop(key)
            with suppress(FileNotFoundError):
                os.unlink(temporary)
        if spoiled is not None:
            raise spoiled

    def _fsync_folder(self, path: str) -> None:
        """Where it fails, the kernel may have dropped names that a second fsync says are there: so
        nothing that this process writes becomes durable any more."""
        try:
            fsync_folder(path)
        except OSError as error:
            self._broken = StoreUnreachable(
                f"the store's folder can't make its names durable: {error.strerror}",
                hint="look at the disk; nothing more is written there by this command",
            )
            raise

    def _place(self, temporary: str, path: str) -> Created:
        """Gives the final name to a complete file; never overwrites where links exist."""
        try:
            os.link(temporary, path)
        except FileExistsError:
            # A network file system may have linked, lost its answer and tried again.
            landed = os.stat(temporary).st_nlink > 1
            return Created.LANDED if landed else Created.EXISTS
        except OSError as error:
            if error.errno not in _NO_LINKS or not os.access(os.path.dirname(path), os.W_OK):
                raise
            if os.path.exists(path):
                return Created.EXISTS
            os.rename(temporary, path)
        return Created.LANDED

    def _compare(self, key: str, path: str, temporary: str) -> None:
        """What has a content's name and other bytes is damaged, and ours would never be read."""
        if not filecmp.cmp(path, temporary, shallow=False):
            raise Spoiled(key)

    def _write_temporary(self, key: str, data: bytes, what: str, *, durable: bool = False) -> str:
        path = os.path.join(self._temporaries(key), temporary_name(what, next(self._count)))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            write_whole(handle, data)
            if durable:
                os.fsync(handle)
            elif len(data) > _EAGER and hasattr(os, "posix_fadvise"):
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
        if folder not in self._durable:
            self._make_folder(folder)
            remove_leftovers(folder)
        return folder

    def _make_folder(self, path: str) -> None:
        """Makes it and fsyncs its ancestors once, even where another process has just made it."""
        if path in self._durable:
            return
        if path != self.root:
            self._make_folder(os.path.dirname(path))
            with suppress(FileExistsError):
                os.mkdir(path)
            self._fsync_folder(os.path.dirname(path))
        else:
            make_root(path)
        self._durable.add(path)

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

    def _walk(self, folder: str, after: str) -> Iterator[str]:
        """In byte order of whole keys: a folder sorts as its name with a slash."""
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
            elif (key > after or after.startswith(key)) and not _passing(key):
                yield from self._walk(key[:-1], after)

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
