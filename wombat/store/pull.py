"""Brings an artifact's files back: each chunk and each file is verified before it has a name."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import OrderedDict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from blake3 import blake3

from wombat.digest import Digest, digest_bytes
from wombat.errors import Absent, StoreDamaged, UsageFault
from wombat.store import names
from wombat.store.heal import Healer, with_siblings
from wombat.store.packs import FRAME_LARGEST, LARGEST, decompress, read_table
from wombat.store.reading import Manifest, forged
from wombat.store.records import Mismatch
from wombat.store.space import Space, lost, read_checked
from wombat.store.tree import BadPath, ContentDigest, PathGuard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from wombat.store.push import Progress
    from wombat.store.sections import ChunkRow, FileRow, PackRow

KEPT_PACKS: Final = 2
KEPT_FRAMES: Final = 8


@dataclass(slots=True)
class Chunks:
    """Reads chunks of one manifest; holds at most two packs and a few frames in memory."""

    space: Space
    manifest: Manifest
    packs: list[PackRow]
    whole: bool = True
    """Whether packs of which most is needed are fetched in one request."""
    healer: Healer = field(init=False)
    _bodies: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    _frames: OrderedDict[tuple[int, int, int], bytes] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.healer = Healer(self.space)

    def read(self, row: ChunkRow) -> bytes:
        """Raises StoreDamaged; never returns a wrong byte."""
        if row.pack >= len(self.packs):
            raise forged(self.manifest, "a chunk lies in no pack")
        try:
            return _cut(row, self._frame(row))
        except (Mismatch, StoreDamaged):
            # What was kept may be from a read that went wrong: start again from the store.
            self._bodies.pop(row.pack, None)
            self._frames.pop((row.pack, row.offset, row.length), None)
        return self._read_alone(row)

    def _frame(self, row: ChunkRow) -> bytes:
        at = (row.pack, row.offset, row.length)
        if at not in self._frames:
            self._frames[at] = decompress(row.codec, self._stored(row), FRAME_LARGEST)
            if len(self._frames) > KEPT_FRAMES:
                self._frames.popitem(last=False)
        return self._frames[at]

    def _stored(self, row: ChunkRow) -> bytes:
        pack = self.packs[row.pack]
        if self.whole and pack.used * 2 >= pack.size and pack.size <= LARGEST:
            return self._body(row.pack)[row.offset : row.offset + row.length]
        with _named(pack) as key:
            return self.space.blobs.get_range(key, row.offset, row.length)

    def _body(self, ordinal: int) -> bytes:
        if ordinal not in self._bodies:
            while len(self._bodies) >= KEPT_PACKS:
                self._bodies.popitem(last=False)
            with _named(self.packs[ordinal]) as key:
                self._bodies[ordinal] = self.space.blobs.get(key)
        return self._bodies[ordinal]

    def _read_alone(self, row: ChunkRow) -> bytes:
        def check(data: bytes) -> bytes:
            return _cut(row, decompress(row.codec, data, FRAME_LARGEST))

        try:
            with _named(self.packs[row.pack]) as key:
                return read_checked(self.space, key, check, span=(row.offset, row.length))
        except StoreDamaged:
            healed = self.healer.chunk(self.packs[row.pack], row)
            if healed is None:
                raise
            return healed


@contextmanager
def _named(pack: PackRow) -> Iterator[str]:
    key = names.pack(pack.zone, pack.digest)
    try:
        yield key
    except Absent as error:
        raise lost(key, "a pack") from error


def _cut(row: ChunkRow, frame: bytes) -> bytes:
    data = frame[row.inside : row.inside + row.raw]
    if len(data) != row.raw or blake3(data).digest() != row.hash:
        raise Mismatch("a chunk has another digest")
    return data


def verify_pack(space: Space, zone: str, digest: Digest) -> int:
    """Reads a whole pack and its table; returns the number of chunks, raises StoreDamaged."""

    def check(data: bytes) -> int:
        if digest_bytes(data) != digest:
            raise Mismatch("the pack has another digest")
        return len(read_table(data))

    return read_checked(space, names.pack(zone, digest), check)


def pieces(manifest: Manifest, chunks: Chunks, row: FileRow) -> Iterator[bytes]:
    """A file's bytes; raises StoreDamaged at its end if the whole isn't what was promised."""
    whole, size = blake3(), 0
    for piece in _raw_pieces(manifest, chunks, row):
        whole.update(piece)
        size += len(piece)
        yield piece
    if size != row.file.size or whole.hexdigest() != row.file.digest:
        raise forged(manifest, f"'{row.file.path}' has another digest")


def _raw_pieces(manifest: Manifest, chunks: Chunks, row: FileRow) -> Iterator[bytes]:
    if manifest.inline:
        yield manifest.inline_bytes()[row.start : row.start + row.file.size]
    else:
        for chunk in manifest.chunks(row):
            yield chunks.read(chunk)


def read_file(space: Space, manifest: Manifest, path: str) -> bytes:
    """One file; raises Absent for a path that isn't there."""

    def read(one: Manifest) -> bytes:
        chunks = Chunks(one.space, one, one.packs(), whole=False)
        return b"".join(pieces(one, chunks, one.find(path)))

    return with_siblings(space, manifest, read)


