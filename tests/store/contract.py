"""What every blob store must do: a test class with a fixture `blobs` inherits all of it."""

from __future__ import annotations

import threading

import pytest

from wombat.errors import Absent
from wombat.store import BlobStore, Created
from wombat.store.blobs import Spoiled


class BlobContract:
    """Subclasses give `blobs`: a new, empty store for each test."""

    def test_what_is_put_is_read_back(self, blobs: BlobStore) -> None:
        blobs.put("t/p/p/ab/one", b"bytes")
        assert blobs.get("t/p/p/ab/one") == b"bytes"
        blobs.sync()
        assert blobs.get("t/p/p/ab/one") == b"bytes"

    def test_put_twice_is_put_once(self, blobs: BlobStore) -> None:
        for _ in range(2):
            blobs.put("t/p/p/ab/one", b"bytes")
            blobs.sync()
            blobs.put("t/p/p/ab/one", b"bytes")
        assert list(blobs.list("t/")) == ["t/p/p/ab/one"]

    def test_other_bytes_at_a_contents_name_are_told(self, blobs: BlobStore) -> None:
        blobs.create("t/p/p/ab/one", b"other bytes")
        with pytest.raises(Spoiled):
            self._put_all(blobs, {"t/p/p/ab/one": b"bytes", "t/p/p/ab/two": b"two"})
        blobs.put("t/p/p/ab/two", b"two")
        blobs.sync()
        assert blobs.get("t/p/p/ab/one") == b"other bytes"
        assert blobs.get("t/p/p/ab/two") == b"two"

    def _put_all(self, blobs: BlobStore, objects: dict[str, bytes]) -> None:
        for key, data in objects.items():
            blobs.put(key, data)
        blobs.sync()

    def test_absent_is_absent(self, blobs: BlobStore) -> None:
        for read in (blobs.get, blobs.stat, lambda key: blobs.get_range(key, 0, 1)):
            with pytest.raises(Absent):
                read("t/p/nothing/here")
        blobs.create("t/p/folder/one", b"")
        with pytest.raises(Absent):
            blobs.get("t/p/folder")

    def test_create_lands_once(self, blobs: BlobStore) -> None:
        assert blobs.create("t/p/refs/1", b"first") is Created.LANDED
        assert blobs.create("t/p/refs/1", b"second") is Created.EXISTS
        assert blobs.get("t/p/refs/1") == b"first"

    def test_one_of_many_creates_lands(self, blobs: BlobStore) -> None:
        outcomes: list[tuple[Created, bytes]] = []
        barrier = threading.Barrier(8)

        def create(data: bytes) -> None:
            barrier.wait()
            outcomes.append((blobs.create("t/p/refs/1", data), data))

        threads = [threading.Thread(target=create, args=(b"%d" % n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        landed = [data for outcome, data in outcomes if outcome is Created.LANDED]
        assert landed == [blobs.get("t/p/refs/1")]

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [(0, 4, b"0123"), (3, 4, b"3456"), (8, 9, b"89"), (10, 1, b""), (50, 5, b""), (2, 0, b"")],
    )
    def test_ranges(self, blobs: BlobStore, start: int, length: int, expected: bytes) -> None:
        blobs.put("t/p/p/ab/one", b"0123456789")
        assert blobs.get_range("t/p/p/ab/one", start, length) == expected

    def test_listing_is_in_byte_order_of_whole_keys(self, blobs: BlobStore) -> None:
        keys = ["a/b", "a/b-c", "a/b.c/d", "a/b/c", "a/b0", "a/B", "a/%C3%BC/1", "a/é", "ab/c"]
        keys.remove("a/b")
        for key in keys:
            blobs.create(key, b"x")
        ordered = sorted(keys, key=str.encode)
        assert list(blobs.list("")) == ordered
        assert list(blobs.list("a/")) == [k for k in ordered if k.startswith("a/")]
        assert list(blobs.list("a/b")) == [k for k in ordered if k.startswith("a/b")]
        for key in keys:
            expected = [k for k in ordered if k > key]
            assert list(blobs.list("", after=key)) == expected
            assert list(blobs.list("", after=key, limit=2)) == expected[:2]
        assert list(blobs.list("nothing/")) == []

    def test_folders_are_the_next_steps(self, blobs: BlobStore) -> None:
        for key in ("a/b", "a/b-c/1", "a/c/1", "a/c/2/3", "a/é/1", "b/x/1"):
            blobs.create(key, b"x")
        assert sorted(blobs.folders("a/")) == ["b-c", "c", "é"]
        assert sorted(blobs.folders("a/c/")) == ["2"]
        assert list(blobs.folders("a/c/2/")) == []
        assert list(blobs.folders("nothing/")) == []

    def test_delete_is_idempotent(self, blobs: BlobStore) -> None:
        blobs.create("t/p/refs/1", b"x")
        blobs.create("t/p/refs/2", b"y")
        for _ in range(2):
            blobs.delete(["t/p/refs/1", "t/p/refs/none"])
        assert list(blobs.list("t/")) == ["t/p/refs/2"]
        blobs.delete(["t/p/refs/2"])
        assert list(blobs.list("t/")) == []

    def test_stat(self, blobs: BlobStore) -> None:
        blobs.create("t/p/refs/1", b"12345")
        assert blobs.stat("t/p/refs/1").size == 5
        assert blobs.stat("t/p/refs/1").time > 1_600_000_000

    def test_entries_are_the_listing_with_sizes_and_times(self, blobs: BlobStore) -> None:
        for number in range(5):
            blobs.create(f"t/p/refs/{number}", b"x" * number)
        entries = list(blobs.entries("t/p/", after="t/p/refs/1"))
        assert [e.key for e in entries] == list(blobs.list("t/p/", after="t/p/refs/1"))
        for entry in entries:
            stat = blobs.stat(entry.key)
            assert (entry.size, entry.time) == (stat.size, stat.time)

    def test_large_and_empty(self, blobs: BlobStore) -> None:
        data = bytes(range(256)) * 40_000
        blobs.put("t/p/p/ab/large", data)
        blobs.put("t/p/p/ab/empty", b"")
        blobs.sync()
        assert blobs.get("t/p/p/ab/large") == data
        assert blobs.get("t/p/p/ab/empty") == b""
