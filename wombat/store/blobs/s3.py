"""A store in a bucket of S3: `s3://bucket/prefix?endpoint=…`."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Absent, OutcomeUnknown, StoreUnreachable
from wombat.store.blobs import BlobStore, Created, Entry, Opener, Spoiled, Stat
from wombat.store.names import FORMAT_KEY
from wombat.store.parallel import each
from wombat.store.s3.address import parse_address
from wombat.store.s3.client import ASKED, PATIENCE, Client, Patience
from wombat.store.s3.faults import Fault, fault_of
from wombat.store.s3.listing import PAGE, in_order, pages, start_of
from wombat.store.s3.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wombat.store.s3.address import S3Address

RACERS: Final = 8
AWAITED: Final = 4


class S3Blobs:
    """Each object is one PUT, so it is there whole or not at all. Reads, listings, deletions and
    puts are tried again; a create is sent once. With each goes its SHA-256, for servers to check.
    """

    def __init__(self, address: S3Address, patience: Patience = PATIENCE) -> None:
        self.address = address
        self.client = Client(address, patience)
        self._outbox = Outbox(self._send)
        self._plain = False

    def __repr__(self) -> str:
        return f"S3Blobs({self.address.text})"

    @property
    def atomic(self) -> bool:
        """Races for one scratch name, and takes it away where it may; `wombat store probe` asks
        for more. Raises what the server says that is neither a success nor a refusal."""
        key = f"probe/{secrets.token_hex(8)}"
        try:
            faults = list(each(lambda _: self._conditional(key, b""), range(RACERS), width=RACERS))
        finally:
            with suppress(StoreUnreachable, Absent):
                self.delete([key])
        lost = [fault for fault in faults if fault is not None]
        if len(lost) < RACERS - 1:
            return False
        for fault in lost:
            if not (_exists(fault) or fault.conditions_unknown):
                raise self.client.error(fault, "CREATE", self.address.key(key))
        return len(lost) == RACERS - 1 and all(_exists(fault) for fault in lost)

    def get(self, key: str) -> bytes:
        if (held := self._outbox.held(key)) is not None:
            return held
        return self._get(self.address.key(key))

    def _get(self, full: str) -> bytes:
        return ASKED.came(
            self.client.ask("GET", full, lambda store: bytes(store.get(full).bytes()))
        )

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if (held := self._outbox.held(key)) is not None:
            return held[start : start + length]
        if length == 0:
            self.stat(key)
            return b""
        full = self.address.key(key)
        return ASKED.came(
            self.client.ask("GET", full, lambda store: _range(store, full, start, length))
        )

    def put(self, key: str, data: bytes) -> None:
        self._outbox.add(key, bytes(data))

    def create(self, key: str, data: bytes) -> Created:
        data = bytes(data)
        fault = self._conditional(key, data)
        if fault is not None and fault.conditions_unknown and self._unconditional():
            fault = self._once(key, data, "overwrite")
        if fault is None:
            return Created.LANDED
        if _exists(fault):
            self._await_winner(key, fault)
            return Created.EXISTS
        if fault.refused or fault.unsent:
            raise self.client.error(fault, "CREATE", self.address.key(key))
        raise OutcomeUnknown(
            f"nobody can say whether {key} was written: {self.address.server} gave no clear answer",
            hint="run the same command again: it recognises its own record",
        )

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        keys = (entry.key for entry in self.entries(prefix, after=after))
        return islice(in_order(keys, len(folder) + 1 if folder else 0), limit)

    def folders(self, prefix: str) -> Iterator[str]:
        full = self.address.key(prefix).rstrip("/")
        found = self.client.ask(
            "LIST", f"{full}/", lambda store: store.list_with_delimiter(full or None)
        )
        return (path.rpartition("/")[2] for path in found["common_prefixes"])

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        """In the server's order: that of bytes, or, where a server has folders inside, of steps."""
        folder, _, step = prefix.rpartition("/")
        skip = len(self.address.key(""))
        start = start_of(prefix, after)
        last = self.address.key(start) if start else None
        for found in pages(self.client, self.address.key(folder).rstrip("/"), last):
            key = found["path"][skip:]
            if not key.startswith(prefix):
                if key[len(folder) :].lstrip("/").split("/")[0] > step:
                    return
            elif key > after:
                yield Entry(key, found["size"], float(int(found["last_modified"].timestamp())))

    def delete(self, keys: Iterable[str]) -> None:
        first: StoreUnreachable | None = None
        waiting = iter(keys)
        while batch := [self.address.key(key) for key in islice(waiting, PAGE)]:
            try:
                self._delete(batch)
            except StoreUnreachable as error:
                first = first or error
        if first is not None:
            raise first

    def stat(self, key: str) -> Stat:
        if (held := self._outbox.held(key)) is not None:
            return Stat(len(held), time.time())
        full = self.address.key(key)
        found = self.client.ask("HEAD", full, lambda store: _head(store, full))
        tag = (found["e_tag"] or "").strip('"')
        return Stat(found["size"], float(int(found["last_modified"].timestamp())), tag)

    def sync(self) -> None:
        self._outbox.settle()

    def unsent(self, keys: Iterable[str]) -> str | None:
        return self._outbox.lost(keys)

    def _delete(self, batch: Sequence[str]) -> None:
        self.client.ask("DELETE", batch[0], lambda store: store.delete(batch))

    def _conditional(self, key: str, data: bytes) -> Fault | None:
        """One create. What was never sent, or refused for credentials that are over, is sent."""
        attempt = 0
        while True:
            attempt += 1
            fault = self._once(key, data, "create")
            if fault is not None and fault.expired and attempt == 1:
                self.client.refresh()
            elif fault is None or not fault.unsent or attempt >= self.client.patience.tries:
                return fault
            else:
                self.client.wait(attempt, fault)

    def _await_winner(self, key: str, fault: Fault) -> None:
        """A 409 may come before the record that won can be read: a lost race isn't unknown."""
        for attempt in range(1, AWAITED + 1):
            if fault.status != 409:
                return
            with suppress(Absent, StoreUnreachable):
                self.get_range(key, 0, 1)
                return
            self.client.wait(attempt, fault)

    def _once(self, key: str, data: bytes, mode: str) -> Fault | None:
        full = self.address.key(key)
        ASKED.goes(len(data))
        return self.client.once(
            "CREATE", lambda store: store.put(full, data, mode=mode, use_multipart=False)
        )[1]

    def _unconditional(self) -> bool:
        """Whether `wombat.json` says that the server has no conditional writes: only then may a
        create go without its condition. The names of such a store are never taken twice."""
        try:
            form = json.loads(self.get(FORMAT_KEY))
        except (Absent, ValueError):
            return False
        return isinstance(form, dict) and form.get("create") == "none"

    def _send(self, key: str, data: bytes) -> None:
        """A put, from the outbox. What stands there already is ours, or an equal of ours."""
        full = self.address.key(key)
        for attempt in range(1, self.client.patience.tries + 1):
            if self.client.ask("PUT", full, lambda store: self._put(store, full, data)):
                return
            with suppress(Absent):
                self._compare(key, data)
                return
            # A refusal for a rival's sake, and the rival's put came to nothing.
            self.client.wait(attempt, Fault(409, ""))
        raise StoreUnreachable(f"{self.address.server} neither stores {key} nor has it")

    def _put(self, store: Any, full: str, data: bytes) -> bool:
        """Whether it was stored now; False where something stands there."""
        mode = "overwrite" if self._plain else "create"
        ASKED.goes(len(data))
        try:
            store.put(full, data, mode=mode, use_multipart=False)
        except Exception as error:
            fault = fault_of(error)
            if _exists(fault):
                return False
            if self._plain or not fault.conditions_unknown:
                raise
            self._plain = True
            return self._put(store, full, data)
        return True

    def _compare(self, key: str, data: bytes) -> None:
        """By size and MD5, which an ETag mostly is; where it is none, by the bytes."""
        full = self.address.key(key)
        found = self.client.ask("HEAD", full, lambda store: _head(store, full))
        tag = (found["e_tag"] or "").strip('"')
        same = found["size"] == len(data)
        if same and tag != hashlib.md5(data, usedforsecurity=False).hexdigest():
            same = self._get(full) == data
        if not same:
            raise Spoiled(key)


def _exists(fault: Fault) -> bool:
    return fault.status in (409, 412)


def _range(store: Any, full: str, start: int, length: int) -> bytes:
    """Nothing where the object ends before; from the whole where a server knows no ranges."""
    try:
        return bytes(store.get_range(full, start=start, length=length))
    except Exception as error:
        if fault_of(error).status == 416:
            return b""
        if "non-partial" not in str(error):
            raise
    return bytes(store.get(full).bytes())[start : start + length]


def _head(store: Any, full: str) -> Any:
    """The answer to a HEAD has no body: what is refused or absent is asked for once more, to hear
    the server's own word for it."""
    try:
        return store.head(full)
    except Exception as error:
        if fault_of(error).status not in (400, 404):
            raise
    return store.get(full).meta


def _open(address: str) -> BlobStore:
    parsed = parse_address(address)
    parsed.guard()
    return S3Blobs(parsed)


BLOBS: Final[Opener] = _open
