"""Objects of a repository: by path, on a branch for writing, at any ref for reading."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from wombat.printable import one_line
from wombat.store.lakefs.client import Refused
from wombat.store.lakefs.faults import Fault, fault_of_answer, not_lakefs
from wombat.store.s3.client import ASKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wombat.store.lakefs.answer import Answer
    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.wire import Body

PAGE: Final = 1000
PIECE: Final = 1 << 18
_META: Final = "x-lakefs-meta-"
T = TypeVar("T")


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
    place = f"refs/{quote(ref, safe='')}/objects/stat"
    return client.look("fs:ReadObject", path, place, {"path": path}, _object)


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
        query = _query(prefix, after=after, amount=amount, metadata=metadata)
        found, more, after = _page(client, ref, query, _objects)
        yield from found


def folders(client: Client, ref: str, prefix: str) -> Iterator[str]:
    """The next step of each path below `prefix`, which ends in '/', that has more behind it."""
    more, after = True, ""
    while more:
        query = _query(prefix, after=after, amount=PAGE, metadata=False) | {"delimiter": "/"}
        found, more, after = _page(client, ref, query, _prefixes)
        yield from (one[len(prefix) :].rstrip("/") for one in found)


def _query(prefix: str, *, after: str, amount: int, metadata: bool) -> dict[str, str]:
    said = {"prefix": prefix, "after": after}
    given = {name: value for name, value in said.items() if value}
    return {"user_metadata": "true" if metadata else "false", "amount": str(amount), **given}


def _page(
    client: Client, ref: str, query: Mapping[str, str], read: Callable[[Any], list[T]]
) -> tuple[list[T], bool, str]:
    """What `read` makes of a page's results, whether there are more, and behind what."""

    def whole(tree: Any) -> tuple[list[T], bool, str]:
        at = tree["pagination"]
        return read(tree["results"]), bool(at["has_more"]), str(at["next_offset"])

    place = f"refs/{quote(ref, safe='')}/objects/ls"
    return client.look("fs:ListObjects", query.get("prefix", ""), place, query, whole)


def read(client: Client, ref: str, path: str, start: int = 0, length: int | None = None) -> bytes:
    """An object's bytes, or at most `length` of them from `start`; nothing where it ends before."""
    wanted = "" if length is None else f"bytes={start}-{start + length - 1}"

    def call(_: Any) -> bytes:
        with _got(client, ref, path, wanted) as answer:
            if answer.status == 416:
                return b""
            data = answer.read()
        return data if not wanted or answer.status == 206 else data[start : start + (length or 0)]

    return ASKED.came(client.ask("fs:ReadObject", path, call, plain=True))


def fetch(
    client: Client, ref: str, path: str, write: Callable[[bytes | memoryview | None], None]
) -> None:
    """Hands an object to `write`, a piece at a time, which is good until it returns; where it
    breaks off, from the beginning once more, after `write(None)`."""
    begun = False

    def call(_: Any) -> None:
        nonlocal begun
        if begun:
            write(None)
        begun = True
        with _got(client, ref, path, "") as answer:
            for piece in answer.pieces(PIECE):
                write(ASKED.came(piece))

    client.ask("fs:ReadObject", path, call, plain=True)


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

    def call(_: Any) -> str:
        if seek := getattr(body, "seek", None):
            seek(0)
        told: list[Any] = []
        about = metadata or {}
        fault = send(client, branch, path, body=body, size=size, metadata=about, told=told.append)
        if fault is not None:
            raise Refused(fault)
        return str(told[0].get("checksum", "")).strip('"')

    return client.ask("fs:WriteObject", path, call, plain=True)


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
    """One upload, as raw bytes by connections of ours: the SDK's own call holds a whole object in
    memory, and says nothing of who made it. With `create`, a status of 412 says that one is there.
    `told` gets what the server says of what it has now.
    """
    ASKED.goes(size)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    headers |= {f"{_META}{name}": value for name, value in metadata.items()}
    if create:
        headers["If-None-Match"] = "*"
    place = f"branches/{quote(branch, safe='')}/objects"
    wait = patience or client.patience.write
    sent = client.request("POST", place, {"path": path}, headers, body=body, patience=wait)
    with sent as answer:
        if answer.status != 201:
            fault = fault_of_answer(answer.status, answer.read(4096))
            return replace(fault, branch=branch)
        data = answer.read()
    try:
        tree = json.loads(data)
    except ValueError:
        tree = None
    if not isinstance(tree, dict):
        return not_lakefs("its answer to an upload isn't in lakeFS's words")
    if told is not None:
        told(tree)
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
                    raise Refused(Fault(one.status_code, one_line(str(one.message)), branch=branch))

        client.ask("fs:DeleteObject", batch[0], call)


def _got(client: Client, ref: str, path: str, wanted: str) -> Answer:
    place = f"refs/{quote(ref, safe='')}/objects"
    headers = {"Range": wanted} if wanted else {}
    answer = client.request("GET", place, {"path": path}, headers)
    if answer.status not in (200, 206, 416):
        with answer:
            raise Refused(fault_of_answer(answer.status, answer.read(4096)))
    if answer.status != 416 and "etag" not in answer.headers:
        with answer:
            raise Refused(not_lakefs("what it gives for an object has no ETag"))
    return answer


def _objects(results: Any) -> list[Object]:
    return [_object(one) for one in results if one["path_type"] == "object"]


def _prefixes(results: Any) -> list[str]:
    return [str(one["path"]) for one in results if one["path_type"] == "common_prefix"]


def _object(found: Any) -> Object:
    return Object(
        str(found["path"]),
        int(found.get("size_bytes") or 0),
        float(found["mtime"]),
        str(found["checksum"]).strip('"'),
        dict(found.get("metadata") or {}),
    )
