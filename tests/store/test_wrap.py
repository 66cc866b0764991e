"""What stands around a blob store: counting, and looking before a put."""

from __future__ import annotations

import threading

import pytest

from tests.store.contract import BlobContract
from wombat.store.blobs import Spoiled
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.parallel import each
from wombat.store.wrap.counting import Counting
from wombat.store.wrap.looking import Looking


class TestCounting(BlobContract):
    @pytest.fixture
    def blobs(self) -> Counting:
        return Counting(MemoryBlobs())


class TestLooking(BlobContract):
    @pytest.fixture
    def blobs(self) -> Looking:
        return Looking(MemoryBlobs())


def test_calls_bytes_and_rounds() -> None:
    blobs = Counting(MemoryBlobs())
    for number in range(5):
        blobs.put(f"p/{number}", b"12345")
    blobs.sync()
    blobs.sync()
    assert blobs.counts.rounds == 1, "puts go side by side, and nothing was left for another sync"
    blobs.create("r/1", b"1")
    assert blobs.get("p/1") == b"12345"
    assert blobs.get_range("p/1", 1, 2) == b"23"
    assert len(list(blobs.list("p/"))) == 5
    counts = blobs.counts
    assert dict(counts.calls) == {"put": 5, "create": 1, "get": 2, "list": 1}
    assert (counts.total, counts.sent, counts.received, counts.rounds) == (9, 26, 7, 5)
    assert counts.text().startswith("9 requests in 5 rounds (1 create, 2 get, 1 list, 5 put)")


def test_a_listing_counts_by_pages() -> None:
    blobs = Counting(MemoryBlobs())
    for number in range(2500):
        blobs.create(f"p/{number:04}", b"")
    blobs.counts.calls.clear()
    assert len(list(blobs.entries("p/"))) == 2500
    assert dict(blobs.counts.calls) == {"list": 3}
    assert next(blobs.list("p/", limit=1)) == "p/0000"
    assert dict(blobs.counts.calls) == {"list": 4}


def test_what_goes_side_by_side_is_one_round() -> None:
    barrier = threading.Barrier(4)

    class Slow(MemoryBlobs):
        def get(self, key: str) -> bytes:
            barrier.wait(60)
            return super().get(key)

    blobs = Counting(Slow(objects={"k": (b"x", 0.0)}))
    assert list(each(blobs.get, ["k"] * 8, width=4)) == [b"x"] * 8
    assert blobs.counts.calls["get"] == 8
    assert 2 <= blobs.counts.rounds <= 8
    alone = Counting(Slow(objects={"k": (b"x", 0.0)}))
    list(each(alone.get, ["k"] * 4, width=4))
    assert alone.counts.rounds == 1


def test_nothing_is_put_where_it_stands() -> None:
    class Once(MemoryBlobs):
        def put(self, key: str, data: bytes) -> None:
            assert key not in self.objects
            super().put(key, data)

    blobs = Looking(Once(atomic=True))
    assert blobs.atomic is False
    for _ in range(2):
        blobs.put("p/1", b"bytes")
    with pytest.raises(Spoiled):
        blobs.put("p/1", b"other")
    with pytest.raises(Spoiled):
        blobs.put("p/1", b"more than before")
