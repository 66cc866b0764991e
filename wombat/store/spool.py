"""Bytes that wait to become one object: in memory while they are few, then on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import IO

HELD: Final = 8 << 20
"""Bytes that wait in memory."""
_ROOM: Final = 256 << 20
"""Left free in the file (a hole) for what comes before the blocks and is known last."""


@dataclass(slots=True)
class Spool:
    """Takes blocks one after another; joins them, with a start, into one piece at the end."""

    length: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _file: IO[bytes] | None = None

    def append(self, data: bytes) -> None:
        if self._file is None and self.length + len(data) > HELD:
            import tempfile

            self._file = tempfile.TemporaryFile(prefix="wombat-")  # noqa: SIM115 -- `close` does
            self._file.seek(_ROOM)
            self._file.write(b"".join(self._parts))
            self._parts.clear()
        if self._file is None:
            self._parts.append(data)
        else:
            self._file.write(data)
        self.length += len(data)

    def joined(self, start: bytes) -> bytes:
        """`start` and all blocks, which are in memory only once; may be asked for again."""
        if self._file is None:
            return b"".join((start, *self._parts))
        self._file.flush()
        handle, at, size = self._file.fileno(), _ROOM - len(start), len(start) + self.length
        os.pwrite(handle, start, at)
        data = os.pread(handle, size, at)
        if len(data) != size:
            raise OSError(f"a temporary file gave {len(data)} of {size} bytes")
        return data

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
