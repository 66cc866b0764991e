"""A job's identity for a role's short-lived credentials: AssumeRoleWithWebIdentity, AssumeRole."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TypedDict
from urllib.parse import urlsplit

from wombat.errors import MissingExtra, StoreDenied, StoreUnreachable
from wombat.store.endpoint import endpoint_of
from wombat.store.s3.address import AMAZON
from wombat.store.s3.faults import in_words, wrong_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from wombat.store.s3.address import S3Address

ENDPOINT: Final = "AWS_ENDPOINT_URL_STS"
_EXPIRED: Final = frozenset({"ExpiredTokenException", "ExpiredToken"})
_UNCLEAR: Final = frozenset({"AccessDenied", "InvalidIdentityToken", "InvalidParameterValue"})
_PASSING: Final = frozenset({"Throttling", "ThrottlingException", "IDPCommunicationError"})
_TRUST: Final = (
    "the role's trust policy names the project, its branches and the token's audience; "
    "see: wombat store policy"
)
_TIMEOUT: Final = (
    "GitLab's id_token lives as long as the job's timeout, and 5 minutes without one: "
    "give the job a longer timeout"
)


class Credential(TypedDict):
    """As obstore asks for it; `expires_at` None where it never ends."""

    access_key_id: str
    secret_access_key: str
    token: str | None
    expires_at: datetime | None


def by_token(address: S3Address, role: str, token: str) -> Credential:
    """The role's credentials for an identity token, which isn't signed by a key of ours.

    Raises StoreDenied (`store-token-expired` where the token's time is over), StoreUnreachable.
    """
    load()
    from botocore import UNSIGNED

    asked = {"RoleArn": role, "RoleSessionName": _name(), "WebIdentityToken": token}
    client = _client(address, UNSIGNED, None)
    return _answered(client.assume_role_with_web_identity, asked, address)


def by_role(address: S3Address, role: str, own: Credential) -> Credential:
    """The role's credentials for one's own. Raises StoreDenied, StoreUnreachable."""
    asked = {"RoleArn": role, "RoleSessionName": _name()}
    return _answered(_client(address, "v4", own).assume_role, asked, address)


def endpoint(address: S3Address) -> str | None:
    """Of AWS_ENDPOINT_URL_STS; else the store's own server, unless that is Amazon's.

    Other servers answer both at one place, and an identity is never sent to a third party.
    """
    if told := os.environ.get(ENDPOINT):
        return endpoint_of(told, allow_http=address.allow_http)
    host = urlsplit(address.endpoint or "").hostname
    return None if host is None or host.endswith(AMAZON) else address.endpoint


def load() -> Any:
    """The module boto3; MissingExtra without it."""
    try:
        import boto3
    except ModuleNotFoundError as error:
        raise MissingExtra("credentials of stores on S3", "s3") from error
    return boto3


def _client(address: S3Address, signature: Any, own: Credential | None) -> Any:
    from botocore.config import Config

    config = Config(
        signature_version=signature,
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    keys = (
        {
            "aws_access_key_id": own["access_key_id"],
            "aws_secret_access_key": own["secret_access_key"],
            "aws_session_token": own["token"],
        }
        if own
        else {}
    )
    return load().client(
        "sts",
        region_name=address.region or "us-east-1",
        endpoint_url=endpoint(address),
        config=config,
        **keys,
    )


def _name() -> str:
    """What the role's logs call this process: of the CI job, where there is one."""
    job = re.sub(r"[^A-Za-z0-9=,.@-]", "-", os.environ.get("CI_JOB_ID", ""))
    return f"wombat-{job or os.getpid()}"[:64]


def _answered(call: Callable[..., Any], asked: Mapping[str, str], address: S3Address) -> Credential:
    """Failures as ours. Only codes are repeated: servers put what they were sent into messages,
    and what was sent is a secret. So none is raised where an error of theirs would be chained."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        held = call(**asked)["Credentials"]
        return {
            "access_key_id": held["AccessKeyId"],
            "secret_access_key": held["SecretAccessKey"],
            "token": held["SessionToken"],
            # obstore knows no other time zone.
            "expires_at": held["Expiration"].astimezone(UTC),
        }
    except ClientError as error:
        fault = _refused(error.response, address, asked)
    except (BotoCoreError, KeyError) as error:
        fault = StoreUnreachable(
            f"the token service of {_host(address)} doesn't answer: {in_words(error)}",
            hint=f"{ENDPOINT} says where it is, if it isn't the store's own server",
        )
    raise fault


def _refused(response: Any, address: S3Address, asked: Mapping[str, str]) -> StoreUnreachable:
    code = re.sub(r"[^A-Za-z0-9.]", "", str(response.get("Error", {}).get("Code", "")))[:60]
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    what = f"the token service of {_host(address)} answers {code or status}"
    if status >= 500 or code in _PASSING:
        return StoreUnreachable(f"{what}; a retry may help")
    token = asked.get("WebIdentityToken")
    if code in _EXPIRED or (token and code in _UNCLEAR and _over(token)):
        return StoreDenied(
            f"the job's identity token has expired, so the store can't be reached any more; {what}",
            code="store-token-expired",
            hint=_TIMEOUT,
        )
    if not token and (wrong := wrong_keys(f"the token service of {_host(address)}", code)):
        return wrong
    whose = "the job's identity token" if token else "these credentials"
    return StoreDenied(f"{whose} can't take on the role {asked['RoleArn']}: {what}", hint=_TRUST)


def _over(token: str) -> bool:
    """Whether the token says of itself that its time is over; nothing relies on it."""
    try:
        payload = token.split(".")[1]
        body = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(body["exp"]) <= time.time()
    except (ValueError, KeyError, IndexError, TypeError):
        return False


def _host(address: S3Address) -> str:
    return urlsplit(endpoint(address) or "").hostname or "Amazon"
