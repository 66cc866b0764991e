"""Servers of lakeFS that a repository's file names: which may be sent what a user's login says.

Whoever can change such a file, as in a merge request, must not be able to have it sent elsewhere.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wombat.errors import UsageFault
from wombat.store.hosts import loopback
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.login import servers, written_server
from wombat.store.s3.allowing import ALLOW

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_written(
    text: str, environ: Mapping[str, str] | None = None, *, what: str = "wombat.yml has the store"
) -> None:
    """UsageFault (`endpoint-not-allowed`) for an address of a file in the repository whose server
    is neither the one that the user's own surroundings name, nor this machine, nor allowed."""
    endpoint = parse_address(text).endpoint
    if endpoint is not None:
        check_endpoint(endpoint, environ, what=what)


def published_server(endpoint: str, environ: Mapping[str, str] | None = None) -> str:
    """The server that `publish.lakefs` names, if it may be sent the login; UsageFault
    (`store-address`, `endpoint-not-allowed`)."""
    what = "publish.lakefs in wombat.yml"
    server = written_server(endpoint, environ, named=f" of {what}")
    check_endpoint(server, environ, what=f"{what} is")
    return server


def check_endpoint(
    endpoint: str, environ: Mapping[str, str] | None = None, *, what: str = "wombat.yml has lakeFS"
) -> None:
    """The same of a server alone, as `https://host[:port]`."""
    given = os.environ if environ is None else environ
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    said = {one.rstrip("/") for one in re.split(r"[\s,]+", given.get(ALLOW, ""))}
    named = {host, parts.netloc} if parts.scheme == "https" else set()
    if loopback(host) or endpoint in servers(given) or {endpoint, *named} & said:
        return
    wanted = host if parts.scheme == "https" else endpoint
    raise UsageFault(
        f"{what} at {host}, and nothing of yours says that this server may be sent your login",
        code="endpoint-not-allowed",
        hint=f"if it is the right one: export {ALLOW}={wanted}",
    )
