"""A store with a clock of its own, its writers and its collectors."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.store import Store
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.chunking import Chunker
from wombat.store.doom import Watch
from wombat.store.gc import Clocks, Report, Retention, Rules, collect
from wombat.store.gc.clocks import DAY, HOUR
from wombat.store.push import Sizes
from wombat.store.refs import Change
from wombat.store.space import Space

if TYPE_CHECKING:
    from wombat.store import Artifact

START = 1_800_000_000.0
SMALL = Sizes(pack=4096, frame=1024, inline=0, chunker=Chunker(256, 64, 1024))
"""Many chunks and packs out of a few kilobytes."""
LITTLE = Retention(Rules(keep_last=2, younger_than=0))


@dataclass
class World:
    """Time stands still but for `pass_`. All processes have the same clock, the server's too."""

    now: float = START
    blobs: Any = None
    zone: str = "t/shop"
    commits: int = 0
    scratch: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="wombat-gc-")))

    def __post_init__(self) -> None:
        self.blobs = self.blobs or MemoryBlobs(clock=self.clock)

    def clock(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds

    def writer(self) -> Store:
        """A new process, which has looked at nothing yet."""
        watch = Watch(clock=self.clock, wall=self.clock)
        return Store(Space(self.blobs, self.zone, (self.zone,), watch=watch), "memory:")

    @property
    def clocks(self) -> Clocks:
        return Clocks(elapsed=self.clock, wall=self.clock)

    def push(self, store: Store, data: bytes, base: Artifact | None = None) -> Artifact:
        path = Path(tempfile.mkdtemp(dir=self.scratch)) / "file"
        path.write_bytes(data)
        bases = [base] if base else []
        return store.push_tree(path, type="file", base=bases, sizes=SMALL)

    def publish(self, store: Store, artifact: Artifact, branch: str = "main") -> str:
        """The ref's key."""
        self.commits += 1
        change = Change(
            "p", branch, f"r{self.commits}", "0" * 64, 1, None,
            "2026-11-01T00:00:00Z", {"o": artifact.to_json()},
        )  # fmt: skip
        return store.commit_ref(change).ref

    def gc(self, retention: Retention = LITTLE, **options: Any) -> Report:
        options = {"apply": True, "large": True, **options}
        space = Space(self.blobs, self.zone, (self.zone,), watch=Watch(clock=self.clock))
        return collect(space, retention, clocks=self.clocks, **options)

    def read(self, artifact: Artifact) -> bytes:
        return self.writer().read_file(artifact, "file")

    def collect_all(self) -> None:
        """Enough passes that everything that may go is gone."""
        for _ in range(3):
            self.gc()
            self.pass_(DAY + HOUR)
        self.gc()


def noise(seed: object, size: int = 8000) -> bytes:
    return random.Random(str(seed)).randbytes(size)
