"""What stands at a ref of lakeFS, pinned to the commit that it means, and its bytes, verified."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from blake3 import blake3

from wombat.digest import Digest, canonical_json
from wombat.errors import Absent, DiskFault, StoreDamaged
from wombat.store.lakefs.objects import fetch, listing, stat
from wombat.store.lakefs.versions import commit_of
from wombat.store.parallel import each
from wombat.store.tree import BadPath, check_path, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from io import FileIO

    from wombat.store import Progress
    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.objects import Object

T = TypeVar("T")
CONTENT: Final = "wombat-content"
"""What an object's metadata call the BLAKE3 digest of its bytes, where a projection wrote it."""
EXECUTABLE: Final = "wombat-executable"
"""What they call a file that may be run: `true`."""
WIDTH: Final = 16
_MD5: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Pinned:
    """Objects of one commit, by their paths below `path`; a `folder`, or one object by its name.

    What isn't committed is none of it.
    """

    client: Client
    commit: str
    path: str
    folder: bool
    objects: tuple[tuple[str, Object], ...]

    @property
    def size(self) -> int:
        """All bytes."""
        return sum(one.size for _, one in self.objects)

    @property
    def etag(self) -> str | None:
        """Another one for another content: the object's checksum, or a digest over the paths,
        checksums and sizes of a folder's, and what may be run of it. None where lakeFS knows no
        checksum."""
        if not all(one.checksum for _, one in self.objects):
            return None
        if not self.folder:
            one = self.objects[0][1]
            return f"{one.checksum} x" if runs(one) else one.checksum
        hasher = blake3()
        for name, one in self.objects:
            mode = [True] if runs(one) else []
            hasher.update(canonical_json([name, one.checksum, one.size, *mode]) + b"\n")
        return Digest(hasher.hexdigest())


def runs(one: Object) -> bool:
    """Whether its writer said that it may be run."""
    return one.metadata.get(EXECUTABLE) == "true"


def commit_at(client: Client, ref: str) -> str:
    """The commit that a ref means now; Absent for no such repository or ref."""
    return commit_of(client, ref).id


def pin(client: Client, commit: str, path: str, *, folder: bool) -> Pinned:
    """What stands at a path in a commit: one object, or all below. Absent where nothing does.

    Objects that stand for folders are none. DataInvalid for paths that no folder can hold.
    """
    if not folder:
        name = path.rpartition("/")[2]
        return Pinned(client, commit, path, False, ((name, stat(client, commit, path)),))
    prefix = f"{path}/" if path else ""
    found = tuple(
        (_checked(one.path.removeprefix(prefix)), one)
        for one in listing(client, commit, prefix)
        if not one.path.endswith("/")
    )
    if not found:
        raise Absent(f"nothing stands below {prefix} in commit {commit[:12]} of lakeFS")
    _refuse_doubles({name for name, _ in found})
    return Pinned(client, commit, path, True, found)


def first(paths: Iterable[str], take: Callable[[str], T]) -> T:
    """What is taken at the first of some paths at which anything stands; Absent of the first."""
    none: Absent | None = None
    for path in paths:
        try:
            return take(path)
        except Absent as fault:
            none = none or fault
    assert none is not None  # noqa: S101 -- an address has one path at least
    raise none


def only(pinned: Pinned, names: set[str]) -> Pinned:
    """Some of its objects."""
    return replace(pinned, objects=tuple(one for one in pinned.objects if one[0] in names))


