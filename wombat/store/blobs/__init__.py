"""The seam of blob stores: named bytes, created once, read back, listed in order."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol, cast

from wombat.errors import StoreDamaged, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Created(Enum):
    """What became of a create: our bytes stand there, or somebody's did before."""

    LANDED = "landed"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Stat:
    """Size in bytes; `time` in seconds since 1970 by the server's clock; `tag`: what the server
    has for a checksum, mostly the MD5 in hex digits, or nothing."""

    size: int
    time: float
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a listing; size in bytes, `time` as in Stat."""

    key: str
    size: int
    time: float


class Spoiled(StoreDamaged):
    """What has a content's name holds other bytes: it is damaged, and ours are stored nowhere."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key} stands in the store with other bytes than its name says",
            hint="'wombat verify' tells what is damaged by it",
        )
        self.key = key


class BlobStore(Protocol):
    """Named bytes. Safe to use from several threads and, apart from memory, processes.

    A key never shows half of its bytes: readers see nothing or everything. Keys are those of
    `wombat.store.names`. Errors: Absent, StoreDenied, StoreUnreachable; a refused right is never
    told as absence. What only reads, and `put`, may be retried by a wrapper; `create` may not.
    """

    @property
    def atomic(self) -> bool:
        """Whether `create` can tell who came first; else `create` may overwrite."""

    def get(self, key: str) -> bytes:
        """All bytes; Absent where there are none."""

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start`; fewer only where the object ends."""

    def put(self, key: str, data: bytes) -> None:
        """Stores what is named by its own digest: idempotent, never overwrites.

        May return before the bytes are sent, and waits where too many are under way. Readable in
        this process at once; durable and visible to others after `sync`, which raises what failed.
        Where other bytes stand at the key, this or `sync` raises Spoiled; only this one is lost.
        """

    def create(self, key: str, data: bytes) -> Created:
        """Stores a record if the key is free; durable on return.

        Sent once, never retried. Raises OutcomeUnknown where the answer was lost.
        """

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        """The keys that begin with `prefix` and are greater than `after`, in byte order."""

    def folders(self, prefix: str) -> Iterator[str]:
        """The next step of every key below `prefix`, which ends in '/', that has more steps behind
        it: each once, in any order; one request for about a thousand of them."""

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        """As `list`, with sizes and times; one request for about a thousand objects.

        A listing that fails midway raises: it never ends early as if it were whole.
        """

    def delete(self, keys: Iterable[str]) -> None:
        """Idempotent; for the gc role alone. What fails raises after the others were tried."""

    def stat(self, key: str) -> Stat:
        """Size and time; Absent where there is nothing."""

    def sync(self) -> None:
        """Makes every earlier `put` durable, as one batch, before a root names it.

        What failed is raised once, to whoever asks first; `unsent` knows it from then on.
        """

    def unsent(self, keys: Iterable[str]) -> str | None:
        """The first of these whose put failed, and that wasn't put again since, whoever put it and
        whoever was told: no root may name it."""


class Opener(Protocol):
    """What a blob store's file ends in: `BLOBS: Final[Opener] = ...`."""

    def __call__(self, address: str) -> BlobStore: ...


_SCHEMES: Final = ("s3", "lakefs", "file", "memory")
_SCHEME: Final = re.compile(r"(?P<word>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)


def is_folder(address: str) -> bool:
    """Whether an address is a folder's path, which may be below something, and no URL.

    UsageFault (`unknown-store`) for what is neither, such as `s3:/artifacts`: whoever mistypes an
    address means no folder of that name.
    """
    found = _SCHEME.fullmatch(address)
    if found is None:
        if not address.strip():
            raise _no_store(address, None)
        return True
    word, rest = found["word"], found["rest"]
    if word == "memory" or (word in _SCHEMES and rest.startswith("//")):
        return False
    near = word.lower() if word.lower() in _SCHEMES else "s3"
    meant = f"{near}://{'/' * (near == 'file')}{rest.lstrip('/')}"
    raise _no_store(address, f"did you mean '{meant}'? A folder of that name is './{address}'")


def _no_store(address: str, hint: str | None) -> UsageFault:
    return UsageFault(
        f"{address[:200]!r} is no store's address; expected a folder, s3://BUCKET/PREFIX, or "
        "lakefs://REPOSITORY/BRANCH/PREFIX",
        code="unknown-store",
        hint=hint,
    )


def open_blobs(address: str) -> BlobStore:
    """The blob store at an address: a folder, or `scheme:...` where a file here has that name.

    Raises UsageFault (`unknown-store`) for a scheme nobody serves.
    """
    match = re.match(r"([a-z][a-z0-9]+):", address)
    scheme = match.group(1) if match else "local"
    scheme = "local" if scheme == "file" else scheme
    module = f"{__name__}.{scheme}"
    try:
        opener = cast("Opener", importlib.import_module(module).BLOBS)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise UsageFault(
            f"no blob store is called '{scheme}'",
            code="unknown-store",
            hint="a store is a folder, s3://bucket/prefix, or lakefs://repository/branch/prefix",
        ) from None
    return opener(address)
