"""What records and manifests name, kept locally: a later collection reads only what is new."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from blake3 import blake3

from wombat.store.gc.named import Passing
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wombat.store.blobs import Entry

V = TypeVar("V", bytes, "bytes | None")
BATCH: Final = 2_048
_TABLE: Final = "CREATE TABLE IF NOT EXISTS marks (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"


def _open(path: Path | None) -> sqlite3.Connection:
    """In memory where there is no place for it, or what is there is damaged."""
    if path is not None:
        with suppress(OSError, sqlite3.Error):
            path.parent.mkdir(parents=True, exist_ok=True)
            found = sqlite3.connect(path, timeout=10)
            found.execute(_TABLE)
            return found
    found = sqlite3.connect(":memory:")
    found.execute(_TABLE)
    return found


@dataclass(slots=True)
class Marks:
    """A cache, by name, size and time of an object, each line with its own proof.

    Objects never change under their names, so a line is as good as the object. One that is
    damaged is none. For one thread.
    """

    path: Path | None = None
    read: int = 0
    """How many objects had to be read."""
    _base: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self._base = _open(self.path)

    def get(self, entry: Entry) -> bytes | None:
        key = _key(entry)
        try:
            row = self._base.execute("SELECT value FROM marks WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            return None
        if row is None or row[0][:16] != _proof(key, row[0][16:]):
            return None
        return bytes(row[0][16:])

    def put(self, entry: Entry, value: bytes) -> None:
        key = _key(entry)
        row = (key, _proof(key, value) + value)
        with suppress(sqlite3.Error):
            self._base.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", row)

    def save(self) -> None:
        with suppress(sqlite3.Error):
            self._base.commit()

    def of(
        self, entries: Iterable[Entry], read: Callable[[Entry], V]
    ) -> Iterator[tuple[Entry, V | bytes]]:
        """Each with what it names, in any order; what isn't known is read, side by side.

        What `read` has no answer for, or one for now alone (Passing), isn't kept.
        """
        rest = iter(entries)
        while batch := list(islice(rest, BATCH)):
            unknown = []
            for entry in batch:
                if (value := self.get(entry)) is None:
                    unknown.append(entry)
                else:
                    yield entry, value
            for entry, value in zip(unknown, each(read, unknown), strict=True):
                self.read += 1
                if value is not None and not isinstance(value, Passing):
                    self.put(entry, value)
                yield entry, value
            self.save()


def _key(entry: Entry) -> bytes:
    return blake3(f"{entry.key}\n{entry.size}\n{entry.time!r}".encode()).digest()


def _proof(key: bytes, value: bytes) -> bytes:
    return blake3(key + value).digest(length=16)
