"""Deletes what an earlier collection doomed, once its grace is over and before its life ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.errors import Conflict
from wombat.store.gc.gone import short_of
from wombat.store.gc.lists import Collection, objects_of, write_done
from wombat.store.gc.named import packs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.gc.clocks import Clocks, ServerClock
    from wombat.store.gc.mark import Marking

BATCH: Final = 1_000
_ORDER: Final = ("cache", "results", "m", "p")
"""Whatever names something goes before it."""


@dataclass(slots=True)
class Sweep:
    """The deletions of one pass. `gone` counts objects and bytes, also of a dry run."""

    marking: Marking
    clocks: Clocks
    clock: ServerClock
    objects: int = 0
    bytes: int = 0
    revived: int = 0
    """Doomed objects that somebody wants again."""
    covered: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Replaced packs of which nothing wanted would be lost; size and time."""

    def choose(self, due: list[Collection]) -> dict[str, int]:
        """What may go of these collections: keys below the zone, and sizes."""
        space = self.marking.space
        listed = {key: time for one in due for key, time in objects_of(space, one)}
        spared = self._spared(listed)
        chosen: dict[str, int] = {}
        for key, landed in listed.items():
            if (size := self._dead(key, landed, spared)) is not None:
                chosen[key] = size
            elif self._stands(key):
                self.revived += 1
        return chosen

    def _dead(self, key: str, landed: float, spared: set[int]) -> int | None:
        """Its size; None where it lives, is gone, or is another object by now."""
        # A pack that was doomed with its manifest, and outlived it, need not wait any longer.
        dead = self.marking.dead.get(key) or self.marking.waiting.get(key, (0, landed + 1))
        size, time = self.covered.get(key) or dead
        if time > landed or (key.startswith("p/") and short_of(_digest(key)) in spared):
            return None
        return size

    def _stands(self, key: str) -> bool:
        return key.startswith("p/") and self.marking.wants(_digest(key))

    def _spared(self, listed: dict[str, float]) -> set[int]:
        """Packs of manifests that are dead by now and were never doomed: those go first."""
        dead = (key for key in self.marking.dead if key.startswith("m/") and key not in listed)
        entries = [self.marking.entry(key) for key in dead]
        found = (value for _, value in self.marking.packs_of(entries) if value is not None)
        return {short_of(digest) for value in found for digest, _, _ in packs(value)}

    def delete(self, due: list[Collection], chosen: dict[str, int]) -> None:
        """Deletes in batches, then says that the collections are done.

        Idempotent: killed anywhere, the next pass goes on. Raises Conflict (`gc-expired`) where a
        list grew too old meanwhile, so that writers may rely again on what it names.
        """
        space = self.marking.space
        for batch in _batches(_ordered(chosen)):
            self.check(due)
            space.blobs.delete([f"{space.zone}/{key}" for key in batch])
            self.objects += len(batch)
            self.bytes += sum(chosen[key] for key in batch)
        for one in due:
            self.check([one])
            write_done(space, one.at, {"objects": self.objects, "bytes": self.bytes})

    def check(self, due: list[Collection]) -> None:
        now = self.clock.now()
        for one in due:
            if now - one.landed() >= self.clocks.life:
                raise Conflict(
                    f"{one.at} grew too old while it was collected; nothing more was deleted",
                    code="gc-expired",
                    hint="run gc again: it begins anew",
                )


def _ordered(chosen: Iterable[str]) -> Iterator[str]:
    every = list(chosen)
    for kind in _ORDER:
        yield from (key for key in every if key.startswith(f"{kind}/"))


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    """None has objects of two kinds: a batch has no order in itself."""
    rest, waiting = iter(keys), ""
    batch: list[str] = []
    for key in rest:
        kind = key.partition("/")[0]
        if batch and (kind != waiting or len(batch) == BATCH):
            yield batch
            batch = []
        waiting = kind
        batch.append(key)
    if batch:
        yield batch


def _digest(key: str) -> bytes:
    return bytes.fromhex(key.rpartition("/")[2])
