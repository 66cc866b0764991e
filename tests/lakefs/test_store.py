"""A store on a branch of lakeFS: the contract of blob stores, and what is lakeFS's own."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.store.contract import BlobContract
from wombat.store.blobs.lakefs import LakeBlobs
from wombat.store.lakefs.address import parse_address

if TYPE_CHECKING:
    from tests.lakefs.conftest import Lake


class TestLakefs(BlobContract):
    @pytest.fixture
    def blobs(self, lake: Lake) -> LakeBlobs:
        return LakeBlobs(parse_address(f"lakefs://{lake.repository}/main/a/store"))
