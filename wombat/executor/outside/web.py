"""Requests for data over http and https with the standard library: tried again, sent on with care.

No credential goes along but what a proxy of the environment asks for.
"""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urljoin, urlsplit

from wombat.executor.outside.faults import of_status, refused, unreachable
from wombat.forge.answers import natural
from wombat.stopping import pause
from wombat.store.hosts import forbidden, loopback
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket

T = TypeVar("T")
HOPS: Final = 5
LONGEST_WAIT: Final = 60.0
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_AGAIN: Final = (408, 429, 500, 502, 503, 504)
_HEADERS: Final = {"User-Agent": f"wombat/{__version__}", "Accept-Encoding": "identity"}


class Link(http.client.HTTPException):
    """A connection that leads where nothing is ever asked."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: `silence` is how long nothing may come, `first` the pause before the second try,
    which doubles."""

    tries: int = 4
    first: float = 0.5
    silence: float = 30.0


PATIENCE: Final = Patience()


def ask(
    method: str,
    url: str,
    use: Callable[[http.client.HTTPResponse], T],
    patience: Patience,
    *,
    also: tuple[int, ...] = (),
) -> T:
    """What `use` makes of the answer, of 200 or a status of `also`; where that breaks off, it is
    called once more.

    Absent, SourceUnreachable, SourceDenied; UsageFault `source-refused`.
    """
    for wait in _pauses(patience):
        try:
            with _arrived(method, url, patience) as answer:
                if answer.status in (200, *also):
                    return use(answer)
                if answer.status not in _AGAIN or wait is None:
                    raise of_status(url, answer.status)
                told = natural(answer.headers.get("retry-after") or "")
                if (told or 0) > LONGEST_WAIT:
                    raise unreachable(url, f"its server asks to wait {told:,} seconds")
        except Link:
            raise refused(url, "leads to a link-local or metadata address") from None
        except (OSError, UnicodeError, http.client.HTTPException) as fault:
            if wait is None or _lasting(fault):
                raise unreachable(url, _in_words(fault)) from None
            told = None
        pause(wait if told is None else told)
    raise AssertionError(url)


def _pauses(patience: Patience) -> Iterator[float | None]:
    """Seconds to wait after each try; None after the last."""
    yield from (patience.first * 2**number for number in range(patience.tries - 1))
    yield None


def _arrived(method: str, url: str, patience: Patience) -> http.client.HTTPResponse:
    """The answer at the end of all redirects; its body isn't read yet."""
    place = url
    for _ in range(HOPS + 1):
        _check(url, place)
        request = urllib.request.Request(place, headers=_HEADERS, method=method)  # noqa: S310 -- the language and _next know two schemes
        answer: http.client.HTTPResponse = _opener(place).open(request, timeout=patience.silence)
        if answer.status not in _REDIRECTS:
            return answer
        with answer:
            place = _next(url, place, answer)
    raise unreachable(url, f"its server sends us on more than {HOPS} times")


def _check(url: str, place: str) -> None:
    if forbidden(urlsplit(place).hostname or ""):
        raise refused(url, "leads to a link-local or metadata address")


def _next(url: str, place: str, answer: http.client.HTTPResponse) -> str:
    """Where a redirect leads: never from https to http, nor from elsewhere to this machine."""
    try:
        target = urljoin(place, answer.headers.get("location") or "")
        here, there = urlsplit(place), urlsplit(target)
        _ = there.port
    except ValueError:
        raise unreachable(url, "it is sent on to no address") from None
    plain = target.isascii() and target.isprintable() and " " not in target
    if not plain or there.scheme not in ("https", "http") or not there.hostname:
        raise unreachable(url, "it is sent on to no address of the web")
    if "@" in there.netloc:
        raise unreachable(url, "it is sent on to an address with a credential in it")
    if here.scheme == "https" and there.scheme == "http":
        raise unreachable(url, "it is sent on from https to http")
    if loopback(there.hostname) and not loopback(here.hostname or ""):
        raise refused(url, "leads to this machine by way of another")
    return target


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Follows no redirect by itself, and raises for no status."""
    proxies: dict[str, str] | None = {} if loopback(urlsplit(url).hostname or "") else None
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler(proxies))
    opener.add_handler(_EncryptedHandler() if url.lower().startswith("https:") else _PlainHandler())
    return opener


def _look_at(sock: socket) -> None:
    """By now a name has become a number: it is this one that is spoken to."""
    if forbidden(str(sock.getpeername()[0])):
        raise Link


class _Plain(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _look_at(self.sock)


class _Encrypted(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _look_at(self.sock)


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, req)


class _EncryptedHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Encrypted, req, context=ssl.create_default_context())


def _lasting(fault: Exception) -> bool:
    """No other try helps where a certificate isn't trusted."""
    return isinstance(_reason(fault), ssl.SSLCertVerificationError)


def _reason(fault: Exception) -> Any:
    return getattr(fault, "reason", fault) if isinstance(fault, OSError) else fault


def _in_words(fault: Exception) -> str:
    reason = _reason(fault)
    if isinstance(reason, TimeoutError):
        return "its server doesn't answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "its server's certificate isn't trusted"
    if isinstance(reason, http.client.IncompleteRead):
        return "less came than its server said"
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there"
    return f"the connection failed ({type(reason).__name__})"
