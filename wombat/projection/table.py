"""The files that shall stand, and what of them does: a table on disk, however many there are."""

from __future__ import annotations

import sqlite3
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeVar

from wombat.errors import DiskFault
from wombat.projection.target import SUM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.projection.target import Target
    from wombat.store.lakefs.objects import Object

T = TypeVar("T")
_Row = tuple[int, str, int, "str | None"]
BATCH: Final = 1000
SHOWN: Final = 10
ALONE: Final = -1
"""The folder of a file that belongs to no artifact."""
WHOLE: Final = 2 << 20
"""Files up to this size are held in memory while they are sent: so their MD5 can go before them."""
_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE wanted (
  path TEXT PRIMARY KEY, size INTEGER, content TEXT, folder INTEGER, row INTEGER,
  executable INTEGER, stands INTEGER DEFAULT 0, sum TEXT
) WITHOUT ROWID;
CREATE TABLE gone (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE strange (path TEXT PRIMARY KEY, blocks INTEGER) WITHOUT ROWID;
"""


class Collision(Exception):
    """Two files that would have one path."""


class Wanted(NamedTuple):
    """A file that shall stand; the folder and row that it comes from."""

    path: str
    size: int
    content: str
    folder: int = ALONE
    row: int = 0
    executable: bool = False


class Table:
    """Of one projection. It lives in a file of SQLite's own, which goes with it; for one thread."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._db.close()
        if isinstance(error, sqlite3.OperationalError):
            raise DiskFault(
                f"a table of the files that shall stand can't be kept: {error}",
                hint="free some space where temporary files stand, or name another place: "
                "SQLITE_TMPDIR",
            ) from error

    def want(self, files: Iterable[Wanted]) -> None:
        """Collision."""
        for some in _batches(files):
            try:
                self._db.executemany(
                    "INSERT INTO wanted(path, size, content, folder, row, executable) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    some,
                )
            except sqlite3.IntegrityError:
                raise Collision(self._double(some)) from None

    def _double(self, some: list[Wanted]) -> str:
        folder = some[0].folder
        for path, *_ in some:
            for (other,) in self._db.execute("SELECT folder FROM wanted WHERE path = ?", (path,)):
                if other != folder:
                    return path
        return some[0][0]

    def compare(
        self, found: Iterable[Object], sums: Mapping[str, str] | None = None, *, mine: bool = False
    ) -> None:
        """Notes what stands of the wanted files, what of ours is to go, and what is another's.

        `sums`: MD5 of large files, by content. `mine`: of a run's own branch, on which nothing is
        anybody else's but what the target had.
        """
        given = sums or {}
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
                elif row is not None and self._same(one, row, given.get(row[1]), mine=mine):
                    standing.append((one.checksum if is_md5(one.checksum) else None, one.path))
            self._db.executemany(
                "UPDATE wanted SET stands = 1, sum = COALESCE(sum, ?) WHERE path = ?", standing
            )
            self._db.executemany("INSERT OR REPLACE INTO gone VALUES (?)", gone)
            self._db.executemany("INSERT OR REPLACE INTO strange VALUES (?, ?)", strange)

    def _row(self, path: str) -> _Row | None:
        asked = "SELECT size, content, executable, sum FROM wanted WHERE path = ?"
        row: _Row | None = self._db.execute(asked, (path,)).fetchone()
        return row

    def _is_strange(self, path: str) -> bool:
        found = self._db.execute("SELECT 1 FROM strange WHERE path = ?", (path,))
        return found.fetchone() is not None

    def _same(self, one: Object, row: _Row, told: str | None, *, mine: bool) -> bool:
        """By what is said of it, its size, and its MD5: of what this command sent, or as it was
        noted beside the file or, of a large one, in the record. A try that was killed may have left
        large ones on its branch that no record names yet: lakeFS compared them as they came."""
        size, content, executable, sent = row
        about = self._target.metadata(content, executable=bool(executable))
        if {k: v for k, v in one.metadata.items() if k != SUM} != about or one.size != size:
            return False
        noted = one.metadata.get(SUM)
        if size <= WHOLE and noted is None:
            return False
        wanted = sent or noted or told
        if not is_md5(one.checksum) or (mine and wanted is None):
            return True
        return wanted == one.checksum and noted in (None, wanted)

    def sent(self, sums: Iterable[tuple[str, str]]) -> None:
        """Paths, and the MD5 of what was sent: from now on it counts in comparisons."""
        rows = [(checksum, path) for path, checksum in sums]
        self._db.executemany("UPDATE wanted SET sum = ? WHERE path = ?", rows)

    def large(self) -> dict[str, str]:
        """MD5 of the files that are sent without it beside them, by their content."""
        asked = "SELECT content, sum FROM wanted WHERE size > ? AND folder >= 0 AND sum IS NOT NULL"
        return dict(self._db.execute(asked, (WHOLE,)))

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
