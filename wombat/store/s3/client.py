"""Requests to S3 through obstore: tried again where that is safe, counted, their errors typed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from wombat.errors import MissingExtra
from wombat.stopping import pause
from wombat.store.s3.calls import CALLS
from wombat.store.s3.credentials import provider
from wombat.store.s3.faults import Fault, fault_of, typed
from wombat.store.wrap.counting import Counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.errors import WombatError
    from wombat.store.s3.address import S3Address

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long; seconds. A read is given up when nothing comes for `read` seconds,
    a put when it isn't done in `write`, a create in `create`."""

    tries: int = 6
    pause: float = 0.2
    longest: float = 5.0
    connect: float = 5.0
    read: float = 30.0
    write: float = 600.0
    create: float = 60.0


PATIENCE: Final = Patience()
ASKED: Final = Counts()
"""What this process asked of all servers, each try for itself: `-v` says it at the end."""
_PROVIDER: Final = "External AWS credential provider"
"""How obstore calls ours, where it had none to give."""
_RIGHTS: Final = {
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
    "LIST": "s3:ListBucket",
    "DELETE": "s3:DeleteObject",
}


class Client:
    """One bucket. obstore's own retries are off, so that each request is one. Thread-safe."""

    def __init__(self, address: S3Address, patience: Patience = PATIENCE) -> None:
        self.address = address
        self.patience = patience
        self.requests: Counter[str] = Counter()
        self._credentials = provider(address)
        self._stores: dict[str, Any] = {}
        self._round = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Client({self.address.text})"

    def ask(self, verb: str, key: str, call: Callable[[Any], T]) -> T:
        """`call` of a store of obstore, again where that may help. What it asks is idempotent.

        Raises Absent, StoreDenied, StoreUnreachable.
        """
        refreshed = False
        attempt = 0
        while True:
            attempt += 1
            answer, fault = self.once(verb, call)
            if fault is None:
                return answer  # type: ignore[return-value]
            if fault.expired and not refreshed:
                refreshed = True
                self.refresh()
            elif not fault.passing or attempt >= self.patience.tries:
                raise self.error(fault, verb, key)
            else:
                self.wait(attempt, fault)

    def once(self, verb: str, call: Callable[[Any], T]) -> tuple[T | None, Fault | None]:
        """One request: its answer, or what went wrong. Raises what the credentials' source says."""
        exceptions = _obstore().exceptions
        store = self._store("GET" if verb in ("HEAD", "LIST", "DELETE") else verb)
        with self._lock:
            self.requests["PUT" if verb == "CREATE" else verb] += 1
        try:
            with ASKED.counted(verb.lower()):
                return CALLS.run(lambda: call(store)), None
        except (exceptions.BaseError, OSError) as error:
            if (source := self._credentials.fault) is not None and _PROVIDER in str(error):
                raise source from None
            return None, fault_of(error)

    def error(self, fault: Fault, verb: str, key: str) -> WombatError:
        right = _RIGHTS["PUT" if verb == "CREATE" else verb]
        return typed(fault, self.address, right, key)

    def refresh(self) -> None:
        """New credentials from now on."""
        with self._lock:
            self._credentials.forget()
            self._stores.clear()

    def wait(self, attempt: int, fault: Fault) -> None:
        """Twice as long each time, spread, so that many clients don't come back at once."""
        first = self.patience.pause * (4 if fault.busy else 1)
        longest = min(self.patience.longest, first * 2 ** (attempt - 1))
        pause(longest * random.uniform(0.5, 1))  # noqa: S311 -- spreads, hides nothing

    def _store(self, kind: str) -> Any:
        with self._lock:
            if kind not in self._stores:
                self._stores[kind] = self._open(kind)
            return self._stores[kind]

    def _open(self, kind: str) -> Any:
        whole = {"GET": self.patience.write, "PUT": self.patience.write}
        options = {
            "allow_http": (self.address.endpoint or "").startswith("http://"),
            "connect_timeout": f"{self.patience.connect}s",
            "timeout": f"{whole.get(kind, self.patience.create)}s",
        }
        if kind == "GET":
            options["read_timeout"] = f"{self.patience.read}s"
        return _obstore().store.S3Store(
            self.address.bucket,
            endpoint=_endpoint(self.address),
            region=self.address.region or "us-east-1",
            virtual_hosted_style_request=not self.address.path_style,
            conditional_put="etag",
            checksum_algorithm="SHA256",
            disable_bulk_delete=_no_bulk(self.address),
            client_options=options,
            retry_config={"max_retries": 0},
            credential_provider=self._credentials,
        )


def _obstore() -> Any:
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ModuleNotFoundError as error:
        if error.name != "obstore":
            raise
        raise MissingExtra("S3 stores", "s3") from None
    return obstore


def _endpoint(address: S3Address) -> str | None:
    """obstore wants the bucket in a host's name from us."""
    if address.endpoint is None or address.path_style:
        return address.endpoint
    parts = urlsplit(address.endpoint)
    return urlunsplit(parts._replace(netloc=f"{address.bucket}.{parts.netloc}"))


def _no_bulk(address: S3Address) -> bool:
    """Google's interface has no request that deletes many."""
    return (urlsplit(address.endpoint or "").hostname or "").endswith("storage.googleapis.com")
