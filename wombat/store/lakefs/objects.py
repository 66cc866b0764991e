"""Objects of a repository: by path, on a branch for writing, at any ref for reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias
from urllib.parse import quote, urlencode

from wombat.printable import one_line
from wombat.store.lakefs.client import Refused
from wombat.store.lakefs.faults import Fault, fault_of_answer
from wombat.store.s3.client import ASKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wombat.store.lakefs.client import Client

PAGE: Final = 1000
PIECE: Final = 1 << 20
_META: Final = "x-lakefs-meta-"
Body: TypeAlias = "bytes | BinaryIO | Iterable[bytes]"


@dataclass(frozen=True, slots=True)
class Object:
    """One object. `size` in bytes, `time` in seconds since 1970 by the server's clock, `checksum`
    mostly the MD5 in hex digits; `metadata` what its writer said of it."""

    path: str
    size: int
    time: float
    checksum: str
    metadata: Mapping[str, str] = field(default_factory=dict)


def stat(client: Client, ref: str, path: str) -> Object:
    """Absent where there is none."""
    return client.ask(
        "fs:ReadObject",
        path,
        lambda api: _object(
            api.objects_api.stat_object(
                client.repository, ref, path, _request_timeout=client.timeout
            )
        ),
    )


def listing(
    client: Client,
    ref: str,
    prefix: str,
    *,
    after: str = "",
    amount: int = PAGE,
    metadata: bool = True,
) -> Iterator[Object]:
    """The objects whose paths begin with `prefix` and are greater than `after`, by bytes; a page a
    request. Absent for no such ref."""
    more = True
    while more:
        wanted = _page(client, ref, prefix, after=after, amount=amount, metadata=metadata)
        page = client.ask("fs:ListObjects", prefix, wanted)
        for one in page.results:
            if one.path_type == "object":
                yield _object(one)
        more, after = bool(page.pagination.has_more), str(page.pagination.next_offset)


def folders(client: Client, ref: str, prefix: str) -> Iterator[str]:
    """The next step of each path below `prefix`, which ends in '/', that has more behind it."""
    more, after = True, ""
    while more:
        wanted = _page(client, ref, prefix, after=after, amount=PAGE, metadata=False, delimiter="/")
        page = client.ask("fs:ListObjects", prefix, wanted)
        for one in page.results:
            if one.path_type == "common_prefix":
                yield str(one.path)[len(prefix) :].rstrip("/")
        more, after = bool(page.pagination.has_more), str(page.pagination.next_offset)


def _page(
    client: Client,
    ref: str,
    prefix: str,
    *,
    after: str,
    amount: int,
    metadata: bool,
    delimiter: str = "",
) -> Any:
    def call(api: Any) -> Any:
        return api.objects_api.list_objects(
            client.repository,
            ref,
            user_metadata=metadata,
            after=after or None,
            amount=amount,
            delimiter=delimiter or None,
            prefix=prefix or None,
            _request_timeout=client.timeout,
        )

    return call


def read(client: Client, ref: str, path: str, start: int = 0, length: int | None = None) -> bytes:
    """An object's bytes, or at most `length` of them from `start`; nothing where it ends before."""
    wanted = "" if length is None else f"bytes={start}-{start + length - 1}"

    def call(_api: Any) -> bytes:
        with _got(client, ref, path, wanted) as answer:
            if answer.status == 416:
                answer.drain_conn()
                return b""
            data = bytes(answer.read())
        return data if not wanted or answer.status == 206 else data[start : start + (length or 0)]

    return ASKED.came(client.ask("fs:ReadObject", path, call))


def fetch(client: Client, ref: str, path: str, write: Any) -> None:
    """Hands an object to `write`, a piece at a time; where it breaks off, from the beginning once
    more, after `write(None)`."""
    begun = False

    def call(_api: Any) -> None:
        nonlocal begun
        if begun:
            write(None)
        begun = True
        with _got(client, ref, path, "") as answer:
            for piece in answer.stream(PIECE):
                write(ASKED.came(piece))

    client.ask("fs:ReadObject", path, call)


