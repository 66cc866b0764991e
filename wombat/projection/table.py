"""The files that shall stand, and what of them does: a table on disk, however many there are."""

from __future__ import annotations

import sqlite3
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.projection.target import Target
    from wombat.store.lakefs.objects import Object

T = TypeVar("T")
BATCH: Final = 1000
SHOWN: Final = 10
ALONE: Final = -1
"""The folder of a file that belongs to no artifact."""
_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE wanted (
  path TEXT PRIMARY KEY, size INTEGER, content TEXT, folder INTEGER, row INTEGER,
  stands INTEGER DEFAULT 0, sum TEXT
) WITHOUT ROWID;
CREATE TABLE gone (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE strange (path TEXT PRIMARY KEY, blocks INTEGER) WITHOUT ROWID;
"""


class Collision(Exception):
    """Two files that would have one path."""


class Table:
    """Of one projection. It lives in a file of SQLite's own, which goes with it; for one thread."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def want(self, files: Iterable[tuple[str, int, str, int, int]]) -> None:
        """Files by path, size, content, and the folder and row that they come from. Collision."""
        for some in _batches(files):
            try:
                self._db.executemany(
                    "INSERT INTO wanted(path, size, content, folder, row) VALUES (?, ?, ?, ?, ?)",
                    some,
                )
            except sqlite3.IntegrityError:
                raise Collision(self._double(some)) from None

    def _double(self, some: list[tuple[str, int, str, int, int]]) -> str:
        folder = some[0][3]
        for path, *_ in some:
            for (other,) in self._db.execute("SELECT folder FROM wanted WHERE path = ?", (path,)):
                if other != folder:
                    return path
        return some[0][0]

    def compare(self, found: Iterable[Object], *, mine: bool = False) -> None:
        """Notes what stands of the wanted files, what of ours is to go, and what is another's.

        `mine`: of a run's own branch, on which nothing is anybody else's but what the target had.
        """
        self._db.execute("UPDATE wanted SET stands = 0")
        self._db.execute("DELETE FROM gone")
        if not mine:
            self._db.execute("DELETE FROM strange")
        for page in _batches(found):
            standing, gone, strange = [], [], []
            for one in page:
                row = self._row(one.path)
                ours = self._target.ours(one)
                if row is None and one.path != self._target.record:
                    if ours or (mine and not self._is_strange(one.path)):
                        gone.append((one.path,))
                    elif not mine:
                        strange.append((one.path, 0))
                elif not ours and not mine:
                    strange.append((one.path, 1))
                elif row is not None and self._same(one, row):
                    standing.append((one.path,))
            self._db.executemany("UPDATE wanted SET stands = 1 WHERE path = ?", standing)
            self._db.executemany("INSERT OR REPLACE INTO gone VALUES (?)", gone)
            self._db.executemany("INSERT OR REPLACE INTO strange VALUES (?, ?)", strange)

    def _row(self, path: str) -> tuple[int, str, str | None] | None:
        found = self._db.execute("SELECT size, content, sum FROM wanted WHERE path = ?", (path,))
        row: tuple[int, str, str | None] | None = found.fetchone()
        return row

    def _is_strange(self, path: str) -> bool:
        found = self._db.execute("SELECT 1 FROM strange WHERE path = ?", (path,))
        return found.fetchone() is not None

    def _same(self, one: Object, row: tuple[int, str, str | None]) -> bool:
        size, content, checksum = row
        if one.metadata != self._target.metadata(content) or one.size != size:
            return False
        return checksum is None or not is_md5(one.checksum) or one.checksum == checksum

    def sent(self, sums: Iterable[tuple[str, str]]) -> None:
        """Paths, and the MD5 of what was sent: from now on it counts in comparisons."""
        rows = [(checksum, path) for path, checksum in sums]
        self._db.executemany("UPDATE wanted SET sum = ? WHERE path = ?", rows)

    @property
    def missing(self) -> tuple[int, int]:
        """Files that don't stand as they shall, and their bytes."""
        asked = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM wanted WHERE stands = 0"
        files, size = self._db.execute(asked).fetchone()
        return int(files), int(size)

    @property
    def files(self) -> int:
        return int(self._db.execute("SELECT COUNT(*) FROM wanted").fetchone()[0])

    def to_send(self) -> Iterator[tuple[int, list[int]]]:
        """Folders in order, each with its rows that don't stand."""
        asked = "SELECT folder, row FROM wanted WHERE stands = 0 AND folder >= 0 ORDER BY 1, 2"
        rows = self._db.execute(asked)
        for folder, some in groupby(rows, key=itemgetter(0)):
            yield int(folder), [int(row) for _, row in some]

    @property
    def to_delete(self) -> list[str]:
        return [path for (path,) in self._db.execute("SELECT path FROM gone ORDER BY 1")]

    def wrong(self) -> list[str]:
        """Some paths at which something else stands, or nothing, or at which nothing should."""
        asked = "SELECT path FROM wanted WHERE stands = 0 UNION ALL SELECT path FROM gone LIMIT ?"
        return [path for (path,) in self._db.execute(asked, (SHOWN,))]

    def strange(self, *, blocks: bool) -> tuple[int, list[str]]:
        """How many files of others there are, and the first of their paths: those at paths that
        are wanted, or the rest."""
        (count,) = self._db.execute(
            "SELECT COUNT(*) FROM strange WHERE blocks = ?", (blocks,)
        ).fetchone()
        asked = "SELECT path FROM strange WHERE blocks = ? ORDER BY 1 LIMIT ?"
        return int(count), [path for (path,) in self._db.execute(asked, (blocks, SHOWN))]


def is_md5(checksum: str) -> bool:
    return len(checksum) == 32 and all(c in "0123456789abcdef" for c in checksum)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, BATCH)):
        yield some
