"""What a pass found and did, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wombat.store.gc.collect import Pass
    from wombat.store.gc.compact import Compaction, Wanted
    from wombat.store.gc.roots import Branch
    from wombat.store.gc.sweep import Sweep

NOTES: Final = 100


@dataclass(slots=True)
class Report:
    """Bytes are stored bytes of packs and manifests; times in seconds since 1970."""

    zone: str
    applied: bool
    branches: list[Branch] = field(default_factory=list)
    runs: int = 0
    """Runs whose records keep what they name."""
    pins: int = 0
    objects: int = 0
    """Packs and manifests."""
    total_bytes: int = 0
    live_objects: int = 0
    live_bytes: int = 0
    logical_bytes: int = 0
    """Of the files of all artifacts that are kept."""
    dooms: int = 0
    dooms_bytes: int = 0
    deletes: int = 0
    deletes_bytes: int = 0
    revived: int = 0
    """Objects that an earlier pass doomed, and that are wanted again."""
    waiting: int = 0
    """Lists whose grace isn't over."""
    next_from: float | None = None
    next_until: float | None = None
    gone: int = 0
    """Artifacts that roots name, and that were let go before, or lost."""
    notes: list[str] = field(default_factory=list)
    """What was left out, and what names artifacts that are gone; the first ones."""
    large: bool = False
    compacts: int = 0
    compacts_bytes: int = 0
    gains_bytes: int = 0
    requests: int = 0
    read: int = 0
    """Records and manifests that weren't known from an earlier pass."""

    @classmethod
    def of(cls, one: Pass, fresh: dict[str, int], chosen: dict[str, int], sweep: Sweep) -> Report:
        marking, waits = one.marking, one.by_phase("waits")
        lists = [past for past in waits if past.doomed]
        first = min(lists, key=lambda past: past.landed(), default=None)
        return cls(
            zone=one.space.zone,
            applied=one.at is not None,
            branches=one.roots.branches,
            runs=one.roots.runs,
            pins=one.roots.pins,
            objects=marking.objects,
            total_bytes=marking.total_bytes,
            live_objects=marking.live_packs + marking.live_manifests,
            live_bytes=marking.live_bytes,
            logical_bytes=marking.logical,
            dooms=len(fresh),
            dooms_bytes=_bytes(fresh),
            deletes=len(chosen),
            deletes_bytes=_bytes(chosen),
            revived=sweep.revived,
            gone=len(marking.gone),
            notes=one.roots.notes[:NOTES],
            waiting=len(lists),
            next_from=first.landed() + one.clocks.grace if first else None,
            next_until=first.landed() + one.clocks.life if first else None,
        )

    def to_compact(self, packs: list[Wanted]) -> None:
        self.compacts = len(packs)
        self.compacts_bytes = sum(pack.entry.size for pack in packs)
        self.gains_bytes = sum(pack.entry.size - pack.bytes for pack in packs)

    def compacted(self, done: Compaction) -> None:
        """What became of it, in place of what was expected."""
        self.compacts, self.compacts_bytes = done.packs, done.before
        self.gains_bytes = done.before - done.after

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _bytes(found: dict[str, int]) -> int:
    return sum(size for key, size in found.items() if key.startswith(("p/", "m/")))