def write(
    client: Client,
    branch: str,
    path: str,
    body: Body,
    *,
    size: int,
    metadata: Mapping[str, str] | None = None,
) -> str:
    """Puts an object, over what stands there; the checksum that the server has of it. What isn't
    bytes is read from its beginning in each try."""

    def call(_api: Any) -> str:
        if seek := getattr(body, "seek", None):
            seek(0)
        told: list[Any] = []
        about = metadata or {}
        fault = send(client, branch, path, body=body, size=size, metadata=about, told=told.append)
        if fault is not None:
            raise Refused(fault)
        return str(told[0].get("checksum", "")).strip('"')

    return client.ask("fs:WriteObject", path, call)


def send(
    client: Client,
    branch: str,
    path: str,
    *,
    body: Body,
    size: int,
    metadata: Mapping[str, str],
    create: bool = False,
    patience: float | None = None,
    told: Callable[[Any], None] | None = None,
) -> Fault | None:
    """One upload, as raw bytes by the SDK's own connections: its own call holds a whole object in
    memory, and says nothing of who made it. With `create`, a status of 412 says that one is there.
    `told` gets what the server says of what it has now.
    """
    ASKED.goes(size)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    headers |= {f"{_META}{name}": value for name, value in metadata.items()}
    if create:
        headers["If-None-Match"] = "*"
    place = f"branches/{quote(branch, safe='')}/objects?{urlencode({'path': path})}"
    answer = _raw(client, "POST", place, headers=headers, body=body, patience=patience)
    if answer.status != 201:
        return fault_of_answer(answer.status, answer.data)
    if told is not None:
        told(answer.json())
    return None


def delete(client: Client, branch: str, paths: Iterable[str]) -> None:
    """Idempotent; up to a thousand in a request."""
    from lakefs_sdk import PathList

    waiting = list(paths)
    for start in range(0, len(waiting), PAGE):
        batch = waiting[start : start + PAGE]

        def call(api: Any, batch: list[str] = batch) -> None:
            done = api.objects_api.delete_objects(
                client.repository, branch, PathList(paths=batch), _request_timeout=client.timeout
            )
            for one in done.errors:
                if one.status_code != 404:
                    raise Refused(Fault(one.status_code, one_line(str(one.message))))

        client.ask("fs:DeleteObject", batch[0], call)


def _got(client: Client, ref: str, path: str, wanted: str) -> Any:
    place = f"refs/{quote(ref, safe='')}/objects?{urlencode({'path': path})}"
    headers = {"Range": wanted} if wanted else {}
    wait = client.patience.read
    answer = _raw(client, "GET", place, headers=headers, preload=False, patience=wait)
    if answer.status not in (200, 206, 416):
        with answer:
            raise Refused(fault_of_answer(answer.status, answer.read(4096)))
    return answer


def _raw(
    client: Client,
    method: str,
    place: str,
    *,
    headers: Mapping[str, str],
    body: Body | None = None,
    preload: bool = True,
    patience: float | None = None,
) -> Any:
    """`patience`: seconds without a byte, where that is less than for an upload."""
    from urllib3 import Timeout

    pool, base, own = client.door
    return pool.urlopen(
        method,
        f"{base}/repositories/{client.repository}/{place}",
        body=body,
        headers={**own, **headers},
        timeout=Timeout(connect=client.patience.connect, read=patience or client.patience.write),
        retries=False,
        redirect=False,
        assert_same_host=False,
        preload_content=preload,
    )


def _object(found: Any) -> Object:
    return Object(
        str(found.path),
        int(found.size_bytes or 0),
        float(found.mtime),
        str(found.checksum).strip('"'),
        dict(found.metadata or {}),
    )
