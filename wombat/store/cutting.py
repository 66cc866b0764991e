"""Which chunker an artifact is cut by: that of its versions before, else what suits its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.store.chunking import Chunker, suited
from wombat.store.originals import opened, read_at
from wombat.store.tree import walk

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store.bases import Bases

MAGIC: Final = 8
"""Bytes that tell what a file is."""


def chunker_of(folder: Path, kind: str, bases: Bases) -> Chunker:
    """Inherited, so that versions of one artifact are cut alike; the first decides by its bytes.

    What was too small to be cut, and inputs of another type, have nothing to say.
    """
    for base in bases.all:
        header = base.manifest.header
        inherited = Chunker.from_json(header.chunker)
        if inherited and header.chunks and header.type == kind:
            return inherited
    return suited(_beginning(folder))


def _beginning(folder: Path) -> bytes:
    """The first bytes of the first file."""
    for found in walk(folder):
        with opened(found) as handle:
            return read_at(found, handle, 0, min(found.size, MAGIC))
    return b""
