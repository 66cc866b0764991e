"""Where the repository is: from the CI at hand, from git's origin, or as it is given."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERFACE: Final = "/api/v4"
_SCP: Final = re.compile(r"(?:[^@/]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*)")
_PATH: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.+-]*(?:/[A-Za-z0-9_.][A-Za-z0-9_.+-]*)+")


@dataclass(frozen=True, slots=True)
class Address:
    """The interface's address, as `https://gitlab.example.com/api/v4`, and `group/project`."""

    interface: str
    project: str

    @property
    def host(self) -> str:
        return urllib.parse.urlsplit(self.interface).netloc


def find_address(
    environ: Mapping[str, str],
    origin: str | None,
    *,
    server: str | None = None,
    repository: str | None = None,
) -> Address:
    """Flags, else GitLab's own variables in a job, else git's origin; each part by itself.

    UsageFault `forge-address` where one of them says nothing that can be an address.
    """
    ci = environ if environ.get("GITLAB_CI") else {}
    known = _of_origin(origin or "")
    interface = _interface(server) if server else ci.get("CI_API_V4_URL") or known[0]
    project = repository or ci.get("CI_PROJECT_PATH") or known[1]
    if not interface:
        raise _missing("which server holds the repository", "--server https://gitlab.example.com")
    if not project or not _PATH.fullmatch(project):
        raise _missing("which repository it is", "--repository group/project")
    return Address(interface.rstrip("/"), project)


def _of_origin(origin: str) -> tuple[str | None, str | None]:
    """The interface and the project of an origin by ssh or https; a folder says neither.

    Nothing of it but the host and the path is used: an origin may hold a credential.
    """
    if "://" not in origin:
        match = _SCP.fullmatch(origin)
        return _named(match["host"], None, match["path"]) if match else (None, None)
    try:
        parts = urllib.parse.urlsplit(origin)
        # A port of ssh says nothing of the web server's.
        port = None if "ssh" in parts.scheme else parts.port
    except ValueError:
        return None, None
    if parts.scheme not in ("ssh", "https", "http", "git+ssh") or not parts.hostname:
        return None, None
    return _named(parts.hostname, port, parts.path)


def _named(host: str, port: int | None, path: str) -> tuple[str, str]:
    where = host if port is None else f"{host}:{port}"
    return f"https://{where}{INTERFACE}", path.strip("/").removesuffix(".git")


def _interface(server: str) -> str:
    trimmed = server.rstrip("/")
    with_scheme = trimmed if "://" in trimmed else f"https://{trimmed}"
    return with_scheme if with_scheme.endswith(INTERFACE) else f"{with_scheme}{INTERFACE}"


def _missing(what: str, flag: str) -> UsageFault:
    return UsageFault(
        f"nothing here says {what}; expected a GitLab job, or git's origin by ssh or https",
        code="forge-address",
        hint=flag,
    )
