"""What a store with one global index of chunks would hold: the least at our way of cutting."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from wombat.store.chunking import Chunker, suited
from wombat.store.packs import FRAME, ROW, compress

if TYPE_CHECKING:
    from collections.abc import Iterable

DIGEST = 32


@dataclass
class FullIndex:
    """Every chunk once, over all versions; neighbours that are new share a frame.

    Counted are frames, one table row for each chunk that is stored, and for each version the
    digests of all its chunks and files: what no such store can do without.
    """

    chunker: Chunker = field(default_factory=Chunker)
    frame: int = FRAME
    seen: set[bytes] = field(default_factory=set)
    stored: int = 0
    listed: int = 0

    def add(self, files: Iterable[Path]) -> int:
        """One version; returns the bytes that the store holds then."""
        pending = bytearray()
        for file in files:
            self.listed += DIGEST
            with file.open("rb") as stream:
                for piece in self.chunker.cut(stream):  # type: ignore[arg-type] # readinto is there
                    pending = self._chunk(bytes(piece), pending)
        self._close(pending)
        return self.stored + self.listed

    def _chunk(self, piece: bytes, pending: bytearray) -> bytearray:
        digest = blake3(piece).digest()
        self.listed += DIGEST
        if digest in self.seen:
            return pending
        self.seen.add(digest)
        self.stored += ROW.size
        if pending and len(pending) + len(piece) > self.frame:
            self._close(pending)
            pending = bytearray()
        return pending + piece

    def _close(self, pending: bytearray) -> None:
        if pending:
            self.stored += len(compress(bytes(pending))[1])


def files_of(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())


def main() -> None:
    """full_index.py PATH…: each path is a version; the bytes held after each."""
    versions = [files_of(Path(name)) for name in sys.argv[1:]]
    with versions[0][0].open("rb") as stream:
        index = FullIndex(suited(stream.read(8)))
    for files in versions:
        print(index.add(files))


if __name__ == "__main__":
    main()
