"""Requests to lakeFS through its own SDK: tried again where that is safe, their errors typed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from wombat.errors import MissingExtra
from wombat.stopping import pause
from wombat.store.lakefs.faults import Fault, fault_of_answer, fault_of_error, typed
from wombat.store.lakefs.login import API, Login, find_login
from wombat.store.s3.calls import CALLS
from wombat.store.s3.client import ASKED, PATIENCE, Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.errors import WombatError
    from wombat.store.lakefs.address import LakeAddress

T = TypeVar("T")
WIDTH: Final = 25
"""Connections at once, as lakectl has them."""


class Client:
    """One repository at one server. The SDK's own retries are off: each request is one. Safe to use
    from several threads."""

    def __init__(self, repository: str, login: Login, patience: Patience = PATIENCE) -> None:
        self.repository = repository
        self.login = login
        self.patience = patience
        self.requests: Counter[str] = Counter()
        self._api: Any = None
        self._door: tuple[Any, str, dict[str, str]] | None = None
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
    def door(self) -> tuple[Any, str, dict[str, str]]:
        """Where requests leave that the SDK doesn't write itself: urllib3's pool of connections
        that the SDK has to this server, what stands before each path, and the headers of who asks.
        Asked of the SDK's manager for each request, addresses are taken apart twice more."""
        api = self.api
        with self._lock:
            if self._door is None:
                self._door = _door(api.objects_api.api_client)
            return self._door

    def ask(self, what: str, place: str, call: Callable[[Any], T]) -> T:
        """`call` of the SDK's client, again where that may help. What it asks is idempotent.

        `what` is a right of lakeFS's, such as `fs:ReadObject`. Raises Absent, StoreDenied,
        StoreUnreachable, Conflict (`lakefs-conflict`).
        """
        attempt = 0
        while True:
            attempt += 1
            answer, fault = self.once(what, call)
            if fault is None:
                return answer  # type: ignore[return-value]
            if not fault.passing or attempt >= self.patience.tries:
                raise self.error(fault, what, place)
            self.wait(attempt)

    def once(self, what: str, call: Callable[[Any], T]) -> tuple[T | None, Fault | None]:
        """One request: its answer, or what went wrong."""
        api = self.api
        from lakefs_sdk.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        with self._lock:
            self.requests[what] += 1
        try:
            with ASKED.counted(what):
                return CALLS.run(lambda: call(api)), None
        except Refused as refused:
            return None, refused.fault
        except ApiException as error:
            if not error.status:
                return None, fault_of_error(error.__cause__ or error.__context__ or error)
            return None, fault_of_answer(error.status, error.body)
        except (HTTPError, OSError) as error:
            return None, fault_of_error(error)

    def error(self, fault: Fault, what: str, place: str) -> WombatError:
        return typed(fault, self.server, what, place)

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
    """UsageFault, StoreDenied (`lakefs-credentials`); asks for nothing."""
    login = find_login(address.endpoint, allow_http=address.allow_http)
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
    return client


def _door(inner: Any) -> tuple[Any, str, dict[str, str]]:
    config, manager = inner.configuration, inner.rest_client.pool_manager
    said = f"Bearer {config.access_token}" if config.access_token else config.get_basic_auth_token()
    pool = manager.connection_from_url(config.host)
    # A proxy is told the whole address, unless it is a tunnel.
    told = manager.proxy is not None and config.host.startswith("http://")
    base = config.host if told else urlsplit(config.host).path
    return pool, base, {"Authorization": said, "User-Agent": inner.user_agent}


def _write_truths_small(inner: Any) -> None:
    """`true` in queries, as lakeFS's OpenAPI has it: the SDK's own way writes Python's `True`."""
    written = inner.parameters_to_url_query

    def small(parameters: Any, formats: Any) -> Any:
        found = parameters.items() if isinstance(parameters, dict) else parameters
        said = [(k, str(v).lower() if isinstance(v, bool) else v) for k, v in found]
        return written(said, formats)

    inner.parameters_to_url_query = small
