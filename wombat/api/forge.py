"""The forge of a project: a client by flags, the CI at hand, or git's origin."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wombat.ci import git
from wombat.errors import UsageFault
from wombat.forge.address import find_address
from wombat.forge.gitlab import Gitlab
from wombat.forge.http import Http
from wombat.forge.token import find_token, need_token

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.forge.address import Address


@dataclass(frozen=True)
class Wish:
    """What somebody asks to be looked at: the variable with the token, and where, if not origin."""

    token: str | None = None
    server: str | None = None
    repository: str | None = None


def address_of(
    root: Path,
    *,
    server: str | None = None,
    repository: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Address:
    """UsageFault `forge-address` where nothing says it."""
    given = os.environ if environ is None else environ
    origin = git(root, "config", "--get", "remote.origin.url")
    return find_address(given, origin, server=server, repository=repository)


def connect(
    root: Path,
    *,
    server: str | None = None,
    repository: str | None = None,
    token: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Gitlab:
    """A client with the token in the variable that `token` names. Sends nothing yet.

    UsageFault `forge-token`, `forge-address`.
    """
    given = os.environ if environ is None else environ
    found = need_token(token, given)
    where = address_of(root, server=server, repository=repository, environ=given)
    return Gitlab(Http(where.interface, found), where.project)


def connect_if_asked(
    root: Path, asked: Wish, *, environ: Mapping[str, str] | None = None
) -> Gitlab | None:
    """As `connect`, for who only looks; None where the variable of the token is unset.

    Whoever wrote git's origin must not get a token that nobody meant for it, so without a name
    nothing is connected, and a job's token goes to the job's own server alone. UsageFault
    `forge-address` for another one.
    """
    given = os.environ if environ is None else environ
    if asked.token is None or find_token(asked.token, given) is None:
        return None
    found = connect(
        root, server=asked.server, repository=asked.repository, token=asked.token, environ=given
    )
    own = given.get("CI_SERVER_HOST", "").lower()
    if given.get("GITLAB_CI") and urlsplit(found.http.address).hostname != own:
        raise UsageFault(
            f"the job's server is {own or 'unknown'}, but its interface is at {found.http.host}; "
            "expected one server: the token wasn't sent",
            code="forge-address",
            hint="who sets CI_API_V4_URL or CI_SERVER_HOST?",
        )
    return found
