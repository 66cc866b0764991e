"""Bytes of packs between this machine and the object store behind lakeFS, where it gives out URLs
for that; else through lakeFS, as everything else."""

from __future__ import annotations

import base64
import hashlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from wombat.errors import StoreUnreachable
from wombat.store import names
from wombat.store.hosts import forbidden, loopback, resolved
from wombat.store.lakefs import objects, staging
from wombat.store.lakefs.client import WIDTH, Refused
from wombat.store.lakefs.faults import fault_of_answer
from wombat.store.s3.client import ASKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.store.lakefs.client import Client

LEAST: Final = 4 << 20
"""Bytes from which on the two requests more are little beside them; a pack has mostly 16 MiB."""
_SPOKEN: Final = ("s3", "gs", "azure")
"""Kinds of object stores that a plain PUT reaches."""
_HEADERS: Final = {"azure": {"x-ms-blob-type": "BlockBlob"}}


class Unfit(Exception):
    """The way by URLs isn't one from here: nothing was changed, and lakeFS itself takes it all."""


class Presigned:
    """Puts and gets of one branch. A URL holds a right of its own for some minutes: nothing of
    lakeFS's credentials goes to its host, and no URL is shown. Thread-safe.

    Where a URL doesn't work, as for an object store that only lakeFS reaches, the rest of this
    process goes through lakeFS.
    """

    def __init__(self, client: Client, branch: str) -> None:
        self._client = client
        self._branch = branch
        self._kind: str | None = None
        self._pool: Any = None
        self._lock = threading.Lock()

    def put(self, path: str, data: bytes) -> bool:
        """As `staging.put`."""
        if len(data) >= LEAST and self._fit():
            with self._tried():
                return self._put(path, data)
        return staging.put(self._client, self._branch, path, data)

    def get(self, path: str, key: str) -> bytes:
        """All bytes. Only what is named as a pack is thought to be large."""
        name = names.parse(key)
        if name is not None and name.kind == "pack" and self._fit():
            with self._tried():
                return self._got(path, "")
        return objects.read(self._client, self._branch, path)

    def get_range(self, path: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start`; nothing where the object ends before."""
        if length >= LEAST and self._fit():
            with self._tried():
                return self._got(path, f"bytes={start}-{start + length - 1}")
        return objects.read(self._client, self._branch, path, start, length)

    @contextmanager
    def _tried(self) -> Iterator[None]:
        """Around a try that ends in a return: what comes behind is reached where it is unfit."""
        try:
            yield
        except Unfit:
            self._kind = ""

    def _fit(self) -> bool:
        """Whether lakeFS gives out URLs; asked once."""
        with self._lock:
            if self._kind is None:
                self._kind = self._asked()
            return self._kind != ""

    def _asked(self) -> str:
        try:
            found = self._client.ask(
                "fs:ReadConfig",
                "the configuration",
                lambda api: api.config_api.get_config(_request_timeout=self._client.timeout),
            )
        except StoreUnreachable:
            return ""
        storage = found.storage_config
        if (
            storage is None
            or not storage.pre_sign_support
            or len(found.storage_config_list or ()) > 1
        ):
            return ""
        return str(storage.blockstore_type) if storage.blockstore_type in _SPOKEN else ""

    def _put(self, path: str, data: bytes) -> bool:
        client = self._client
        place = client.ask(
            "fs:WriteObject",
            path,
            lambda api: api.staging_api.get_physical_address(
                client.repository,
                self._branch,
                path,
                presign=True,
                _request_timeout=client.timeout,
            ),
        )
        md5 = hashlib.md5(data, usedforsecurity=False)
        headers = {**_HEADERS.get(self._kind or "", {}), "Content-Length": str(len(data))}
        if self._kind == "s3":
            headers["Content-MD5"] = base64.b64encode(md5.digest()).decode()
        ASKED.goes(len(data))
        answer = self._direct("PUT", str(place.presigned_url or ""), headers, data)
        tag = str(answer.headers.get("ETag") or "").strip('"')
        return self._link(path, place, tag or md5.hexdigest(), len(data))

    def _link(self, path: str, place: Any, checksum: str, size: int) -> bool:
        """Gives the bytes their path, if it is free. URLs and places have a time; where it is over,
        as on a slow line, lakeFS says 400."""
        from lakefs_sdk import StagingLocation, StagingMetadata
        from lakefs_sdk.exceptions import ApiException

        client = self._client
        found = StagingMetadata(
            staging=StagingLocation(physical_address=place.physical_address),
            checksum=checksum,
            size_bytes=size,
        )

        def call(api: Any) -> bool:
            try:
                api.staging_api.link_physical_address(
                    client.repository,
                    self._branch,
                    path,
                    found,
                    if_none_match="*",
                    _request_timeout=client.timeout,
                )
            except ApiException as error:
                if error.status == 412:
                    return False
                if error.status == 400:
                    raise Unfit from None
                raise
            return True

        return client.ask("fs:WriteObject", path, call)

    def _got(self, path: str, wanted: str) -> bytes:
        client = self._client
        found = client.ask(
            "fs:ReadObject",
            path,
            lambda api: api.objects_api.stat_object(
                client.repository,
                self._branch,
                path,
                presign=True,
                _request_timeout=client.timeout,
            ),
        )
        answer = self._direct(
            "GET", str(found.physical_address), {"Range": wanted} if wanted else {}
        )
        if answer.status == 416:
            return b""
        data = ASKED.came(bytes(answer.data))
        if wanted and answer.status != 206:
            raise Unfit
        return data

    def _direct(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None = None
    ) -> Any:
        """The object store's answer. Tried again where that may help; Unfit."""
        self._check(url)

        def call(_: Any) -> Any:
            answer = self._request(method, url, headers, body)
            if answer.status in (200, 201, 206) or (answer.status == 416 and method == "GET"):
                return answer
            raise Refused(fault_of_answer(answer.status, None))

        for attempt in range(1, self._client.patience.tries + 1):
            answer, fault = self._client.once(f"presigned {method}", call)
            if fault is None:
                return answer
            if not fault.passing or fault.unsent:
                break
            self._client.wait(attempt)
        raise Unfit

    def _check(self, url: str) -> None:
        """lakeFS names the host, and may be set up for others than this machine: the rules of
        endpoints hold for it, too."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        plain = parts.scheme == "http" and (
            loopback(host) or self._client.server.startswith("http://")
        )
        if not host or not (parts.scheme == "https" or plain):
            raise Unfit
        if forbidden(host) or any(forbidden(one) for one in resolved(host)):
            raise Unfit

    def _request(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Any:
        from urllib3 import PoolManager, Timeout

        with self._lock:
            if self._pool is None:
                self._pool = PoolManager(maxsize=WIDTH)
        patience = self._client.patience
        read = patience.read if method == "GET" else patience.write
        return self._pool.request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=Timeout(connect=patience.connect, read=read),
            retries=False,
            redirect=False,
        )
