"""What a store in a folder asks of the operating system, and its refusals as our errors."""
# Each system call and its order is the point here; so there is no pathlib:
# ruff: noqa: PTH102, PTH112, PTH120

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreDenied, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_MISSING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})


@contextmanager
def typed(key: str, right: str) -> Iterator[None]:
    """The operating system's reason, as one of our errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _MISSING and right == "read":
            raise Absent(f"{key} is not in the store") from error
        reason = error.strerror or str(error)
        if error.errno in _DENIED:
            raise StoreDenied(f"the store's folder refuses to {right} {key}: {reason}") from error
        raise StoreUnreachable(
            f"the store's folder can't {right} {key}: {reason}",
            hint="free some space, then run again"
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else None,
        ) from error


def make_root(path: str) -> None:
    """The store's folder with its missing parents, each entry of which is made durable."""
    if not os.path.isdir(path):
        parent = os.path.dirname(path)
        make_root(parent)
        with suppress(FileExistsError):
            os.mkdir(path)
        fsync_folder(parent)


def begin_writing(paths: Sequence[str]) -> None:
    """Files begin to be written back together, so that the first fsync waits for most of them."""
    if len(paths) < 2 or not hasattr(os, "posix_fadvise"):
        return
    for path in paths:
        with suppress(OSError):  # whoever fsyncs it is told
            handle = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def fsync_file(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_span(handle: int, start: int, length: int) -> bytes:
    pieces = []
    while length > 0:
        piece = os.pread(handle, length, start)
        if not piece:
            break
        pieces.append(piece)
        start, length = start + len(piece), length - len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def write_whole(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
