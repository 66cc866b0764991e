"""Sources at `s3://BUCKET/KEY?endpoint=…`: by their ETag, with the version where there is one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from wombat.errors import Absent, CheckFailed, DiskFault, StoreDenied, StoreUnreachable
from wombat.executor.outside.faults import absent, denied, unreachable
from wombat.executor.outside.identity import Seen, gone, require_same
from wombat.executor.outside.written import written
from wombat.store.s3.address import parse_address
from wombat.store.s3.allowing import check_written
from wombat.store.s3.client import PATIENCE, Client, Patience
from wombat.store.s3.faults import fault_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.executor.outside import Scheme

PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Bucket:
    """Asks with the credentials of the environment, at servers that it allows."""

    patience: Patience = PATIENCE

    def look(self, url: str) -> Seen:
        client, key = self._opened(url)
        with _told(url):
            return _seen(client.ask("HEAD", key, lambda store: _head(store, key)))

    def fetch(self, url: str, then: Mapping[str, Any], file: Path) -> None:
        """What is there now, else the version that was seen, where the bucket keeps it."""
        client, key = self._opened(url)

        def save(got: Any) -> None:
            _save(got, url, then, file)

        def get(**options: str) -> None:
            with _told(url):
                client.ask("GET", key, lambda store: save(store.get(key, options=options)))

        try:
            get()
        except (Absent, CheckFailed) as fault:
            if "version" not in then:
                raise (gone(url) if isinstance(fault, Absent) else fault) from None
            try:
                get(version=then["version"])
            except Absent:
                raise gone(url) from None

    def _opened(self, url: str) -> tuple[Client, str]:
        """UsageFault for an address that can't be meant, or whose server isn't allowed."""
        parts = urlsplit(url)
        text = f"s3://{parts.netloc}{f'?{parts.query}' if parts.query else ''}"
        check_written(text, what="a pipeline reads data")
        address = parse_address(text)
        address.guard()
        return Client(address, self.patience), unquote(parts.path[1:])


def _head(store: Any, key: str) -> Any:
    """The answer to a HEAD has no body: what is refused is asked for once more, for S3's word."""
    try:
        return store.head(key)
    except Exception as error:
        if fault_of(error).status not in (400, 404):
            raise
    return store.get(key).meta


def _seen(meta: Mapping[str, Any]) -> Seen:
    """`null` is the version of what was written without versions: it is overwritten."""
    version = meta.get("version")
    return Seen(
        etag=meta.get("e_tag") or None,
        version=version if version and version != "null" else None,
        modified=meta["last_modified"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        size=meta["size"],
    )


def _save(got: Any, url: str, then: Mapping[str, Any], file: Path) -> None:
    require_same(url, then, _seen(got.meta))
    came = 0
    with written(file) as write:
        for piece in got.stream(min_chunk_size=PIECE):
            came += len(piece)
            write(bytes(piece))
    if came != got.meta["size"]:
        raise ConnectionError("less came than the server said")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """The client speaks of a store; here it is a source that is meant."""
    try:
        yield
    except Absent:
        raise absent(url) from None
    except StoreDenied as fault:
        raise denied(url, fault.message) from None
    except DiskFault:
        raise
    except StoreUnreachable as fault:
        raise unreachable(url, fault.message) from None


SCHEME: Final[Scheme] = Bucket()
