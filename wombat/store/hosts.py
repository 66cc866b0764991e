"""Hosts that credentials are never sent to: link-local ones, and clouds' metadata services."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAMES: Final = frozenset({"metadata", "metadata.google.internal", "instance-data"})
_NETS: Final = tuple(
    ipaddress.ip_network(net)
    for net in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",  # Amazon's instance metadata
        "fd20:ce::/32",  # Google's
        "100.100.100.200/32",  # Alibaba's
        "192.0.0.192/32",  # Oracle's
        "168.63.129.16/32",  # Azure's
    )
)
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")


def forbidden(host: str) -> bool:
    """Whether a host, by name or number, is one that is never spoken to; asks no resolver."""
    name = host.rstrip(".").lower()
    return name in _NAMES or any(ip in net for ip in _numbers(name) for net in _NETS)


def loopback(host: str) -> bool:
    """Whether a host is this machine."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    numbers = tuple(_numbers(name))
    return bool(numbers) and all(ip.is_loopback for ip in numbers)


def resolved(host: str) -> tuple[str, ...]:
    """The addresses of a name; none where there is no answer, which the request itself will say."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(str(entry[4][0]).partition("%")[0] for entry in found)


def _numbers(name: str) -> Iterator[Ip]:
    """A host as numbers, in every way in which one may be written: 0xa9fea9fe is one, too."""
    try:
        ip: Ip = ipaddress.ip_address(name.strip("[]").partition("%")[0])
    except ValueError:
        try:
            ip = ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, UnicodeError):
            return
    yield ip
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            yield inner
        if ip in _TRANSLATED:
            yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
