"""Copies of files: sharing their blocks where the file system can."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

BLOCK: Final = 1 << 30


def copy_file(source: str, target: Path) -> None:
    """An ordinary file as a new one of its own, with the right to execute; follows no link.

    Raises OSError, also where the target exists.
    """
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as reader, target.open("xb") as writer:
        if not _share(reader, writer):
            shutil.copyfileobj(reader, writer, 1 << 20)
        os.fchmod(writer.fileno(), 0o755 if os.fstat(handle).st_mode & 0o100 else 0o644)


def _share(reader: BinaryIO, writer: BinaryIO) -> bool:
    """Lets the system copy, on many file systems without moving a byte; False where it can't."""
    if not hasattr(os, "copy_file_range"):
        return False
    done = False
    try:
        while os.copy_file_range(reader.fileno(), writer.fileno(), BLOCK):
            done = True
    except OSError:
        if done:  # so it is no question of what the system can
            raise
    return done
