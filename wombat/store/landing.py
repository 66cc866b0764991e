"""The last step of a push: a manifest under a name that can be relied on."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from wombat.digest import digest_bytes
from wombat.store import names
from wombat.store.blobs import Spoiled
from wombat.store.chunking import Chunker
from wombat.store.doom import pointed
from wombat.store.manifests import ROWS, ManifestWriter
from wombat.store.originals import changed, opened, read_at
from wombat.store.records import Artifact
from wombat.store.through import near
from wombat.store.tree import File, Found, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wombat.store.sections import PackRow
    from wombat.store.space import Space


def row_of(name: str, data: bytes) -> File:
    return File(name, False, len(data), digest_bytes(data))


def small(folder: Path, limit: int) -> list[tuple[File, bytes]]:
    """All files with their bytes where that is little enough for the manifest, else nothing."""
    total = 0
    found: list[Found] = []
    for file in walk(folder):
        total += file.size
        # Many empty files are better off in blocks, too.
        if total > limit or len(found) >= ROWS:
            return []
        found.append(file)
    rows = []
    for file in found:
        with opened(file) as handle:
            data = read_at(file, handle, 0, file.size + 1)
        if len(data) != file.size:
            raise changed(file)
        rows.append((File(file.path, file.executable, file.size, digest_bytes(data)), data))
    return rows


def push_inline(space: Space, rows: Sequence[tuple[File, bytes]], kind: str) -> Artifact:
    with closing(ManifestWriter(kind, Chunker())) as writer:
        for file, _ in rows:
            writer.add(file, 0)
        return put_manifest(space, writer, (), b"".join(data for _, data in rows))


def put_manifest(
    space: Space, writer: ManifestWriter, packs: Iterable[PackRow], inline: bytes
) -> Artifact:
    rows = tuple(packs)
    header, data = writer.finish(rows, inline)
    digest = digest_bytes(header.encode())
    name = names.manifest(space.zone, header.content, digest)
    if not stored(space, name, data):
        import secrets

        # What stands there is damaged or about to go: the same manifest, under another name.
        del data
        header, data = writer.finish(rows, inline, salt=secrets.token_hex(16))
        digest = digest_bytes(header.encode())
        space.blobs.put(names.manifest(space.zone, header.content, digest), data)
    return Artifact(header.content, digest, tuple(dict.fromkeys(r.digest for r in rows)))


def stored(space: Space, key: str, data: bytes) -> bool:
    """False where that name can't be relied on: nothing of ours is there then.

    A root names packs without their zones, so one that is doomed in the trusted zone counts too.
    """
    tail = key.removeprefix(space.zone)
    if any(space.watch.avoids(zone + tail) for zone in pointed(space.zone)):
        return False
    if space.sent is not None and space.sent.there(near(space).blobs, key, data):
        return True
    try:
        space.blobs.put(key, data)
    except Spoiled:
        return False
    return True
