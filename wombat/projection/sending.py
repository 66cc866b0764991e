"""Files on their way from the store to a branch: read, verified and sent side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import md5
from itertools import islice
from typing import TYPE_CHECKING, Final

from wombat.projection.faults import audit
from wombat.projection.table import WHOLE, is_md5
from wombat.projection.target import SUM
from wombat.store.lakefs import objects
from wombat.store.lakefs.client import WIDTH
from wombat.store.parallel import as_done, each
from wombat.store.streaming import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wombat.projection.layout import Folder
    from wombat.projection.table import Table
    from wombat.projection.target import Target
    from wombat.store import Manifest, Progress, Store
    from wombat.store.lakefs.wire import Body
    from wombat.store.sections import FileRow
    from wombat.store.streaming import Stream

ROWS: Final = 4096
"""Files of one artifact whose packs are looked up together."""
TRIES: Final = 3


def manifests(store: Store, folders: Sequence[Folder]) -> Iterator[Manifest]:
    """Of each folder in order, asked for side by side."""
    return each(lambda one: store.manifest(one.artifact), folders)


def send(
    store: Store,
    target: Target,
    branch: str,
    *,
    folders: Sequence[Folder],
    table: Table,
    progress: Progress | None,
) -> tuple[int, int]:
    """Sends what doesn't stand: how many files, and bytes. Memory holds a file of 2 MiB at most for
    each connection, and a few packs.

    Absent where the branch is gone; StoreDamaged, also where the server has other bytes than were
    sent, several times.
    """
    total, files, done = table.missing[1], 0, 0
    held: set[_Some] = set()
    sums: list[tuple[str, str]] = []
    try:
        jobs = _jobs(store, folders, list(table.to_send()), held)
        for job, checksum in as_done(lambda one: _sent(target, branch, one), jobs, width=WIDTH):
            sums.append((target.root + job.path, checksum))
            if len(sums) >= ROWS:
                table.sent(sums)
                sums.clear()
            files, done = files + 1, done + job.row.file.size
            job.of.left -= 1
            if not job.of.left:
                held.remove(job.of)
                job.of.streams.close()
            if progress:
                progress(done, total)
    finally:
        for some in held:
            some.streams.close()
    table.sent(sums)
    return files, done


@dataclass(eq=False)
class _Some:
    """Files that are read through the same packs."""

    streams: Streams
    left: int


@dataclass(frozen=True)
class _Job:
    of: _Some
    row: FileRow
    path: str


def _jobs(
    store: Store,
    folders: Sequence[Folder],
    wanted: Sequence[tuple[int, list[int]]],
    held: set[_Some],
) -> Iterator[_Job]:
    chosen = [folders[number] for number, _ in wanted]
    for (_, rows), folder, manifest in zip(wanted, chosen, manifests(store, chosen), strict=True):
        numbers = frozenset(rows)
        picked = (row for at, row in enumerate(manifest.rows()) if at in numbers)
        while some := list(islice(picked, ROWS)):
            of = _Some(Streams(manifest, some), len(some))
            held.add(of)
            for row in some:
                yield _Job(of, row, folder.steps + row.file.path)


def _sent(target: Target, branch: str, job: _Job) -> tuple[_Job, str]:
    file, stream = job.row.file, job.of.streams.stream(job.row)
    if file.size <= WHOLE:
        data = b"".join(stream)
        body: Body = data
        summed: Callable[[], str] = lambda: md5(data, usedforsecurity=False).hexdigest()  # noqa: E731
    else:
        body = counted = Counted(stream)
        summed = counted.checksum
    path = target.root + job.path
    about = target.metadata(file.digest, executable=file.executable)
    return job, put(target, branch, path, body, size=file.size, about=about, summed=summed)


def put(
    target: Target,
    branch: str,
    path: str,
    body: Body,
    *,
    size: int,
    about: Mapping[str, str],
    summed: Callable[[], str],
) -> str:
    """One object of ours, and its MD5, which the server has, too; what it has otherwise is taken
    away again. Where the bytes are at hand it stands in the metadata `about` the object, too."""
    if isinstance(body, bytes):
        about = {**about, SUM: summed()}
    for _ in range(TRIES):
        there = objects.write(target.client, branch, path, body, size=size, metadata=about)
        mine = summed()
        if not is_md5(there) or there == mine:
            return mine
    objects.delete(target.client, branch, [path])
    raise audit(target, branch, [path])


@dataclass
class Counted:
    """A stream whose MD5 is taken as it is read."""

    stream: Stream
    _sum: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[bytes]:
        hasher = md5(usedforsecurity=False)
        for piece in self.stream:
            hasher.update(piece)
            yield piece
        self._sum[:] = [hasher.hexdigest()]

    def checksum(self) -> str:
        """Of the last time that it was read to its end."""
        return self._sum[0]