def download(
    pinned: Pinned,
    place: Path,
    *,
    width: int | None = None,
    progress: Progress | None = None,
    came: Callable[[str, Digest], None] | None = None,
) -> int:
    """Writes the objects of a folder below a folder, or the one object to a file; what may be run
    by its metadata, may be. `came` gets the name and the digest of each.

    Gives how many of them neither their writer's digest nor lakeFS's checksum could vouch for.
    StoreDamaged `lakefs-content`; Absent, StoreDenied, StoreUnreachable, DiskFault.
    """
    done, total = 0, pinned.size
    whole = str(place)
    with _disk():
        for folder in {name.rpartition("/")[0] for name, _ in pinned.objects}:
            (place / folder if pinned.folder else place.parent).mkdir(parents=True, exist_ok=True)

    def one(item: tuple[str, Object]) -> tuple[str, Digest, bool, int]:
        name, there = item
        file = f"{whole}/{name}" if pinned.folder else whole
        content, known = _fetch(pinned, there, file)
        if runs(there):
            _allow_to_run(Path(file))
        return name, content, known, there.size

    unverified = 0
    for name, content, known, size in each(one, pinned.objects, width=width or WIDTH):
        if came is not None:
            came(name, content)
        unverified += not known
        done += size
        if progress is not None:
            progress(done, total)
    return unverified


def _checked(name: str) -> str:
    try:
        return check_path(name)
    except BadPath as bad:
        raise refused(str(bad)) from None


def _refuse_doubles(names: set[str]) -> None:
    """DataInvalid where a path is a file's and a folder's, as it can't be on a disk."""
    for name in names:
        for end in (at for at, letter in enumerate(name) if letter == "/"):
            if name[:end] in names:
                raise refused(f"{name[:end][:120]!r} is a file and a folder")


def _fetch(pinned: Pinned, there: Object, file: str) -> tuple[Digest, bool]:
    """The digest of the bytes that came, and whether something vouches for them.

    What was imported may have a checksum that looks like an MD5 and is none, as from an encrypted
    bucket: where one differs, the object comes once more, and has to be the same.
    """
    content = there.metadata.get(CONTENT)
    came = _written(pinned, there, file, summed=content is None)
    if content is not None:
        if came.content != content:
            raise _damaged(there, "what its writer said of it")
        return came.content, True
    if came.md5 == there.checksum:
        return came.content, True
    if _MD5.fullmatch(there.checksum) and _written(pinned, there, file).content != came.content:
        raise _damaged(there, "the same when it comes twice")
    return came.content, False


def _allow_to_run(file: Path) -> None:
    """Whoever may read it."""
    with _disk():
        mode = file.stat().st_mode
        file.chmod(mode | (mode & 0o444) >> 2)


@dataclass(frozen=True, slots=True)
class _Came:
    content: Digest
    md5: str
    """Empty where nobody asked for it."""


def _written(pinned: Pinned, there: Object, file: str, *, summed: bool = False) -> _Came:
    with _disk(), open(file, "wb", buffering=0) as stream:  # noqa: PTH123 -- one of thousands
        sink = _Sink(stream, summed=summed)
        fetch(pinned.client, pinned.commit, there.path, sink)
        if sink.size != there.size:
            raise _damaged(there, f"of the {there.size:,} bytes that it has in its listing")
        return _Came(Digest(sink.content.hexdigest()), sink.md5.hexdigest() if sink.md5 else "")


class _Sink:
    """Takes a file's pieces; None begins it anew. Its MD5 is taken where it is to be `summed`."""

    def __init__(self, stream: FileIO, *, summed: bool) -> None:
        self.stream = stream
        self._summed = summed
        self.begin()

    def begin(self) -> None:
        self.size, self.content = 0, blake3()
        self.md5 = hashlib.md5(usedforsecurity=False) if self._summed else None

    def __call__(self, piece: bytes | memoryview | None) -> None:
        with _disk():
            if piece is None:
                self.stream.seek(0)
                self.stream.truncate()
                self.begin()
                return
            left = memoryview(piece)
            while left:
                left = left[self.stream.write(left) :]
        self.size += len(piece)
        self.content.update(piece)
        if self.md5 is not None:
            self.md5.update(piece)


@contextmanager
def _disk() -> Iterator[None]:
    """What the disk refuses is none of the network's faults."""
    try:
        yield
    except OSError as fault:
        raise DiskFault.of(fault) from None


def _damaged(there: Object, expected: str) -> StoreDamaged:
    return StoreDamaged(
        f"{there.path} in lakeFS isn't what it was; expected {expected}",
        code="lakefs-content",
        hint="look at it with lakectl fs stat, and who wrote it last with lakectl log --objects",
    )
