"""A manifest checked as a whole: every block, path, count and digest that it has of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

from wombat.store.reading import forged
from wombat.store.tree import BadPath, ContentDigest, PathGuard

if TYPE_CHECKING:
    from wombat.store.reading import Manifest
    from wombat.store.sections import FileRow, PackRow


def check_manifest(manifest: Manifest) -> list[PackRow]:
    """The packs that it needs, zones filled in; raises StoreDamaged. Memory: a few blocks."""
    packs = manifest.packs()
    content, guard = ContentDigest(), PathGuard()
    files = size = chunks = 0
    inline = manifest.inline_bytes() if manifest.inline else None
    for row in manifest.rows():
        try:
            guard.add(row.file.path)
        except BadPath as error:
            raise forged(manifest, str(error)) from error
        content.add(row.file)
        if inline is None:
            _check_chunks(manifest, row, len(packs))
        else:
            _check_inline(manifest, row, inline)
        files, size, chunks = files + 1, size + row.file.size, chunks + row.chunks
    if content.finish() != manifest.artifact.content:
        raise forged(manifest, "its files have another content digest")
    said = (manifest.header.files, manifest.header.size, manifest.header.chunks)
    if (files, size, chunks) != said:
        raise forged(manifest, "its files don't add up to what its header says")
    return packs


def _check_chunks(manifest: Manifest, row: FileRow, packs: int) -> None:
    size = 0
    for chunk in manifest.chunks(row):
        size += chunk.raw
        if chunk.pack >= packs:
            raise forged(manifest, "a chunk lies in no pack")
    if size != row.file.size:
        raise forged(manifest, f"the chunks of '{row.file.path}' don't add up to its size")


def _check_inline(manifest: Manifest, row: FileRow, inline: bytes) -> None:
    data = inline[row.start : row.start + row.file.size]
    if len(data) != row.file.size or blake3(data).hexdigest() != row.file.digest:
        raise forged(manifest, f"'{row.file.path}' has another digest")
