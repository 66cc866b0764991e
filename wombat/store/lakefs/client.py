"""Requests to lakeFS, by its SDK or beside it: tried again where that is safe, errors typed."""

from __future__ import annotations

import base64
import json
import random
import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

from wombat.errors import MissingExtra, WombatError
from wombat.stopping import pause
from wombat.store.endpoint import guard
from wombat.store.lakefs.faults import (
    Fault,
    fault_of_answer,
    fault_of_error,
    not_lakefs,
    protected,
    typed,
)
from wombat.store.lakefs.login import API, Login, find_login
from wombat.store.lakefs.strict import only_lakefs
from wombat.store.lakefs.wire import Lost, Wire
from wombat.store.s3.calls import CALLS
from wombat.store.s3.client import ASKED, PATIENCE, Patience
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wombat.store.lakefs.address import LakeAddress
    from wombat.store.lakefs.answer import Answer
    from wombat.store.lakefs.wire import Body

    Query = Mapping[str, str | list[str]]

T = TypeVar("T")
WIDTH: Final = 25
"""Connections at once, as lakectl has them."""
_JSON: Final = {"Accept": "application/json"}
_LONGEST: Final = 4096
"""Bytes of an answer that says no."""


class Client:
    """One repository at one server. What changes refs goes through the SDK, whose own retries are
    off: each request is one. Safe to use from several threads."""

    def __init__(self, repository: str, login: Login, patience: Patience = PATIENCE) -> None:
        self.repository = repository
        self.login = login
        self.patience = patience
        self.requests: Counter[str] = Counter()
        self._api: Any = None
        self._base = urlsplit(login.endpoint).path
        self._wire: Wire | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Client({self.repository} at {self.login.endpoint})"

    @property
    def server(self) -> str:
        return self.login.endpoint

    @property
    def api(self) -> Any:
        """The SDK's client, made when it is first asked for."""
        with self._lock:
            if self._api is None:
                self._api = _opened(self.login)
            return self._api

    @property
    def wire(self) -> Wire:
        """Where requests leave that are many, or large, or only look: without the SDK, which costs
        half a second to load."""
        with self._lock:
            if self._wire is None:
                headers = {
                    "Authorization": _said(self.login),
                    "User-Agent": f"wombat/{__version__}",
                }
                self._wire = Wire(self.login.endpoint, headers, connect=self.patience.connect)
            return self._wire

    def request(
        self,
        method: str,
        place: str,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        body: Body | None = None,
        patience: float | None = None,
    ) -> Answer:
        """One request to what stands at a place below the repository, without the SDK, for a call
        of `ask` or `once`. The place is quoted already. `patience`: seconds without a byte."""
        said = f"?{urlencode(query, doseq=True)}" if query else ""
        whole = f"{self._base}{API}/repositories/{self.repository}/{place}{said}"
        wait = patience or self.patience.read
        return self.wire.ask(method, whole, headers or {}, body=body, patience=wait)

    def look(self, what: str, about: str, place: str, query: Query, read: Callable[[Any], T]) -> T:
        """What `read` makes of the JSON that stands at a place below the repository; `about` is it
        in a message. As `ask`, without the SDK."""

        def call(_: Any) -> T:
            with self.request("GET", place, query, _JSON) as answer:
                if answer.status != 200:
                    raise Refused(fault_of_answer(answer.status, answer.read(_LONGEST)))
                try:
                    return read(json.loads(ASKED.came(answer.read())))
                except (ValueError, LookupError, TypeError, AttributeError):
                    raise Refused(not_lakefs("its answer isn't in lakeFS's words")) from None

        return self.ask(what, about, call, plain=True)

    def ask(self, what: str, place: str, call: Callable[[Any], T], *, plain: bool = False) -> T:
        """`call` of the SDK's client, again where that may help. What it asks is idempotent; if
        `plain`, by `request` alone, and it gets None.

        `what` is a right of lakeFS's, such as `fs:ReadObject`. Raises Absent, StoreDenied,
        StoreUnreachable, Conflict (`lakefs-conflict`).
        """
        attempt = 0
        while True:
            attempt += 1
            answer, fault = self.once(what, call, plain=plain)
            if fault is None:
                return answer  # type: ignore[return-value]
            if not fault.passing or attempt >= self.patience.tries:
                raise self.error(fault, what, place)
            self.wait(attempt)

    def once(
        self, what: str, call: Callable[[Any], T], *, plain: bool = False
    ) -> tuple[T | None, Fault | None]:
        """One request: its answer, or what went wrong."""
        with self._lock:
            self.requests[what] += 1
        with ASKED.counted(what):
            return _plain(call) if plain else _by_sdk(call, self.api)

    def error(self, fault: Fault, what: str, place: str) -> WombatError:
        """To raise; where a rule protects the branch, it is looked up."""
        if fault.protected:
            return protected(fault, self.repository, what, self._rule(fault.branch))
        return typed(fault, self.server, what, place)

    def _rule(self, branch: str) -> str | None:
        from wombat.store.lakefs.looking import protecting

        with suppress(WombatError):
            return protecting(self, branch) if branch else None
        return None

    def wait(self, attempt: int) -> None:
        """Twice as long each time, spread, so that many clients don't come back at once."""
        longest = min(self.patience.longest, self.patience.pause * 2 ** (attempt - 1))
        pause(longest * random.uniform(0.5, 1))  # noqa: S311 -- spreads, hides nothing

    @property
    def timeout(self) -> tuple[float, float]:
        """Seconds to connect, and without a byte; for calls of the SDK as `_request_timeout`."""
        return (self.patience.connect, self.patience.read)


