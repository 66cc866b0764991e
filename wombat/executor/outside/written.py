"""A file that is written while it comes: what the disk refuses is none of the network's faults."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wombat.errors import DiskFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def written(file: Path) -> Iterator[Callable[[bytes], None]]:
    """Gives what writes a piece; whole at the end, or DiskFault."""
    with _told():
        stream = file.open("wb")

    def write(piece: bytes) -> None:
        with _told():
            stream.write(piece)

    try:
        yield write
    except BaseException:
        with suppress(OSError):
            stream.close()
        raise
    with _told():
        stream.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise DiskFault.of(fault) from None
