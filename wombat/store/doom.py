"""Doomed lists: what a collection of garbage is about to delete, looked at before every root."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import digest_bytes
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.parallel import each
from wombat.store.records import LIMIT, Artifact, Mismatch, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.store.space import Space

WINDOW: Final = 3600.0
"""Seconds from a look within which a root has to land; far below the grace of a collection."""
FRESH: Final = 600.0
"""A look serves all roots of this many seconds."""
STALE: Final = 12 * 3600.0
"""What a command learned longer ago is looked for again before a root names it."""
REPORTS: Final = 10_000
"""Reports of damage that a look reads at most: what is damaged costs a second try, no data."""
_DEEP: Final = (dict, list, tuple)


class Doomed(StoreDamaged):
    """Something that a root would name is about to be deleted: it has to be stored anew."""

    default_code = "store-doomed"


def elapsed() -> float:
    """Seconds that go on while the process is stopped or the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


@dataclass(slots=True)
class Watch:
    """What one command knows of the lists. What was doomed once stays so for this command.

    A list is in force until it is taken away: that one collector is done with it doesn't mean that
    another one, which began earlier and was stopped, won't go on deleting by it.

    Reports of damage are looked at with them: what is stored again then gets another name.
    """

    clock: Callable[[], float] = elapsed
    doomed: set[str] = field(default_factory=set)
    """Keys of packs, manifests and records."""
    spoiled: set[str] = field(default_factory=set)
    """Digests of the keys of which damage was reported."""
    seen: set[str] = field(default_factory=set)
    """Keys of manifests that this command stored, or found whole with their packs."""
    wall: Callable[[], float] = time.time
    """Seconds since 1970, for ages by the store's clock of many hours."""
    began: float | None = None
    looked: float | None = None
    _seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, space: Space, *, again: bool = False) -> float:
        """Reads new lists where the last look isn't fresh; returns when that look began.

        Raises StoreUnreachable and StoreDamaged where a list can't be read: then no root may be.
        """
        with self._lock:
            now = self.clock()
            if self.looked is not None and not again and now - self.looked <= FRESH:
                return self.looked
            for zone, damage, listed in _listings(space):
                self._read(space, zone, damage, listed)
            self.began = now if self.began is None else self.began
            self.looked = now
            return now

    @property
    def stale(self) -> bool:
        """Whether this command began so long ago that what it learned may be gone."""
        return self.began is not None and self.clock() - self.began > STALE

    def has(self, artifact: Artifact, zone: str) -> bool:
        """Whether a part of the artifact is doomed; `zone` is where its record lies."""
        return any(key in self.doomed for key in keys_of(artifact, zone))

    def note(self, artifact: Artifact, zone: str) -> None:
        """It is there, as this command knows of its own; `zone` is where its record lies."""
        self.seen.add(next(keys_of(artifact, zone)))

    def knows(self, artifact: Artifact, zone: str) -> bool:
        return next(keys_of(artifact, zone)) in self.seen

    def avoids(self, key: str) -> bool:
        """Whether nothing new may rely on a pack or manifest: it is doomed, or was once damaged."""
        return key in self.doomed or digest_bytes(key.encode()) in self.spoiled

    def _read(self, space: Space, zone: str, damage: list[str], listed: list[str]) -> None:
        """Of one zone, whose reports and lists were listed."""
        for key in damage:
            if name := names.parse(key):
                self.spoiled.add(name["digest"])
        pages = [key for key in listed if "/doomed/" in key and key not in self._seen]
        pages = [key for key in pages if names.parse(key) is not None]
        for key, objects in zip(pages, each(partial(read_page, space), pages), strict=True):
            self.doomed.update(f"{zone}/{one}" for one in objects)
            self._seen.add(key)


def _listings(space: Space) -> Iterator[tuple[str, list[str], list[str]]]:
    """Of each zone that may be pointed to: reports of damage, and what collectors say."""
    zones = pointed(space.zone)
    wanted = [
        one for zone in zones for one in ((f"{zone}/damage/", REPORTS), (f"{zone}/gc/", None))
    ]
    found = list(each(lambda one: list(space.blobs.list(one[0], limit=one[1])), wanted))
    return zip(zones, found[::2], found[1::2], strict=True)


def pointed(zone: str) -> tuple[str, ...]:
    """The zones whose packs a manifest of this zone may name."""
    trusted = f"t/{zone.removeprefix('u/')}"
    return (zone, trusted) if zone.startswith("u/") else (zone,)


def read_page(space: Space, key: str) -> list[str]:
    """The keys on one page of a doomed list, below its zone; none where it is gone by now."""
    try:
        return _page(space, key)
    except Absent:
        return []
    except (Mismatch, KeyError, TypeError) as error:
        raise StoreDamaged(
            f"{key} can't be read: {error}",
            hint="nothing was written; the gc role may delete that page and collect again",
        ) from error


def _page(space: Space, key: str) -> list[str]:
    """What came wrong once is read once more."""
    try:
        body = unseal(key, "doomed", space.blobs.get_range(key, 0, LIMIT + 1))
    except Mismatch:
        body = unseal(key, "doomed", space.blobs.get_range(key, 0, LIMIT + 1))
    return [str(one) for one in body["objects"]]


def artifacts_in(value: Any) -> Iterator[Artifact]:
    """Every artifact that a record's fields name, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "C" in one and "M" in one:
                try:
                    yield Artifact.from_json(one)
                except ValueError:
                    pass
                else:
                    continue
            waiting.extend([each for each in one.values() if isinstance(each, _DEEP)])
        elif isinstance(one, _DEEP):
            waiting.extend([each for each in one if isinstance(each, _DEEP)])


def keys_of(artifact: Artifact, zone: str) -> Iterator[str]:
    """The keys of its manifest and packs; a pack may lie in each zone that it may point to."""
    own = artifact.zone or zone
    yield names.manifest(own, artifact.content, artifact.manifest)
    for digest in artifact.packs:
        for where in pointed(own):
            yield names.pack(where, digest)


def doomed_in(space: Space, key: str, body: Any) -> bool:
    """Whether a record at `key` names what is about to be deleted, or was found damaged or gone:
    then it is none to rely on."""
    zone = "/".join(key.split("/")[:2])
    avoids = space.watch.avoids
    return any(avoids(part) for one in artifacts_in(body) for part in keys_of(one, zone))
