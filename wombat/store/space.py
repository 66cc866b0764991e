"""A zone of an opened store; reading with proof: twice, then never; creating with proof."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from wombat.digest import digest_bytes
from wombat.errors import Absent, OutcomeUnknown, StoreDamaged, StoreUnreachable
from wombat.store import names
from wombat.store.blobs import Created
from wombat.store.doom import Watch
from wombat.store.records import Mismatch, longest, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.store.blobs import BlobStore
    from wombat.store.records import Body
    from wombat.store.sent import Sent

T = TypeVar("T")
GONE: Final = "it is gone"


@dataclass(frozen=True, slots=True)
class Space:
    """The zone that is written, the zones that are read (own one first), and where they lie."""

    blobs: BlobStore
    zone: str
    readable: tuple[str, ...]
    atomic: bool = True
    watch: Watch = field(default_factory=Watch, compare=False)
    upstream: Callable[[], Space] | None = field(default=None, compare=False)
    """The trusted zone of the project in the store behind this one, where there is one: read for
    what isn't here, and where a good copy may lie of what is damaged."""

    cached: BlobStore | None = field(default=None, compare=False)
    """The same store with the user's cache before it, where it is far away; for pulls alone."""

    sent: Sent | None = field(default=None, compare=False)
    """What this user began to send to a store that is far away."""

    standing: set[str] = field(default_factory=set, compare=False)
    """Keys of packs that this command found where they should be."""

    def zones(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.zone, *self.readable)))


def read_checked(
    space: Space, key: str, check: Callable[[bytes], T], *, span: tuple[int, int] | None = None
) -> T:
    """What `check` makes of the object's bytes (of `span`: start and length, if given).

    `check` raises Mismatch for bytes that aren't right: they are read once more, then reported
    below `damage/`; raises StoreDamaged, and Absent where the object is gone.
    """
    for last in (False, True):
        data = space.blobs.get(key) if span is None else space.blobs.get_range(key, *span)
        try:
            return check(data)
        except Mismatch as error:
            if last:
                report_damage(space, key, str(error))
                raise StoreDamaged(
                    f"{key} is damaged: {error}",
                    hint="nothing of it was delivered; 'wombat verify' tells what it concerns, and "
                    "'wombat verify --repair --from PATH' mends it from a file that you have",
                ) from error
    raise AssertionError("read twice")


def read_sealed(space: Space, key: str, kind: str) -> Body:
    """A record's fields as they stand; little is read of what is too long to be one.

    Raises Absent, StoreDamaged.
    """
    span = (0, longest(kind) + 1)
    return read_checked(space, key, lambda data: unseal(key, kind, data), span=span)


def settle(space: Space, key: str, data: bytes) -> bool:
    """One create, sent once; what it became is decided by what stands there afterwards.

    "It exists" means nothing by itself: a store may say so of our own bytes, stored before the
    answer was lost.
    """
    try:
        if space.blobs.create(key, data) is Created.LANDED:
            return True
    except OutcomeUnknown:
        pass
    try:
        return space.blobs.get_range(key, 0, len(data) + 1) == data
    except (Absent, StoreUnreachable) as error:
        raise OutcomeUnknown(
            f"nobody can say whether {key} was written",
            hint="run the same command again: it recognises its own record",
        ) from error


def lost(key: str, what: str) -> StoreDamaged:
    """Something that a record names is gone: that is damage, not absence."""
    return StoreDamaged(
        f"{what} is gone from the store: {key}",
        code="store-lost",
        hint="'wombat verify' tells what it concerns, and 'wombat verify --repair --from PATH' "
        "mends it from a file that you have",
    )


def report_damage(space: Space, key: str, reason: str) -> None:
    """Leaves a note for whoever looks after the store; a reader without the right goes on.

    One note an object is enough, and from now on this command avoids it.
    """
    digest = digest_bytes(key.encode())
    if digest in space.watch.spoiled:
        return
    space.watch.spoiled.add(digest)
    zone = next((z for z in space.zones() if key.startswith(f"{z}/")), space.zone)
    name = names.build("damage", zone=zone, digest=digest, nonce=os.urandom(8).hex())
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        body = {"key": key, "reason": reason[:1000], "time": moment}
        space.blobs.create(name, seal(name, "damage", body))
    except (StoreUnreachable, Absent, OutcomeUnknown):
        return  # the damage itself is what has to be told


def listed(
    space: Space, prefix: str, *, limit: int | None = None
) -> Iterator[tuple[str, names.Name]]:
    """The keys below a prefix that are names of this format."""
    for key in space.blobs.list(prefix, limit=limit):
        if (name := names.parse(key)) is not None:
            yield key, name
