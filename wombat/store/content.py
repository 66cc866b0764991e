"""The content digest of files outside a store: what pushing them would give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wombat.digest import digest_file
from wombat.store.tree import ContentDigest, File, walk

if TYPE_CHECKING:
    from wombat.digest import Digest


def content_of(path: Path) -> Digest:
    """Of a folder, or of one file. Raises DataInvalid for what no artifact can hold."""
    hasher = ContentDigest()
    for found in walk(path):
        digest = digest_file(Path(found.place))
        hasher.add(File(found.path, found.executable, found.size, digest))
    return hasher.finish()
