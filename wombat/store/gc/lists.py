"""The collections below `gc/`: what each doomed, how old that is, and whether it is done."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import StoreUnreachable
from wombat.store import names
from wombat.store.doom import read_page
from wombat.store.gc.clocks import Clocks, ServerClock
from wombat.store.records import seal
from wombat.store.space import settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.blobs import Entry
    from wombat.store.space import Space

PAGE: Final = 6_000
"""Keys on one page: at most 150 bytes each, in a record of at most 1 MiB."""


@dataclass(slots=True)
class Collection:
    """One collection's records; times are the server's."""

    at: str
    """Its prefix, with a slash at the end."""
    doomed: list[Entry] = field(default_factory=list)
    states: list[Entry] = field(default_factory=list)
    done: Entry | None = None

    def phase(self, now: float, clocks: Clocks) -> str:
        """`done`; `waits` until every page is past the grace; `due`; `expired`.

        Without pages there is nothing to delete: it waits, then expires.
        """
        if self.done is not None:
            return "done"
        times = [one.time for one in (self.doomed or self.states)]
        if not times or now - min(times) >= clocks.life:
            return "expired"
        return "due" if self.doomed and now - max(times) >= clocks.grace else "waits"

    def landed(self) -> float:
        return min((one.time for one in (self.doomed or self.states)), default=0.0)

    def ends(self) -> float:
        """The newest time of its records, from which its own removal counts."""
        every = [*self.doomed, *self.states, *([self.done] if self.done else [])]
        return max((one.time for one in every), default=0.0)


def collections(space: Space) -> list[Collection]:
    """Those that the zone's listing shows, the newest first."""
    found: dict[str, Collection] = {}
    for entry in space.blobs.entries(f"{space.zone}/gc/"):
        name = names.parse(entry.key)
        if name is None:
            continue
        at = f"{space.zone}/gc/{name['moment']}-{name['nonce']}/"
        one = found.setdefault(at, Collection(at))
        if name.kind == "done":
            one.done = entry
        else:
            (one.doomed if name.kind == "doomed" else one.states).append(entry)
    return list(found.values())


def begin(space: Space, clocks: Clocks) -> tuple[str, ServerClock]:
    """A new collection's prefix, and the server's time by its first record.

    The moment in its name is of the clock at hand: it orders names and decides nothing.
    """
    moment = names.inverse(int(clocks.wall() * 1000))
    at = f"{space.zone}/gc/{moment}-{secrets.token_hex(8)}/"
    since = clocks.elapsed()
    key = _write(space, at, "state", 0, {"began": True})
    return at, ServerClock(space.blobs.stat(key).time, since, clocks.elapsed)


def write_pages(space: Space, at: str, objects: Iterable[str]) -> int:
    """Doomed pages of keys below the zone; how many. Each stands by itself."""
    rest, page = iter(objects), 0
    while batch := list(islice(rest, PAGE)):
        _write(space, at, "doomed", page, {"objects": batch})
        page += 1
    return page


def write_state(space: Space, at: str, tops: dict[str, int]) -> None:
    """How far each branch had come: no later listing may show less."""
    rest, page = iter(sorted(tops.items())), 1
    while batch := list(islice(rest, PAGE // 2)):
        _write(space, at, "state", page, {"tops": dict(batch)})
        page += 1


def write_done(space: Space, at: str, told: dict[str, Any]) -> None:
    """Nothing of this collection is deleted any more; another collector may have said so."""
    key = f"{at}done"
    settle(space, key, seal(key, "done", told))


def objects_of(space: Space, one: Collection) -> Iterator[tuple[str, float]]:
    """Each key that the collection doomed, below its zone, and when its page landed."""
    for page in one.doomed:
        for key in read_page(space, page.key):
            yield key, page.time


def remove(space: Space, one: Collection) -> None:
    """Takes a collection away: first what dooms, last what says that it is done."""
    for entries in (one.doomed, one.states, [one.done] if one.done else []):
        if entries:
            space.blobs.delete([entry.key for entry in entries])


def _write(space: Space, at: str, kind: str, page: int, body: dict[str, Any]) -> str:
    key = f"{at}{kind}/{page:06}"
    if not settle(space, key, seal(key, kind, body)):
        raise StoreUnreachable(f"{key} was written by somebody else", hint="run gc again")
    return key