def fetch_tree(
    space: Space,
    manifest: Manifest,
    into: Path,
    *,
    paths: Collection[str] | None = None,
    progress: Progress | None = None,
) -> None:
    """Writes the files below `into`, which is absent or empty; all of them or nothing.

    They are written beside it and moved at the end. Raises Absent for a path that isn't there,
    UsageFault where something stands at `into`, StoreDamaged.
    """
    into = into.absolute()
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        raise UsageFault(f"{into.name} is not empty", code="not-empty")
    with_siblings(space, manifest, lambda one: _fetch(one.space, one, into, paths, progress))


def _fetch(
    space: Space,
    manifest: Manifest,
    into: Path,
    paths: Collection[str] | None,
    progress: Progress | None,
) -> None:
    part = into.parent / f".{into.name[:40]}.{secrets.token_hex(8)}.part"
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        _write_all(space, manifest, part, paths, progress)
        part.replace(into)
    except OSError as error:
        raise UsageFault(
            f"'{into.name}' can't be written: {error.strerror}", code="not-writable"
        ) from error
    finally:
        # After the rename there is nothing left here.
        shutil.rmtree(part, ignore_errors=True)


def _write_all(
    space: Space,
    manifest: Manifest,
    part: Path,
    paths: Collection[str] | None,
    progress: Progress | None,
) -> None:
    chunks = Chunks(space, manifest, manifest.packs(), whole=paths is None)
    rows = (
        manifest.rows() if paths is None else iter([manifest.find(p) for p in sorted(set(paths))])
    )
    done, total, content, guard = (
        0,
        manifest.bytes if paths is None else None,
        ContentDigest(),
        PathGuard(),
    )
    with Below(part) as below:
        for row in rows:
            if paths is None:
                _guarded(manifest, guard, row)
            content.add(row.file)
            below.write(row.file.path, row.file.executable, pieces(manifest, chunks, row))
            done += row.file.size
            if progress:
                progress(done, total)
    if paths is None and content.finish() != manifest.artifact.content:
        raise forged(manifest, "its files have another content digest")


def _guarded(manifest: Manifest, guard: PathGuard, row: FileRow) -> None:
    try:
        guard.add(row.file.path)
    except BadPath as error:
        raise forged(manifest, str(error)) from error


class Below:
    """Writes files below one folder by handles: never through a link, never outside."""

    def __init__(self, root: Path) -> None:
        self._handles = [os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)]
        self._steps: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave(0)
        os.close(self._handles[0])

    def write(self, path: str, executable: bool, data: Iterator[bytes]) -> None:
        """Creates the file, which must be new; its path was checked."""
        *folders, name = path.split("/")
        self._enter(folders)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        mode = 0o777 if executable else 0o666
        try:
            handle = os.open(name, flags, mode, dir_fd=self._handles[-1])
        except FileExistsError as error:
            raise StoreDamaged(f"'{path}' would be written twice") from error
        with os.fdopen(handle, "wb", buffering=0) as stream:
            for piece in data:
                view = memoryview(piece)
                while view:
                    view = view[stream.write(view) :]

    def _enter(self, folders: list[str]) -> None:
        shared = 0
        while shared < min(len(folders), len(self._steps)) and (
            folders[shared] == self._steps[shared]
        ):
            shared += 1
        self._leave(shared)
        for step in folders[shared:]:
            # What exists is a folder of ours that was left before; anything else fails to open.
            with suppress(FileExistsError):
                os.mkdir(step, dir_fd=self._handles[-1])
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            self._handles.append(os.open(step, flags, dir_fd=self._handles[-1]))
            self._steps.append(step)

    def _leave(self, depth: int) -> None:
        while len(self._steps) > depth:
            self._steps.pop()
            os.close(self._handles.pop())
