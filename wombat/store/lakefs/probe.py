"""A branch of lakeFS as its server answers, for probing: conditions, pages, its clock."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreUnreachable
from wombat.store.lakefs import objects, staging
from wombat.store.lakefs.client import open_client
from wombat.store.lakefs.faults import nowhere
from wombat.store.target import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.lakefs.address import LakeAddress

PAGE: Final = 3
"""Paths a page, so that a few need several."""


class Wire:
    """A create is one request, sent once. StoreDenied, StoreUnreachable."""

    def __init__(self, address: LakeAddress) -> None:
        self._address = address
        self._client = open_client(address)

    def create(self, key: str, data: bytes) -> str:
        path = self._address.key(key)
        fault = staging.create(self._client, self._address.ref, path, data, {})
        if fault is None:
            return "landed"
        if fault.status == 404:
            raise self._nowhere(fault.said)
        if fault.status in (401, 403):
            raise self._client.error(fault, "fs:WriteObject", path)
        return str(fault.status) if fault.status else fault.reason

    def put(self, key: str, data: bytes) -> None:
        path = self._address.key(key)
        objects.write(self._client, self._address.ref, path, data, size=len(data))

    def get(self, key: str) -> bytes:
        return objects.read(self._client, self._address.ref, self._address.key(key))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        path = self._address.key(key)
        return objects.read(self._client, self._address.ref, path, start, length)

    def list(self, prefix: str) -> list[str]:
        """Each page begins after the last path of the one before."""
        cut, whole = len(self._address.key("")), self._address.key(prefix)
        found = objects.listing(self._client, self._address.ref, whole, amount=PAGE)
        try:
            return [one.path[cut:] for one in found]
        except Absent as error:
            raise self._nowhere(error.message.partition("lakeFS: ")[2]) from None

    def delete(self, keys: Iterable[str]) -> None:
        paths = [self._address.key(key) for key in keys]
        objects.delete(self._client, self._address.ref, paths)

    def written(self, key: str) -> float:
        return objects.stat(self._client, self._address.ref, self._address.key(key)).time

    def now(self) -> float:
        """Of an answer's Date, which has whole seconds; our own where there is none."""
        date = self._client.ask(
            "fs:ReadConfig",
            "the configuration",
            lambda api: api.config_api.get_config_with_http_info(
                _request_timeout=self._client.timeout
            ),
        ).headers.get("Date")
        return parsedate_to_datetime(date).timestamp() if date else time.time()

    def replace(self, key: str, data: bytes) -> None:
        """Overwrites; for `wombat.json` and its administrator alone."""
        self.put(key, data)

    def extras(self, prefix: str) -> Iterator[Fact]:
        del prefix
        try:
            found = self._client.ask(
                "fs:ReadConfig",
                "the configuration",
                lambda api: api.config_api.get_config(_request_timeout=self._client.timeout),
            )
        except StoreUnreachable:
            return
        version, storage = found.version_config, found.storage_config
        if version is not None and version.version:
            yield Fact("version", "note", f"lakeFS {version.version}")
        if storage is not None:
            way = "by URLs of its own" if storage.pre_sign_support else "through lakeFS itself"
            yield Fact("packs", "note", f"come and go {way} ({storage.blockstore_type})")

    def _nowhere(self, said: str) -> StoreUnreachable:
        place = f"{self._address.repository}/{self._address.ref}"
        return nowhere(place, self._client.server, said)