class Refused(Exception):
    """Raised by a call that looked at an answer itself."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.said)
        self.fault = fault


def open_client(address: LakeAddress, patience: Patience = PATIENCE) -> Client:
    """UsageFault, StoreDenied (`lakefs-credentials`); asks the server for nothing, but a resolver
    where its name leads."""
    login = find_login(address.endpoint, allow_http=address.allow_http)
    guard(login.endpoint, "a server of lakeFS")
    return Client(address.repository, login, patience)


def _opened(login: Login) -> Any:
    try:
        import lakefs_sdk
        from lakefs_sdk.client import LakeFSClient
    except ModuleNotFoundError as error:
        if error.name != "lakefs_sdk":
            raise
        raise MissingExtra("lakeFS stores", "lakefs") from None
    config = lakefs_sdk.Configuration(
        host=f"{login.endpoint}{API}",
        username=login.key,
        password=login.secret,
        access_token=login.token,
    )
    config.retries = False
    config.connection_pool_maxsize = WIDTH
    client = LakeFSClient(config)
    _write_truths_small(client.objects_api.api_client)
    only_lakefs(client.objects_api.api_client)
    return client


def _said(login: Login) -> str:
    if login.token:
        return f"Bearer {login.token}"
    return "Basic " + base64.b64encode(f"{login.key}:{login.secret}".encode()).decode()


def _plain(call: Callable[[Any], T]) -> tuple[T | None, Fault | None]:
    try:
        return call(None), None
    except (Refused, Lost) as refused:
        return None, refused.fault


def _by_sdk(call: Callable[[Any], T], api: Any) -> tuple[T | None, Fault | None]:
    from lakefs_sdk.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    try:
        return CALLS.run(lambda: call(api)), None
    except (Refused, Lost) as refused:
        return None, refused.fault
    except ApiException as error:
        if not error.status:
            return None, fault_of_error(error.__cause__ or error.__context__ or error)
        return None, fault_of_answer(error.status, error.body)
    except (HTTPError, OSError) as error:
        return None, fault_of_error(error)


def _write_truths_small(inner: Any) -> None:
    """`true` in queries, as lakeFS's OpenAPI has it: the SDK's own way writes Python's `True`."""
    written = inner.parameters_to_url_query

    def small(parameters: Any, formats: Any) -> Any:
        found = parameters.items() if isinstance(parameters, dict) else parameters
        said = [(k, str(v).lower() if isinstance(v, bool) else v) for k, v in found]
        return written(said, formats)

    inner.parameters_to_url_query = small
