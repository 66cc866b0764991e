"""Who asks lakeFS: from lakectl's variables, else from lakectl's file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import StoreDenied, UsageFault
from wombat.store.endpoint import endpoint_of
from wombat.store.hosts import loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDPOINT: Final = "LAKECTL_SERVER_ENDPOINT_URL"
KEY: Final = "LAKECTL_CREDENTIALS_ACCESS_KEY_ID"
SECRET: Final = "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"  # noqa: S105 -- a variable's name
TOKEN: Final = "LAKECTL_CREDENTIALS_SESSION_TOKEN"  # noqa: S105 -- a variable's name
FILE: Final = "LAKECTL_CONFIG_FILE"
"""Where lakectl's file is, if not `~/.lakectl.yaml`."""
API: Final = "/api/v1"
_LONGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Login:
    """A server, as `https://host[:port]`, and a key with its secret, or a token.

    `origin` says where the credential came from; none of it is ever shown.
    """

    endpoint: str
    key: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    origin: str = "nowhere"


def find_login(
    endpoint: str | None, environ: Mapping[str, str] | None = None, *, allow_http: bool = False
) -> Login:
    """The login at a server; without `endpoint` at the one that the variables, or the file, name.

    UsageFault (`store-address`) where no server is named, or none that may be spoken to, and where
    the file can't be read; StoreDenied (`lakefs-credentials`) where no credential is at hand. What
    the file has is for the file's own server alone. A server of the variables or the file is spoken
    to without TLS, too, if they say so.
    """
    given = os.environ if environ is None else environ
    written = _file(given)
    server = written_server(endpoint, given, allow_http=allow_http) if endpoint else None
    server = server or _of_variable(given) or _of_file(written, given)
    if not server:
        raise UsageFault(
            f"no server of lakeFS is named; expected {ENDPOINT}, or lakectl's file",
            code="store-address",
            hint=f"export {ENDPOINT}=https://HOST",
        )
    token, key, secret = given.get(TOKEN), given.get(KEY), given.get(SECRET)
    if key and secret:
        return Login(server, key=key, secret=secret, origin=KEY)
    if token:
        return Login(server, token=token, origin=TOKEN)
    key = _in(written, "credentials", "access_key_id")
    secret = _in(written, "credentials", "secret_access_key")
    if key and secret and _of_file(written, given) == server:
        return Login(server, key=str(key), secret=str(secret), origin=str(_place(given)))
    raise StoreDenied(
        f"nothing says who asks lakeFS at {server}; expected {KEY} and {SECRET}, or lakectl's file "
        "for that server",
        code="lakefs-credentials",
        hint="lakectl config asks for both, and keeps them",
    )


def servers(environ: Mapping[str, str] | None = None) -> frozenset[str]:
    """The servers that the user's own surroundings name: these may be sent the credentials."""
    given = os.environ if environ is None else environ
    return frozenset(one for one in (_of_variable(given), _of_file(_file(given), given)) if one)


def written_server(
    text: str,
    environ: Mapping[str, str] | None = None,
    *,
    allow_http: bool = False,
    named: str = "",
) -> str:
    """A server that is written elsewhere than in one's surroundings. Without TLS it is spoken to
    where they name the very same, and where its name has no dot. UsageFault (`store-address`), in
    which `named` says where it is written."""
    plain = _server(text, named, allow_http=True)
    if plain.startswith("https://") or allow_http or _near(plain) or plain in servers(environ):
        return plain
    return _server(text, named, allow_http=False)


def _of_variable(environ: Mapping[str, str]) -> str | None:
    said = environ.get(ENDPOINT)
    return _server(said, f" of {ENDPOINT}", allow_http=True) if said else None


def _of_file(written: Any, environ: Mapping[str, str]) -> str | None:
    said = str(_in(written, "server", "endpoint_url") or "")
    return _server(said, f" of {_place(environ)}", allow_http=True) if said else None


def _server(text: str, named: str, *, allow_http: bool) -> str:
    """Without the path of the interface, which lakectl's own settings may have or not."""
    return endpoint_of(text.rstrip("/").removesuffix(API), allow_http=allow_http, named=named)


def _near(text: str) -> bool:
    """Whether a server's name has no dot: one of a network of containers, spoken to without TLS."""
    host = text.partition("://")[2].partition("/")[0].partition(":")[0]
    return loopback(host) or (bool(host) and "." not in host)


def _place(environ: Mapping[str, str]) -> Path:
    return Path(
        environ.get(FILE) or Path(environ.get("HOME") or "~").expanduser() / ".lakectl.yaml"
    )


def _file(environ: Mapping[str, str]) -> Any:
    """What lakectl's file says; an empty mapping where there is none."""
    place = _place(environ)
    try:
        data = place.read_bytes()[:_LONGEST]
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise UsageFault(
            f"lakectl's file {place} can't be read: {(fault.strerror or '').lower()}",
            code="lakefs-config",
        ) from None
    import yaml

    try:
        return yaml.safe_load(data) or {}
    except yaml.YAMLError:
        raise UsageFault(
            f"lakectl's file {place} is no YAML", code="lakefs-config", hint="lakectl config"
        ) from None


def _in(node: Any, *steps: str) -> Any:
    for step in steps:
        node = node.get(step) if isinstance(node, dict) else None
    return node
