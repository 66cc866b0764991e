"""Brings an artifact's files back: each chunk and each file is verified before it has a name."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from wombat.digest import Digest, digest_bytes
from wombat.errors import DISK, DiskFault, StoreDamaged, UsageFault
from wombat.store import names
from wombat.store.below import Below
from wombat.store.chunks import Chunks
from wombat.store.heal import with_siblings
from wombat.store.leftovers import orphans, owned
from wombat.store.packs import read_table
from wombat.store.reading import Manifest, forged
from wombat.store.records import Mismatch
from wombat.store.selecting import select
from wombat.store.shelf import Shelf, spans, sparse
from wombat.store.space import Space, read_checked
from wombat.store.tree import BadPath, ContentDigest, PathGuard
from wombat.store.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from wombat.errors import WombatError
    from wombat.store.push import Progress
    from wombat.store.sections import FileRow

_PART: Final = "part"

__all__ = ["Below", "fetch_tree", "read_file", "verify_pack"]


def verify_pack(space: Space, zone: str, digest: Digest) -> int:
    """Reads a whole pack and its table; returns the number of chunks, raises StoreDamaged."""

    def check(data: bytes) -> int:
        if digest_bytes(data) != digest:
            raise Mismatch("the pack has another digest")
        return len(read_table(data))

    return read_checked(space, names.pack(zone, digest), check)


def read_file(space: Space, manifest: Manifest, path: str) -> bytes:
    """One file; raises Absent for a path that isn't there."""
    return with_siblings(space, manifest, lambda one: _file(one, path))


def _file(manifest: Manifest, path: str) -> bytes:
    manifest.prove_near()
    return _whole(manifest, manifest.find(path))


def _whole(manifest: Manifest, row: FileRow) -> bytes:
    if manifest.inline:
        data = _inline(manifest, row)
    else:
        with closing(_shelf(manifest, [row], None)) as shelf:
            chunks = Chunks(manifest.space, manifest, manifest.packs(), shelf)
            data = b"".join(chunks.read(list(manifest.chunks(row))))
    _promised(manifest, row, data)
    return data


def _inline(manifest: Manifest, row: FileRow) -> bytes:
    return manifest.inline_bytes()[row.start : row.start + row.file.size]


def _promised(manifest: Manifest, row: FileRow, data: bytes) -> None:
    if len(data) != row.file.size or blake3(data).hexdigest() != row.file.digest:
        raise forged(manifest, f"'{row.file.path}' has another digest")


def fetch_tree(
    space: Space,
    manifest: Manifest,
    into: Path,
    *,
    paths: Collection[str] | None = None,
    progress: Progress | None = None,
    width: int | None = None,
    fresh: bool = False,
) -> None:
    """Writes the files below `into`, which is absent or empty; all of them or nothing.

    They are written beside it and moved at the end, by `width` threads; `paths` may be patterns
    as in `select`. Where `into` is `fresh`, a folder of the caller's own that is there, few bytes
    are written in it. Raises Absent for one that names nothing, UsageFault where something stands
    at `into`, StoreDamaged.
    """
    if fresh and manifest.inline and paths is None:
        with_siblings(space, manifest, lambda one: _fetch_into(one, into, progress))
        return
    into = into.absolute()
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        raise UsageFault(f"{into.name} is not empty", code="not-empty")
    with_siblings(space, manifest, lambda one: _fetch(one, into, paths, progress, width))


def _fetch_into(manifest: Manifest, into: Path, progress: Progress | None) -> None:
    """In the folder itself, which is as empty as before where something is damaged."""
    try:
        _write_all(manifest, into, progress, None)
    except OSError as error:
        raise _refused(into, error) from error
    except StoreDamaged:
        shutil.rmtree(into)
        into.mkdir()
        raise


