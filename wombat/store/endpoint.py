"""Addresses of servers that credentials are sent to: which are believed, and in which form."""

from __future__ import annotations

from urllib.parse import urlsplit

from wombat.errors import UsageFault
from wombat.store.hosts import forbidden, loopback, resolved


def endpoint_of(text: str, *, allow_http: bool, named: str = "") -> str:
    """As `https://host[:port][/path]`, without a slash at its end; UsageFault (`store-address`).

    `named` says where it stands, if not in an address: ` of wombat.yml`.
    """
    it = f"the endpoint{named}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong_endpoint(f"{it} can't be read", "expected https://HOST", named) from None
    host = parts.hostname or ""
    plain = parts.scheme in ("http", "https") and host and not (parts.query or parts.fragment)
    if not plain or "@" in parts.netloc:
        expected = "expected https://HOST, and no credential in it"
        raise wrong_endpoint(f"{it} names no server", expected, named)
    if forbidden(host):
        what = f"{it} has the host {host}, a link-local or metadata address"
        raise wrong_endpoint(what, "expected a server of objects", named)
    if parts.scheme == "http" and not allow_http and not loopback(host):
        expected = "expected https://" + ("" if named else ", or allow_http=true in the address")
        raise wrong_endpoint(f"{it}: {host} would be spoken to without TLS", expected, named)
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


def wrong_endpoint(what: str, expected: str, named: str = "") -> UsageFault:
    form = "https://HOST, or https://HOST:PORT" if named else "endpoint=https://HOST"
    return UsageFault(f"{what}; {expected}", code="store-address", hint=f"the form is {form}")
