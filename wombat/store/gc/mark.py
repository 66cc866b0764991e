"""Which manifests and packs of a zone are wanted, and which nobody names any more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent
from wombat.store import names
from wombat.store.blobs import Entry
from wombat.store.gc.doubles import doubles
from wombat.store.gc.gone import FULL, short_of, spare_gone
from wombat.store.gc.named import (
    damaged,
    lenient,
    logical,
    moved_to,
    packs,
    pair_of,
    read_moved,
    read_packs,
    read_told,
    successor,
    told,
    untrusted,
)
from wombat.store.gc.roots import Roots
from wombat.store.gc.survey import short
from wombat.store.space import lost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.gc.marks import Marks
    from wombat.store.space import Space

_MANIFEST: Final = re.compile(r"m/([0-9a-f]{2})/(\1[0-9a-f]{62})\.([0-9a-f]{64})")
_PACK: Final = re.compile(r"p/([0-9a-f]{2})/(\1[0-9a-f]{62})")
SPARSE: Final = 50
"""Percent of a pack's bytes below which it is worth rewriting."""
SMALL: Final = 1 << 20


def _move(entry: Entry) -> int:
    return int(entry.key.rpartition("/")[2])


@dataclass(slots=True)
class Marking:
    """What one look at a zone found. Keys are below the zone.

    `held` manifests are no root's, but too young to be doomed, or not doomed before: their packs
    stay, so that no manifest ever names a pack that is gone.
    """

    space: Space
    marks: Marks
    young: float
    """Objects of this time or later are never dead; seconds since 1970."""
    unnamed: float = 0.0
    """Nor packs of this time or later that no manifest names: a push may be under way."""
    waiting: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Those that aren't young: size, time."""
    let_go: set[int] = field(default_factory=set)
    """Packs that dead manifests name."""
    roots: Roots = field(default_factory=Roots)
    gone: set[bytes] = field(default_factory=set)
    """C and M of manifests that roots name, and that aren't there any more."""
    moved: dict[bytes, list[Entry]] = field(default_factory=dict)
    """Digest of each pack that was compacted or repaired, and its records."""
    behind: dict[bytes, list[bytes]] = field(default_factory=dict)
    """And the packs that took over, by the newest of its records."""
    successors: dict[bytes, bytes] = field(default_factory=dict)
    """Digests of damaged manifests, and of those of the same content that stand in for them."""
    named: set[bytes] = field(default_factory=set)
    """C and M of manifests that roots name, in 64 bytes."""
    standing: set[str] = field(default_factory=set)
    """Manifests that stand in for damaged ones of the same content; whole keys."""
    shares: dict[int, int] = field(default_factory=dict)
    """Live packs, and the largest share in percent that one manifest uses."""
    dead: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Manifests and packs that nobody wants, results and segments that name such: size, time."""
    sparse: list[Entry] = field(default_factory=list)
    """Live packs of which no single manifest uses much."""
    small: list[Entry] = field(default_factory=list)
    """Other live packs of little size."""
    replaced: list[Entry] = field(default_factory=list)
    """Live packs of which others hold, by a record of `moved`, what is still wanted."""
    targets: set[bytes] = field(default_factory=set)
    """Packs that took over: whole manifests name them through others, so they stay as they are."""
    live_manifests: int = 0
    live_packs: int = 0
    live_bytes: int = 0
    total_bytes: int = 0
    logical: int = 0
    objects: int = 0

    def mark(self, roots: Roots) -> None:
        """Raises StoreDamaged where a root's manifest is gone, or a listing lacks it."""
        self.roots = roots
        self._moves()
        self._succeed(roots)
        self.named, dead = roots.manifests, list[Entry]()
        for entry, value in self.packs_of(self._manifests(dead)):
            if value is not None:
                self.logical += logical(value)
                self._want(value)
            elif pair_of(entry.key) in self.named:
                self._stand_in(entry.key, damage=True)
        spare_gone(self)
        self._keep(self.packs_of(doubles(self.space, self.named, dead)))
        self._follow_moves()
        buried = [entry for entry in dead if entry.key not in self.standing]
        for entry, value in self.packs_of(buried):
            self._bury(entry)
            if value is not None:
                self.let_go.update(short_of(digest) for digest, _, _ in packs(value))
        self._records()
        self._sort_packs()

    def packs_of(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        """What each manifest needs; None for one that is damaged."""
        return self.marks.of(entries, lambda one: read_packs(self.space, one))

    def _want(self, value: bytes) -> None:
        for digest, size, used in packs(value):
            at = short_of(digest)
            share = min(FULL, used * FULL // size) if size else FULL
            if share >= self.shares.get(at, 0):
                self.shares[at] = share

    def _listed(
        self, prefix: str, pattern: re.Pattern[str]
    ) -> Iterator[tuple[Entry, re.Match[str]]]:
        start = len(self.space.zone) + 1
        for entry in self.space.blobs.entries(f"{self.space.zone}/{prefix}/"):
            if match := pattern.fullmatch(entry.key, start):
                yield entry, match

    def _moves(self) -> None:
        for entry in self.space.blobs.entries(f"{self.space.zone}/moved/"):
            name = names.parse(entry.key)
            if name is not None:
                self.moved.setdefault(bytes.fromhex(name["digest"]), []).append(entry)
        newest = [max(found, key=_move) for found in self.moved.values()]
        read = lenient(self.space, self.roots.notes, read_moved)
        for entry, value in self.marks.of(newest, read):
            digest = bytes.fromhex(entry.key.split("/")[-2])
            self.behind[digest] = (
                moved_to(value) if value is not None else self._moved_before(entry)
            )
            if value is not None and (other := successor(value)) is not None:
                self.successors[digest] = other

    def _moved_before(self, broken: Entry) -> list[bytes]:
        """What earlier records of the same pack named, where the newest can't be read."""
        digest = bytes.fromhex(broken.key.split("/")[-2])
        earlier = [one for one in self.moved[digest] if one != broken]
        found = self.marks.of(earlier, lenient(self.space, [], read_moved))
        return [pack for _, value in found if value is not None for pack in moved_to(value)]

    def _manifests(self, dead: list[Entry]) -> Iterator[Entry]:
        """Those that are live or held, as they are listed; the others are added to `dead`."""
        missing = set(self.named)
        for entry, _ in self._listed("m", _MANIFEST):
            self.objects += 1
            self.total_bytes += entry.size
            missing.discard(pair_of(entry.key))
            self.live_manifests += pair_of(entry.key) in self.named
            if self._stays(entry):
                self.live_bytes += entry.size
                yield entry
            else:
                dead.append(entry)
        for at in sorted(missing):
            self._missing(at)

    def wanted(self) -> Iterator[Entry]:
        """Manifests that are live or held, listed once more; new ones too."""
        return (entry for entry, _ in self._listed("m", _MANIFEST) if self._stays(entry))

    def _stays(self, entry: Entry) -> bool:
        return (
            entry.time >= self.young
            or pair_of(entry.key) in self.named
            or entry.key in self.standing
        )

    def _succeed(self, roots: Roots) -> None:
        """What stands in for a damaged manifest is as much of a root."""
        waiting = [at for at in roots.manifests if at[32:] in self.successors]
        while waiting:
            at = waiting.pop()
            other = at[:32] + self.successors[at[32:]]
            if other not in roots.manifests:
                roots.manifests.add(other)
                waiting += [other] if other[32:] in self.successors else []

    def _missing(self, at: bytes) -> None:
        key = names.manifest(self.space.zone, at[:32].hex(), at[32:].hex())
        try:
            self.space.blobs.stat(key)
        except Absent:
            return self._stand_in(key)
        raise short(key)

    def _stand_in(self, key: str, *, damage: bool = False) -> None:
        """Readers take any manifest of the content then: all of them stay."""
        stem = key.rpartition(".")[0]
        others = [e for e in self.space.blobs.entries(f"{stem}.") if e.key != key]
        found = [(e, value) for e, value in self.packs_of(others) if value is not None]
        if not found:
            self._lost(key, damage=damage)
        self._keep(found)

    def _keep(self, found: Iterable[tuple[Entry, bytes | None]]) -> None:
        for entry, value in found:
            if value is not None:
                self.standing.add(entry.key)
                self._want(value)

    def _lost(self, key: str, *, damage: bool) -> None:
        """What is gone may have been let go by an earlier rule; no later one brings it back."""
        at = pair_of(key)
        if (damage or at in self.roots.vital) and not untrusted(self.space.zone):
            raise damaged(key, lost(key, "a manifest that a root names"))
        self.gone.add(at)

    def _follow_moves(self) -> None:
        """What took over from a wanted pack is wanted, over as many moves as there are."""
        waiting = [digest for digest in self.behind if self.wants(digest)]
        while waiting:
            for target in self.behind[waiting.pop()]:
                if target in self.behind and not self.wants(target):
                    waiting.append(target)
                self.shares[short_of(target)] = FULL
                self.targets.add(target)

    def wants(self, digest: bytes) -> bool:
        return short_of(digest) in self.shares

    def entry(self, key: str) -> Entry:
        """A dead object as it was listed."""
        size, time = self.dead[key]
        return Entry(f"{self.space.zone}/{key}", size, time)

    def _bury(self, entry: Entry) -> None:
        self.dead[entry.key[len(self.space.zone) + 1 :]] = (entry.size, entry.time)

    def _records(self) -> None:
        """Results and segments must not outlive what they name."""
        if not self.dead:
            return
        for kind in ("cache", "results"):
            listed = self.space.blobs.entries(f"{self.space.zone}/{kind}/")
            known = (entry for entry in listed if names.parse(entry.key) is not None)
            read = lenient(self.space, self.roots.notes, read_told)
            for entry, value in self.marks.of(known, read):
                if value is not None and any(
                    f"m/{key[:2]}/{key}" in self.dead for key in told(value).every()
                ):
                    self._bury(entry)

    def _sort_packs(self) -> None:
        for entry, match in self._listed("p", _PACK):
            self.objects += 1
            self.total_bytes += entry.size
            digest = bytes.fromhex(match[2])
            share = self.shares.get(short_of(digest))
            if share is None:
                self._sort_dead(entry, digest)
                continue
            self.live_packs += 1
            self.live_bytes += entry.size
            if digest not in self.targets and entry.time < self.young:
                self._could_go(entry, digest, share)

    def _sort_dead(self, entry: Entry, digest: bytes) -> None:
        named = short_of(digest) in self.let_go
        if entry.time < (self.young if named else self.unnamed):
            self._bury(entry)
        elif entry.time < self.young:
            self.waiting[entry.key[len(self.space.zone) + 1 :]] = (entry.size, entry.time)

    def _could_go(self, entry: Entry, digest: bytes, share: int) -> None:
        if digest in self.moved:
            self.replaced.append(entry)
        elif share < SPARSE:
            self.sparse.append(entry)
        elif entry.size < SMALL:
            self.small.append(entry)
