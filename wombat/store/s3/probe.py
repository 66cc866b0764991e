"""An S3 server as it answers, for probing: conditions, pages, checksums, its clock."""

from __future__ import annotations

import base64
import hashlib
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from wombat.store.s3.admin import DENIED, client, status, typed
from wombat.store.s3.faults import in_words
from wombat.store.target import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.s3.address import S3Address

PAGE: Final = 3
"""Keys a page, so that a few keys need several."""
_BODY: Final = b"what is sent"


class Wire:
    """Every call is one request, sent once."""

    def __init__(self, address: S3Address) -> None:
        self._address = address
        self._s3 = client(address)
        self._now = 0.0

    def create(self, key: str, data: bytes) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._do("put_object", key, Body=data, IfNoneMatch="*")
        except ClientError as error:
            if status(error.response) in DENIED:
                with typed(self._address, "s3:PutObject", key):
                    raise
            return str(status(error.response))
        except BotoCoreError as error:
            return in_words(error)
        return "landed"

    def put(self, key: str, data: bytes) -> None:
        with typed(self._address, "s3:PutObject", key):
            self._do("put_object", key, Body=data)

    def get(self, key: str) -> bytes:
        with typed(self._address, "s3:GetObject", key):
            return bytes(self._do("get_object", key)["Body"].read())

    def get_range(self, key: str, start: int, length: int) -> bytes:
        span = f"bytes={start}-{start + length - 1}"
        with typed(self._address, "s3:GetObject", key):
            return bytes(self._do("get_object", key, Range=span)["Body"].read())

    def list(self, prefix: str) -> list[str]:
        """Each page begins after the last key of the one before, as Wombat's listings do."""
        found: list[str] = []
        cut = len(self._address.key(""))
        while True:
            asked = {"StartAfter": self._address.key(found[-1])} if found else {}
            with typed(self._address, "s3:ListBucket", prefix):
                page = self._s3.list_objects_v2(
                    Bucket=self._address.bucket,
                    Prefix=self._address.key(prefix),
                    MaxKeys=PAGE,
                    **asked,
                )
            new = [one["Key"][cut:] for one in page.get("Contents", ())]
            if not new or (found and new[-1] <= found[-1]):
                return found + new
            found += new
            if not page.get("IsTruncated"):
                return found

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            with typed(self._address, "s3:DeleteObject", key):
                self._do("delete_object", key)

    def written(self, key: str) -> float:
        with typed(self._address, "s3:GetObject", key):
            return float(self._do("head_object", key)["LastModified"].timestamp())

    def now(self) -> float:
        """Of the last answer's Date, which has whole seconds; our own where there is none."""
        return self._now or time.time()

    def replace(self, key: str, data: bytes) -> None:
        """Overwrites; for `wombat.json` and its administrator alone."""
        self.put(key, data)

    def extras(self, prefix: str) -> Iterator[Fact]:
        wrong = hashlib.sha256(b"something else").digest()
        md5 = hashlib.md5(b"something else", usedforsecurity=False).digest()
        yield self._checked(
            "checksum SHA-256", f"{prefix}sha", ChecksumSHA256=base64.b64encode(wrong).decode()
        )
        yield self._checked(
            "Content-MD5", f"{prefix}md5", ContentMD5=base64.b64encode(md5).decode()
        )

    def _checked(self, name: str, key: str, **sent: str) -> Fact:
        """Whether bytes that aren't those of their checksum are refused."""
        from botocore.exceptions import ClientError

        with typed(self._address, "s3:PutObject", key):
            try:
                self._do("put_object", key, Body=_BODY, **sent)
            except ClientError as error:
                if status(error.response) != 400:
                    raise
                return Fact(name, "good", "a wrong one is refused")
        said = "a wrong one is accepted: what was damaged on the way is found when it is read"
        return Fact(name, "note", said)

    def _do(self, operation: str, key: str, **words: Any) -> Any:
        call = getattr(self._s3, operation)
        answer = call(Bucket=self._address.bucket, Key=self._address.key(key), **words)
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        self._now = parsedate_to_datetime(date).timestamp() if date else 0.0
        return answer
