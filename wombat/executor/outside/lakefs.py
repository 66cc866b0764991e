"""Sources at `lakefs://REPOSITORY/REF/PATH`: by their checksums, pinned to a commit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Absent, Conflict, DiskFault, StoreDenied, StoreUnreachable
from wombat.executor.outside.faults import absent, denied, unreachable
from wombat.executor.outside.identity import Seen, gone
from wombat.executor.outside.pinned import commit_at, download, first, pin
from wombat.executor.outside.projected import as_artifact
from wombat.plan.observed import names_folder
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.allowing import check_written
from wombat.store.lakefs.client import Client, open_client
from wombat.store.s3.client import PATIENCE, Patience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.executor.outside import Scheme
    from wombat.executor.outside.pinned import Pinned
    from wombat.store.lakefs.address import LakeAddress

_HINT: Final = "lakeFS: the key of the environment, or of lakectl's file, needs fs:ReadObject there"


@dataclass(frozen=True, slots=True)
class Lake:
    """Asks with the login of the environment, or of lakectl's file, at that one's server.

    What a ref means is looked up once; from then on its commit is read, which never changes.
    `projected`: an address is of an output that a run published there.
    """

    patience: Patience = PATIENCE
    projected: bool = False

    def look(self, url: str) -> Seen:
        with _told(url):
            client, address = self._opened(url)
            with _lacking(url, "the repository, or the ref"):
                commit = commit_at(client, address.ref)
            found = _pinned(client, commit, address, url)
            if self.projected:
                return as_artifact(url, found)
        files = len(found.objects) if found.folder else None
        return Seen(etag=found.etag, commit=commit, size=found.size, files=files)

    def fetch(self, url: str, then: Mapping[str, Any], file: Path) -> None:
        """A folder's objects are written below `file`."""
        with _told(url):
            client, address = self._opened(url)
            try:
                found = _pinned(client, then["commit"], address, url)
                download(found, file)
            except Absent:
                raise gone(url) from None

    def _opened(self, url: str) -> tuple[Client, LakeAddress]:
        """UsageFault for an address that can't be meant, or whose server isn't the user's own."""
        check_written(url, what="a pipeline reads data")
        address = parse_address(url)
        return open_client(address, self.patience), address


def _pinned(client: Client, commit: str, address: LakeAddress, url: str) -> Pinned:
    folder = names_folder(url)
    return first(address.paths, lambda path: pin(client, commit, path, folder=folder))


@contextmanager
def _lacking(url: str, what: str) -> Iterator[None]:
    try:
        yield
    except Absent:
        raise absent(url, f"{what} isn't there") from None


@contextmanager
def _told(url: str) -> Iterator[None]:
    """The client speaks of a store; here it is a source that is meant."""
    try:
        yield
    except Absent as fault:
        raise (fault if fault.code == "source-absent" else absent(url)) from None
    except StoreDenied as fault:
        raise denied(url, fault.message, _HINT) from None
    except DiskFault:
        raise
    except StoreUnreachable as fault:
        if fault.code == "lakefs-unreachable" and fault.hint:
            raise unreachable(url, fault.message, fault.hint) from None
        raise unreachable(url, fault.message) from None
    except Conflict as fault:  # it refuses what it was asked, whenever it is asked
        raise unreachable(url, fault.message, fault.hint or "") from None


SCHEME: Final[Scheme] = Lake()
PROJECTED: Final[Scheme] = Lake(projected=True)