def _fetch(
    manifest: Manifest,
    into: Path,
    paths: Collection[str] | None,
    progress: Progress | None,
    width: int | None,
) -> None:
    part = into.parent / owned(into.name, _PART)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        _clear(into)
        part.mkdir()
        if paths is None:
            manifest.prefetch()
            _write_all(manifest, part, progress, width)
        else:
            manifest.prove_near()
            _write_some(manifest, select(manifest, paths), part, progress, width)
        part.replace(into)
    except OSError as error:
        raise _refused(into, error) from error
    finally:
        # After the rename there is nothing left here.
        shutil.rmtree(part, ignore_errors=True)


def _refused(into: Path, error: OSError) -> WombatError:
    """Of the disk's own troubles nobody's command line is to blame."""
    if error.errno in DISK:
        return DiskFault.of(OSError(error.errno, error.strerror, str(into)))
    return UsageFault(f"'{into}' can't be written: {error.strerror}", code="not-writable")


def _clear(into: Path) -> None:
    """What processes that were killed left of earlier pulls."""
    for part, old in orphans(into, _PART):
        if old:
            shutil.rmtree(part, ignore_errors=True)


def _write_all(
    manifest: Manifest, part: Path, progress: Progress | None, width: int | None
) -> None:
    content, guard = ContentDigest(), PathGuard()

    def checked() -> Iterator[FileRow]:
        for row in manifest.rows():
            _guarded(manifest, guard, row)
            content.add(row.file)
            yield row

    if manifest.inline:
        _write_inline(manifest, checked(), part, progress)
    else:
        with closing(_shelf(manifest, None, width)) as shelf:
            _write(manifest, checked(), part, shelf, progress=progress, width=width)
    if content.finish() != manifest.artifact.content:
        raise forged(manifest, "its files have another content digest")


def _write_some(
    manifest: Manifest,
    rows: Sequence[FileRow],
    part: Path,
    progress: Progress | None,
    width: int | None,
) -> None:
    if manifest.inline:
        _write_inline(manifest, iter(rows), part, progress)
        return
    with closing(_shelf(manifest, rows, width)) as shelf:
        _write(manifest, iter(rows), part, shelf, progress=progress, width=width)


def _write_inline(
    manifest: Manifest, rows: Iterator[FileRow], part: Path, progress: Progress | None
) -> None:
    done = 0
    with Below(part) as below:
        for row in rows:
            data = _inline(manifest, row)
            _promised(manifest, row, data)
            below.write(row.file.path, row.file.executable, [data])
            done += row.file.size
    if progress:
        progress(done, manifest.bytes)


def _write(
    manifest: Manifest,
    rows: Iterator[FileRow],
    part: Path,
    shelf: Shelf,
    *,
    progress: Progress | None,
    width: int | None,
) -> None:
    chunks = Chunks(manifest.space, manifest, manifest.packs(), shelf)
    threads = width or max(2, min(8, os.cpu_count() or 2))
    with Writer(
        manifest, chunks, part, width=threads, progress=progress, total=manifest.bytes
    ) as writer:
        for row in rows:
            writer.add(row)
        writer.finish()


def _shelf(manifest: Manifest, rows: Sequence[FileRow] | None, width: int | None) -> Shelf:
    """Packs whole where most of them is needed; of the others, and for some files, what is."""
    packs = manifest.packs()
    chunks = manifest.chunk_rows(0, manifest.header.chunks)
    if rows is not None:
        chunks = chain.from_iterable(manifest.chunks(row) for row in rows)
        plan = spans(chunks, packs)
    else:
        some = {number for number, pack in enumerate(packs) if sparse(pack)}
        plan = spans((c for c in chunks if c.pack in some), packs) if some else {}
    space = manifest.space
    return Shelf(
        space.cached or space.blobs,
        packs,
        plan,
        width=max(4, width or 4),
        only_planned=rows is not None,
    )


def _guarded(manifest: Manifest, guard: PathGuard, row: FileRow) -> None:
    try:
        guard.add(row.file.path)
    except BadPath as error:
        raise forged(manifest, str(error)) from error
