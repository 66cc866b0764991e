"""The content digest of files outside a store: what pushing them would give."""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

from blake3 import blake3

from wombat.digest import Digest
from wombat.store.originals import as_found, changed, opened, read_at
from wombat.store.stats import Stats
from wombat.store.tree import ContentDigest, File, Found, walk

if TYPE_CHECKING:
    from pathlib import Path


def content_of(path: Path, *, lasting: bool = False) -> Digest:
    """Of a folder, or of one file. Raises DataInvalid for what no artifact can hold.

    `lasting`: files that weren't written since they were last asked for aren't read again.
    """
    hasher = ContentDigest()
    stats = Stats(path) if lasting else None
    with closing(stats) if stats else nullcontext():
        for found in walk(path):
            digest = _digest(found, stats)
            hasher.add(File(found.path, found.executable, found.size, digest))
        if stats:
            stats.save()
    return hasher.finish()


def _digest(found: Found, stats: Stats | None) -> Digest:
    known = stats.digest(found) if stats else None
    if known is not None:
        return known
    with opened(found) as handle:
        whole, start = blake3(), 0
        while data := read_at(found, handle, start):
            whole.update(data)
            start += len(data)
        if start != found.size:
            raise changed(found)
        digest = Digest(whole.hexdigest())
        if stats and as_found(found, handle):
            stats.note(found, digest)
    return digest
