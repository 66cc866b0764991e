"""JSON over HTTPS with the standard library: bounded, and careful with the token."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlencode, urlsplit

from wombat.errors import UsageFault
from wombat.forge.answers import Answer, broken, lost, moved, natural, refused, target_of
from wombat.forge.deadline import http_handler, https_handler
from wombat.forge.token import hidden, hidden_in
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.forge.token import Token

LARGEST: Final = 8 * 2**20
"""Bytes of one answer; a page of a hundred schedules has about 100 KB."""
TRIES: Final = 4
LONGEST_WAIT: Final = 60.0
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_AGAIN: Final = (429, 500, 502, 503, 504)
_HOPS: Final = 3
_CHUNK: Final = 65536
_URL: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Http:
    """Requests below one address, such as `https://gitlab.example.com/api/v4`.

    GET is retried a few times where that may help; what changes something is sent once. `timeout`
    is in seconds, for each answer as a whole. Errors: ForgeUnreachable, ForgeDenied, Absent,
    UsageFault (`forge-refused`), and OutcomeUnknown where a change was sent and nobody can say
    whether it was made.
    """

    address: str
    token: Token | None = None
    timeout: float = 30.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        _safe(self.address)

    @property
    def host(self) -> str:
        """The server that gets the token, with its port where that is said."""
        return urlsplit(self.address).netloc

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Answer:
        """The answer's JSON; follows redirects on the same server."""
        url = f"{self.address}{path}"
        if query:
            url += "?" + urlencode(query)
        for hop in range(_HOPS):
            answer = self._patiently(url)
            if answer.status not in _REDIRECTS:
                return self._judged("GET", path, answer)
            url = self._same_server(url, answer) if hop + 1 < _HOPS else moved(answer, url)
        raise AssertionError(url)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Asks for a change, once; follows no redirect."""
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._once(method, f"{self.address}{path}", data)
        except (OSError, http.client.HTTPException) as fault:
            raise lost(method, path, fault, self.token) from None
        if answer.status in _REDIRECTS:
            moved(answer, self.address)
        return self._judged(method, path, answer)

    def _judged(self, method: str, path: str, answer: Answer) -> Answer:
        """The answer, its body read as JSON; raises what its status means."""
        if answer.status >= 400:
            raise refused(method, path, answer, self.token)
        if not 200 <= answer.status < 300:
            raise broken(method, path, f"has the status {answer.status}")
        if answer.status == 204 or not answer.data:
            return answer
        try:
            return answer.holding(hidden_in(json.loads(answer.data), self.token))
        except (ValueError, RecursionError):
            kind = answer.headers.get("content-type", "no type").partition(";")[0]
            raise broken(method, path, f"is no JSON ({kind[:40]})") from None

    def _patiently(self, url: str) -> Answer:
        """Tries a GET until its answer is one that stays."""
        path = urlsplit(url).path
        for pause in self._pauses():
            try:
                answer = self._once("GET", url, None)
            except (OSError, http.client.HTTPException) as fault:
                if pause is None:
                    raise lost("GET", path, fault, self.token) from None
                self.sleep(pause)
                continue
            wait = _asked_to_wait(answer)
            if answer.status not in _AGAIN or pause is None or (wait or 0) > LONGEST_WAIT:
                return answer
            self.sleep(pause if wait is None else wait)
        raise AssertionError(url)

    def _pauses(self) -> Iterator[float | None]:
        """Seconds to wait after each try; None after the last."""
        yield from (0.5 * 2**number for number in range(TRIES - 1))
        yield None

    def _same_server(self, url: str, answer: Answer) -> str:
        """Where a redirect leads, if the token may go there."""
        target = target_of(url, answer)
        if not _URL.fullmatch(target) or urlsplit(target)[:2] != urlsplit(url)[:2]:
            moved(answer, url)
        return target

    def _once(self, method: str, url: str, data: bytes | None) -> Answer:
        headers = {"Accept": "application/json", "User-Agent": f"wombat/{__version__}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        if self.token is not None:
            headers["PRIVATE-TOKEN"] = self.token.value
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 -- _safe has looked at the scheme
        try:
            with _opener(url).open(request, timeout=self.timeout) as response:
                return self._whole(response.status, response.headers, response)
        except urllib.error.HTTPError as fault:
            with fault:
                return self._whole(fault.code, fault.headers, fault)

    def _whole(self, status: int, headers: Any, body: Any) -> Answer:
        """All of an answer; a server that echoes the token in a header isn't repeated."""
        data = _read(headers, body)
        clean = {name.lower(): hidden(value, self.token) for name, value in headers.items()}
        return Answer(status, clean, data)


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Follows no redirect by itself, and reads no address of it: the token would go along."""
    parts = urlsplit(url)
    proxies: dict[str, str] | None = {} if _is_loopback(parts.hostname or "") else None
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(proxies),
        https_handler(_certificates()) if parts.scheme == "https" else http_handler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ]
    opener = urllib.request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _certificates() -> ssl.SSLContext:
    """The machine's, and in a GitLab job those of the server's own authority."""
    context = ssl.create_default_context()
    own = os.environ.get("CI_SERVER_TLS_CA_FILE")
    if own and os.path.isfile(own):  # noqa: PTH113 -- a name out of the environment, maybe too long for a path
        context.load_verify_locations(own)
    return context


def _read(headers: Any, body: Any) -> bytes:
    """TimeoutError where the body comes too slowly, HTTPException where it breaks."""
    parts: list[bytes] = []
    while chunk := body.read1(_CHUNK):
        parts.append(chunk)
        if sum(map(len, parts)) > LARGEST:
            raise http.client.HTTPException(f"the answer is larger than {LARGEST:,} bytes")
    data, said = b"".join(parts), headers.get("content-length")
    if said is None:
        return data
    length = natural(said)
    if length is None:
        raise http.client.HTTPException("the answer's length is no number")
    if len(data) < length:
        raise http.client.IncompleteRead(data[:0], length)
    return data


def _asked_to_wait(answer: Answer) -> int | None:
    return natural(answer.headers.get("retry-after", ""))


def _safe(address: str) -> None:
    """UsageFault unless it is https, or http to this machine, and holds no credential."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = host.encode("idna"), parts.port
    except ValueError:
        _unfit("no address that can be read", "for example https://gitlab.example.com")
    if not _URL.fullmatch(address):
        _unfit("no address in plain ASCII", "write another alphabet's name as xn--…")
    if parts.username is not None or parts.password is not None:
        _unfit("an address with a credential in it", "put the token into a variable: --token NAME")
    if parts.query or parts.fragment or not host:
        _unfit("no server's address", "for example https://gitlab.example.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        _unfit(f"no https address ({host[:80]})", "the token would be sent in clear")


def _unfit(what: str, hint: str) -> NoReturn:
    raise UsageFault(f"the server is {what}; expected https://…", code="forge-address", hint=hint)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
