"""Addresses of servers that credentials are sent to: which are believed, and in which form."""

from __future__ import annotations

from urllib.parse import urlsplit

from wombat.errors import UsageFault
from wombat.store.hosts import forbidden, loopback, resolved


def endpoint_of(text: str, *, allow_http: bool) -> str:
    """As `https://host[:port][/path]`, without a slash at its end."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong_endpoint("the endpoint can't be read", "expected https://HOST") from None
    host = parts.hostname or ""
    plain = parts.scheme in ("http", "https") and host and not (parts.query or parts.fragment)
    if not plain or "@" in parts.netloc:
        raise wrong_endpoint(
            "the endpoint is none", "expected https://HOST, and no credential in it"
        )
    if forbidden(host):
        raise wrong_endpoint(
            f"the endpoint's host {host} is a link-local or metadata address",
            "expected a server of objects",
        )
    if parts.scheme == "http" and not allow_http and not loopback(host):
        raise wrong_endpoint(
            f"the endpoint's host {host} would be spoken to without TLS",
            "expected https://, or allow_http=true in the address",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def guard(endpoint: str | None, server: str = "a server of objects") -> None:
    """UsageFault where the endpoint's name leads to an address that is never spoken to.

    Asks the resolver, so it stands at the opening of a store and not at the parsing.
    """
    host = urlsplit(endpoint or "").hostname
    if host and any(forbidden(one) for one in resolved(host)):
        raise wrong_endpoint(
            f"the endpoint {endpoint} leads to a link-local or metadata address",
            f"expected {server}",
        )


def wrong_endpoint(what: str, expected: str) -> UsageFault:
    return UsageFault(
        f"{what}; {expected}", code="store-address", hint="the form is endpoint=https://HOST"
    )
