"""Addresses that a repository's file says: which may be sent what a user's credentials sign.

Whoever can change such a file, as in a merge request, must not be able to have them sent elsewhere.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wombat.errors import UsageFault
from wombat.store.hosts import loopback
from wombat.store.s3.address import parse_address
from wombat.store.s3.credentials import ID_TOKEN, TOKEN_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOW: Final = "WOMBAT_ALLOW_ENDPOINT"
"""Hosts, or whole endpoints where they are spoken to without TLS, parted by spaces or commas."""
_SAME: Final = (ALLOW, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_AMAZON: Final = re.compile(
    r"s3(?:-fips)?(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?"
)
"""S3 itself: below amazonaws.com there are customers' machines, too."""


def check_written(
    text: str, environ: Mapping[str, str] | None = None, *, what: str = "wombat.yml has the store"
) -> None:
    """UsageFault (`endpoint-not-allowed`) for an address of a file in the repository whose server
    is neither Amazon's, nor this machine, nor one that the user's own environment names; and for a
    role that an identity token would be handed out for."""
    given = os.environ if environ is None else environ
    address = parse_address(text, {})
    if address.endpoint is not None and not _allowed(address.endpoint, given):
        host = urlsplit(address.endpoint).hostname
        wanted = host if address.endpoint.startswith("https://") else address.endpoint
        raise _refused(
            f"{what} at {host}, and nothing of yours says that this server may "
            "be sent what your credentials sign",
            f"if it is the right one: export {ALLOW}={wanted}",
        )
    if address.role is not None and (given.get(ID_TOKEN) or given.get(TOKEN_FILE)):
        raise _refused(
            f"{what} with a role, which is none to hand an identity token out for",
            "WOMBAT_STORE with ?role=…, WOMBAT_ROLE_TRUSTED or WOMBAT_ROLE_UNTRUSTED name one",
        )


def _allowed(endpoint: str, environ: Mapping[str, str]) -> bool:
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if loopback(host) or (parts.scheme == "https" and _AMAZON.fullmatch(host)):
        return True
    said = {one.rstrip("/") for name in _SAME for one in re.split(r"[\s,]+", environ.get(name, ""))}
    return endpoint in said or (parts.scheme == "https" and bool({host, parts.netloc} & said))


def _refused(what: str, hint: str) -> UsageFault:
    return UsageFault(what, code="endpoint-not-allowed", hint=hint)
