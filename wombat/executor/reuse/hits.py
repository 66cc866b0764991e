"""Results by key, in few requests: the newest segments first, then one look at what is left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.errors import Absent, StoreUnreachable
from wombat.store.cache import segments
from wombat.store.results import may_name, placed
from wombat.store.space import Space
from wombat.store.zones import trusted_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wombat.digest import Digest
    from wombat.store import Store

Result: TypeAlias = "Mapping[str, Any]"
"""What is known of a result: `outputs`, `inputs`, `key`, `judged`, `run`, `attempt`, `zone`, …"""

READ: Final = (1, 3, 4)
"""How many segments of a zone are read at a time, as long as a key isn't found."""
LOOKS: Final = 256
"""Keys that are looked for at most where no segment knows them, when a run begins; a task that
begins looks for others by itself."""


class Hits:
    """Results of one pipeline's runs, and others' of the same key. Each key is looked for once.

    `looks`: how many keys may be looked for that no segment knows.
    """

    def __init__(self, store: Store, pipeline: str, *, looks: int = LOOKS) -> None:
        self._store = store
        self._pipeline = pipeline
        self._looks = looks
        self._known: dict[str, list[Result]] = {}
        self._asked: set[Digest] = set()
        self._segments = self._read()
        self._whole = False

    def find(self, keys: Sequence[Digest]) -> dict[Digest, tuple[Result, ...]]:
        """By each key the results that stand at it, those to be preferred first; () for none."""
        wanted = list(dict.fromkeys(keys))
        while not self._whole and not all(key in self._known for key in wanted):
            self._take()
        lacking = [key for key in wanted if key not in self._known and key not in self._asked]
        looked = lacking[: max(0, self._looks)]
        self._looks -= len(looked)
        self._asked.update(looked)
        if looked:
            found = self._store.find_all_results(looked)
            self._known |= {key: list(results) for key, results in found.items()}
        return {key: tuple(self._known.get(key, ())) for key in wanted}

    def sought(self, keys: Iterable[Digest]) -> bool:
        """Whether each of these was looked for, wherever its results may stand."""
        return all(key in self._known or key in self._asked for key in keys)

    def _take(self) -> None:
        """The next segments, whose results are known from now on."""
        batch = next(self._segments, None)
        if batch is None:
            self._whole = True
            return
        for one in batch:
            for key, result in entries(one):
                self._known.setdefault(key, []).append(result)

    def _read(self) -> Iterator[list[dict[str, Any]]]:
        """A batch of each zone in turn: trusted zones first."""
        spaces = list(_spaces(self._store.space))
        done = 0
        for count in READ:
            lasting = []
            for space in spaces:
                batch = _segments(space, self._pipeline, count, done)
                yield [_of(one, space.zone, self._store.zone) for one in batch]
                if len(batch) == count:
                    lasting.append(space)
            spaces = lasting
            done += count


def entries(segment: Mapping[str, Any]) -> Iterator[tuple[str, Result]]:
    """The results of a segment by each key at which they stand; of an older Wombat's none."""
    for at, entry in segment["results"].items():
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            yield at, entry
            if not entry.get("decided") and entry["key"] != at:
                yield entry["key"], entry


def _of(segment: dict[str, Any], zone: str, own: str) -> dict[str, Any]:
    """Its results with the zone that they lie in, where they may be relied on."""
    results = {
        at: {**(entry if zone == own else placed(entry, zone)), "zone": zone}
        for at, entry in segment["results"].items()
        if isinstance(entry, dict) and isinstance(entry.get("outputs"), dict)
        and may_name(entry, zone)
    }  # fmt: skip
    return {**segment, "results": results}


def _spaces(space: Space) -> Iterator[Space]:
    """Where runs may have left results: trusted zones first, the store behind this one last."""
    for zone in trusted_first(space.zones()):
        yield space if zone == space.zone else Space(space.blobs, zone, (zone,), space.atomic)
    if space.upstream is not None:
        with suppress(StoreUnreachable, Absent):
            if (behind := space.upstream()).zone != space.zone:
                yield behind


def _segments(space: Space, pipeline: str, count: int, skip: int) -> list[dict[str, Any]]:
    """A store that refuses or isn't there only costs time."""
    with suppress(StoreUnreachable, Absent):
        return list(segments(space, pipeline, limit=count, skip=skip))
    return []
