"""The contract of blob stores, on real servers of S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.contract import BlobContract
from wombat.digest import digest_bytes
from wombat.store import names, result_listing
from wombat.store.blobs.s3 import S3Blobs
from wombat.store.s3.address import parse_address
from wombat.store.wrap.looking import Looking

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.s3.servers import Server
    from wombat.store import BlobStore

pytestmark = pytest.mark.slow


class TestSeaweed(BlobContract):
    """Its listings come by steps, not by bytes."""

    @pytest.fixture
    def blobs(self, servers: Callable[[str], Server], prefix: str) -> S3Blobs:
        return S3Blobs(parse_address(servers("seaweed").address(prefix)))


class TestMoto(BlobContract):
    @pytest.fixture
    def blobs(self, servers: Callable[[str], Server], prefix: str) -> S3Blobs:
        return S3Blobs(parse_address(servers("moto").address(prefix)))


class TestRclone(BlobContract):
    """Without conditional writes, and without an answer to a range that says it is one."""

    @pytest.fixture
    def blobs(self, servers: Callable[[str], Server], prefix: str) -> BlobStore:
        return Looking(S3Blobs(parse_address(servers("rclone").address(prefix))))

    test_create_lands_once = None  # type: ignore[assignment]
    test_one_of_many_creates_lands = None  # type: ignore[assignment]


def test_atomic_is_found_out(server: Server, prefix: str) -> None:
    blobs = S3Blobs(parse_address(server.address(prefix)))
    assert blobs.atomic is server.atomic
    if server.atomic:  # rclone's listing may keep a name for which several puts raced, for good
        assert list(blobs.list("")) == []


def test_many_results_are_listed_from_any_key_on(
    server: Server, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing begins in its middle, in either order and below a name with a dash."""
    monkeypatch.setattr(result_listing, "PAGE", 8)
    blobs = S3Blobs(parse_address(server.address(prefix)))
    keys = [digest_bytes(str(number).encode()) for number in range(60)]
    for key in keys[:30]:
        blobs.create(names.result("u/my-shop", key, "run-1", 1), b"{}")
    blobs.create("u/my-shop/runs/p/r/header", b"{}")
    for asked in (keys, keys[25:], keys[30:]):
        found = result_listing.entries_of(blobs, "u/my-shop", asked, far=True)
        assert sorted(found) == sorted({*asked} & {*keys[:30]})
