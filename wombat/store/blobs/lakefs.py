"""A store on a branch of lakeFS: `lakefs://repository/branch/prefix`."""

from __future__ import annotations

import hashlib
import secrets
import time
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from wombat.errors import Absent, OutcomeUnknown, StoreUnreachable, UsageFault
from wombat.store.blobs import BlobStore, Created, Entry, Opener, Spoiled, Stat
from wombat.store.lakefs import objects, staging
from wombat.store.lakefs.address import FORM, LakeAddress, parse_address
from wombat.store.lakefs.client import open_client
from wombat.store.lakefs.faults import nowhere
from wombat.store.lakefs.presigned import Presigned
from wombat.store.parallel import each
from wombat.store.s3.client import PATIENCE
from wombat.store.s3.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.errors import WombatError
    from wombat.store.lakefs.faults import Fault
    from wombat.store.s3.client import Patience

T = TypeVar("T")
RACERS: Final = 8
PAGE: Final = objects.PAGE
_MARK: Final = "wombat-create"
"""The object's metadata in which a create says which one it was."""


class LakeBlobs:
    """Each object is one upload to the branch, uncommitted until somebody commits: Wombat never
    does. Reads, listings, deletions and puts are tried again; a create is sent once.

    A commit that somebody makes meanwhile may refuse what it has just taken, and then lose it: so
    what a refusal leaves is looked at, and pinned where it is ours (see `staging.pin`).
    """

    def __init__(self, address: LakeAddress, patience: Patience = PATIENCE) -> None:
        self.address = address
        self.client = open_client(address, patience)
        self._presigned = Presigned(self.client, address.ref)
        self._outbox = Outbox(self._send)
        self._seen = False

    def __repr__(self) -> str:
        return f"LakeBlobs({self.address.text})"

    @property
    def atomic(self) -> bool:
        """Races for one scratch name, and takes it away where it may: a server that is too old for
        conditional uploads takes them all."""
        key = f"probe/{secrets.token_hex(8)}"
        try:
            told = list(each(lambda _: self.create(key, b""), range(RACERS), width=RACERS))
        finally:
            with suppress(StoreUnreachable, Absent):
                self.delete([key])
        return told.count(Created.LANDED) == 1

    def get(self, key: str) -> bytes:
        if (held := self._outbox.held(key)) is not None:
            return held
        return self._read(key, lambda full: self._presigned.get(full, key))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if (held := self._outbox.held(key)) is not None:
            return held[start : start + length]
        if length == 0:
            self.stat(key)
            return b""
        return self._read(key, lambda full: self._presigned.get_range(full, start, length))

    def put(self, key: str, data: bytes) -> None:
        self._outbox.add(key, bytes(data))

    def create(self, key: str, data: bytes) -> Created:
        full, data, mark = self.address.key(key), bytes(data), secrets.token_hex(16)
        for attempt in range(1, self.client.patience.tries + 1):
            fault = self._conditional(full, data, mark)
            if fault is None:
                self._seen = True
                return Created.LANDED
            if fault.status != 412:
                raise self._unlanded(fault, key)
            with suppress(Absent):
                return self._after_refusal(key, data, mark)
            self.client.wait(attempt)
        raise self._unknown(key)

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        amount = PAGE if limit is None else max(1, min(limit, PAGE))
        return islice((entry.key for entry in self._listed(prefix, after, amount)), limit)

    def folders(self, prefix: str) -> Iterator[str]:
        found = objects.folders(self.client, self.address.ref, self.address.key(prefix))
        return self._on_branch(found)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        return self._listed(prefix, after, PAGE)

    def delete(self, keys: Iterable[str]) -> None:
        first: StoreUnreachable | None = None
        waiting = iter(keys)
        while batch := [self.address.key(key) for key in islice(waiting, PAGE)]:
            try:
                objects.delete(self.client, self.address.ref, batch)
            except Absent as error:
                raise self._nowhere(error) from None
            except StoreUnreachable as error:
                first = first or error
        if first is not None:
            raise first

    def stat(self, key: str) -> Stat:
        if (held := self._outbox.held(key)) is not None:
            return Stat(len(held), time.time())
        found = self._read(key, self._stat)
        return Stat(found.size, found.time, found.checksum)

    def sync(self) -> None:
        self._outbox.settle()

    def unsent(self, keys: Iterable[str]) -> str | None:
        return self._outbox.lost(keys)

    def _listed(self, prefix: str, after: str, amount: int) -> Iterator[Entry]:
        """lakeFS lists by the bytes of whole paths."""
        skip = len(self.address.key(""))
        found = objects.listing(
            self.client,
            self.address.ref,
            self.address.key(prefix),
            after=self.address.key(after) if after else "",
            amount=amount,
            metadata=False,
        )
        return self._on_branch(Entry(one.path[skip:], one.size, one.time) for one in found)

    def _on_branch(self, found: Iterator[T]) -> Iterator[T]:
        """Where nothing is, a listing is empty: what it calls absent is the branch."""
        try:
            yield from found
        except Absent as error:
            raise self._nowhere(error) from None
        self._seen = True

    def _read(self, key: str, call: Callable[[str], T]) -> T:
        """What a read answers. Absent is said twice: in the moment in which a commit ends, lakeFS
        may not find what it commits. And a missing branch is never told as a missing object."""
        try:
            found = self._twice(self.address.key(key), call)
        except Absent:
            if not self._seen:
                next(self.list("", limit=1), None)
            raise Absent(f"{key} is not in the store") from None
        self._seen = True
        return found

    def _twice(self, full: str, call: Callable[[str], T]) -> T:
        try:
            return call(full)
        except Absent:
            return call(full)

    def _stat(self, full: str) -> objects.Object:
        return objects.stat(self.client, self.address.ref, full)

    def _conditional(self, full: str, data: bytes, mark: str) -> Fault | None:
        """One create. Sent again only where the server can't have seen it."""
        attempt = 0
        while True:
            attempt += 1
            fault = staging.create(self.client, self.address.ref, full, data, {_MARK: mark})
            if fault is None or not fault.unsent or attempt >= self.client.patience.tries:
                return fault
            self.client.wait(attempt)

    def _after_refusal(self, key: str, data: bytes, mark: str) -> Created:
        """Who was first. Absent where nobody was, after all: then it may be tried again.

        Without a mark it was pinned, and by whoever met it last: then only the bytes tell whose
        it is.
        """
        full = self.address.key(key)
        found = self._twice(full, self._stat).metadata.get(_MARK)
        if found not in (None, mark):
            return Created.EXISTS
        try:
            if found == mark:
                staging.pin(self.client, self.address.ref, full)
            return Created.LANDED if self._same(full, data) else Created.EXISTS
        except StoreUnreachable as error:
            raise self._unknown(key) from error

    def _unlanded(self, fault: Fault, key: str) -> WombatError:
        if fault.refused or fault.unsent:
            error = self.client.error(fault, "fs:WriteObject", self.address.key(key))
            return self._nowhere(error) if isinstance(error, Absent) else error
        return self._unknown(key)

    def _unknown(self, key: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"nobody can say whether {key} was written: lakeFS at {self.client.server} gave no "
            "clear answer",
            hint="run the same command again: it recognises its own record",
        )

    def _send(self, key: str, data: bytes) -> None:
        """A put, from the outbox. What stands there already is ours, or an equal of ours."""
        full = self.address.key(key)
        for attempt in range(1, self.client.patience.tries + 1):
            try:
                if self._presigned.put(full, data):
                    return
            except Absent as error:
                raise self._nowhere(error) from None
            with suppress(Absent):
                if not self._same(full, data):
                    raise Spoiled(key)
                staging.pin(self.client, self.address.ref, full)
                return
            self.client.wait(attempt)
        raise StoreUnreachable(f"lakeFS at {self.client.server} neither stores {key} nor has it")

    def _same(self, full: str, data: bytes) -> bool:
        """By size and MD5, which a checksum mostly is; where it is none, by the bytes."""
        found = self._stat(full)
        if found.size != len(data):
            return False
        if found.checksum == hashlib.md5(data, usedforsecurity=False).hexdigest():
            return True
        return objects.read(self.client, self.address.ref, full) == data

    def _nowhere(self, error: WombatError) -> StoreUnreachable:
        place = f"{self.address.repository}/{self.address.ref}"
        return nowhere(place, self.client.server, error.message.partition("lakeFS: ")[2])


def _open(address: str) -> BlobStore:
    parsed = parse_address(address)
    if not parsed.is_branch:
        raise UsageFault(
            f"a store can't be kept at {parsed.shown}; expected a branch, as nothing else is "
            "written to",
            code="store-address",
            hint=f"the form is {FORM}",
        )
    return LakeBlobs(parsed)


BLOBS: Final[Opener] = _open
