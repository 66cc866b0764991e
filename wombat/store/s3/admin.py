"""A client of boto3 for administration and probing: one try a request, failures as ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Absent, StoreDenied, StoreUnreachable
from wombat.store.s3 import sts
from wombat.store.s3.credentials import provider
from wombat.store.s3.faults import in_words, wrong_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.store.s3.address import S3Address

DENIED: Final = frozenset((401, 403))
_MISSING: Final = frozenset(("NoSuchKey", "404", "NotFound"))


def client(address: S3Address, *, width: int = 16) -> Any:
    """Of the address's credentials. Raises StoreDenied, StoreUnreachable, MissingExtra."""
    boto3 = sts.load()
    from botocore.config import Config

    address.guard()
    held = provider(address)()
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if address.path_style else "auto"},
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=width,
        # Off Amazon many servers know no other way; a checksum is sent where one is tried.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=address.endpoint,
        region_name=address.region or "us-east-1",
        aws_access_key_id=held["access_key_id"],
        aws_secret_access_key=held["secret_access_key"],
        aws_session_token=held["token"],
        config=config,
    )


@contextmanager
def typed(address: S3Address, right: str, key: str) -> Iterator[None]:
    """A refusal names the right; Absent only for what the server says isn't there."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _fault(error.response, address, right, key) from None
    except BotoCoreError as error:
        raise StoreUnreachable(
            f"{address.server} doesn't answer: {in_words(error)}",
            hint="check the endpoint, and the network between",
        ) from None


def status(response: Any) -> int:
    """The HTTP status of an answer of boto3's."""
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _fault(response: Any, address: S3Address, right: str, key: str) -> StoreUnreachable | Absent:
    code = str(response.get("Error", {}).get("Code", ""))[:60]
    if code == "NoSuchBucket":
        return StoreUnreachable(
            f"there is no bucket {address.bucket} at {address.server}",
            hint="make the bucket first; it is not made here, as its settings are yours",
        )
    if code in _MISSING and status(response) == 404:
        return Absent(f"{key} is not in the store")
    if wrong := wrong_keys(address.server, code):
        return wrong
    if status(response) in DENIED:
        return StoreDenied(
            f"{right} is refused for {key} in {address.bucket}: {code}",
            hint="wombat store policy prints what each role needs",
        )
    return StoreUnreachable(f"{address.server} answers {code or status(response)} to {right}")
