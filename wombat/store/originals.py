"""The user's files as they are pushed: no links are followed, no changes go unnoticed."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wombat.errors import DataInvalid
from wombat.store.tree import Found, stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK: Final = 4 << 20


@contextmanager
def opened(found: Found) -> Iterator[int]:
    """The very file that was looked at: no link, no pipe that took its place.

    Raises DataInvalid where it can't be read, and at the end where it was written meanwhile.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(found.place, flags)
    except OSError as error:
        raise _unreadable(found, error) from error
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise DataInvalid(f"'{found.path}' is no regular file", code="artifact-path")
        yield handle
        after = os.fstat(handle)
        sizes = {found.size, before.st_size, after.st_size}
        # The inode's time tells of a writer who puts the other time back.
        if stamp_of(before) != stamp_of(after) or len(sizes) > 1:
            raise changed(found)
    finally:
        os.close(handle)


def read_at(found: Found, handle: int, start: int, length: int = BLOCK) -> bytes:
    """DataInvalid where the file has grown, or can't be read."""
    try:
        data = os.pread(handle, length, start)
    except OSError as error:
        raise _unreadable(found, error) from error
    if start + len(data) > found.size:
        raise changed(found)
    return data


def as_found(found: Found, handle: int) -> bool:
    """Whether the open file is still the one that was met, and unwritten since."""
    status = os.fstat(handle)
    return (found.size, found.stamp) == (status.st_size, stamp_of(status))


def changed(found: Found) -> DataInvalid:
    return DataInvalid(
        f"'{found.path}' changed while it was stored",
        code="artifact-changed",
        hint="whatever writes it has to end before its task does",
    )


def _unreadable(found: Found, error: OSError) -> DataInvalid:
    return DataInvalid(f"'{found.path}' can't be read: {error.strerror}", code="artifact-path")
