"""What the probe finds out is true: of real servers, of folders, and of stores that lie."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import pytest

from tests.s3.conftest import servers as servers  # noqa: PLC0414 -- a fixture
from tests.s3.servers import BUCKET, ENVIRON, client
from wombat.errors import StoreDenied, StoreUnreachable
from wombat.store.blobs import Created, open_blobs
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.probing import Verdict, probe
from wombat.store.target import BlobTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.s3.servers import Server

SAME = {
    "listing after writing": "good",
    "ranges": "good",
    "clock": "good",
    "overwriting": "note",
    "deleting": "note",
}
SERVERS = {
    "seaweed": {
        "create once": "good",
        "create again": "good",
        "order of listing": "note",
        "checksum SHA-256": "good",
        "Content-MD5": "good",
    },
    "moto": {
        "create once": "good",
        "create again": "good",
        "order of listing": "good",
        "checksum SHA-256": "note",
        "Content-MD5": "note",
    },
    "rclone": {
        "create once": "note",
        "create again": "note",
        "order of listing": "good",
        "checksum SHA-256": "note",
        "Content-MD5": "good",
    },
}


def states(verdict: Verdict) -> dict[str, str]:
    return {fact.name: fact.state for fact in verdict.facts}


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_of_a_real_server(
    kind: str, servers: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wombat.store.s3.address import parse_address
    from wombat.store.s3.probe import Wire

    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    server, prefix = servers(kind), f"probe-{secrets.token_hex(4)}"
    began = time.monotonic()
    verdict = probe(Wire(parse_address(server.address(prefix))), "t/shop", rounds=3)
    assert time.monotonic() - began < 60
    assert verdict.create == ("atomic" if server.atomic else "none")
    assert states(verdict) == {**SAME, **SERVERS[kind]}
    assert verdict.usable
    left = client(server.endpoint).list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/")
    assert not left.get("Contents")


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_of_what_is_here(where: str, tmp_path: Path) -> None:
    address = str(tmp_path / "store") if where == "folder" else f"memory:{secrets.token_hex(4)}"
    blobs = open_blobs(address)
    verdict = probe(BlobTarget(blobs), "local/shop", rounds=2)
    assert verdict.create == "atomic"
    assert verdict.usable
    assert not list(blobs.list("local/"))


class Racing(MemoryBlobs):
    """Refuses a second create, but looks and writes apart: a race has many winners."""

    __slots__ = ()

    def create(self, key: str, data: bytes) -> Created:
        free = key not in self.objects
        time.sleep(0.01)
        if not free:
            return Created.EXISTS
        self.objects[key] = (data, time.time())
        return Created.LANDED


class Mixing(Racing):
    """As Racing, and what is left of a race can't be read."""

    __slots__ = ()

    def get(self, key: str) -> bytes:
        if "/race" in key:
            raise StoreUnreachable("answers 500")
        return super().get(key)


class Late(MemoryBlobs):
    """Lists what was there before the last write."""

    __slots__ = ()

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        found = list(MemoryBlobs.list(self, prefix, after=after))
        return iter(found[:-1][:limit])


class Unordered(MemoryBlobs):
    __slots__ = ()

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        return iter(sorted(MemoryBlobs.list(self, prefix, after=after), key=str.lower))


class Deaf(MemoryBlobs):
    """Ignores ranges."""

    __slots__ = ()

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.get(key)


class Keeping(MemoryBlobs):
    """As a role of CI sees a store: it may not delete."""

    __slots__ = ()

    def delete(self, keys: Iterable[str]) -> None:
        raise StoreDenied("s3:DeleteObject is refused")


@pytest.mark.parametrize(
    ("blobs", "name", "state"),
    [
        (Racing(), "create once", "note"),
        (Mixing(), "create once", "note"),
        (Late(), "listing after writing", "wrong"),
        (Unordered(), "order of listing", "wrong"),
        (Deaf(), "ranges", "wrong"),
        (MemoryBlobs(clock=lambda: time.time() - 86_400), "clock", "wrong"),
        (Keeping(), "deleting", "good"),
        (MemoryBlobs(atomic=False), "create again", "note"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, MemoryBlobs) else str(value),
)
def test_a_store_that_lies_is_found_out(blobs: MemoryBlobs, name: str, state: str) -> None:
    verdict = probe(BlobTarget(blobs), "t/shop", rounds=2)
    assert states(verdict)[name] == state
    assert verdict.usable == (state != "wrong")
    assert (verdict.create == "none") == name.startswith("create")


def test_what_may_not_be_written_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    class Closed(MemoryBlobs):
        __slots__ = ()

        def create(self, key: str, data: bytes) -> Created:
            raise StoreDenied("s3:PutObject is refused")

    with pytest.raises(StoreDenied):
        probe(BlobTarget(Closed()), "t/shop", rounds=2)
