"""Objects: written to a branch, read at any ref."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double.answers import MOST, Answer, Trouble, after, done, one, page, said
from tests.lakefs.double.state import Branch, Entry, Repository, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.lakefs.double.server import Request

META: Final = "x-lakefs-meta-"
PLAIN: Final = "application/octet-stream"
NO_PRESIGN: Final = "local adapter presigned URL: operation not supported"


def upload(repository: Repository, request: Request, branch: str) -> Answer:
    path = one(request.query, "path")
    condition = request.headers.get("If-None-Match", "")
    if condition not in ("", "*") or request.headers.get("If-Match"):
        raise Trouble(501, "Not Implemented")
    found = repository.branches.get(branch)
    if found is None:
        raise Trouble(404, f"branch '{branch}' not found")
    if condition and path in repository.standing(found):
        raise Trouble(412, "path already exists")
    _writable(repository, branch)
    names = {name.lower(): value for name, value in request.headers.items()}
    metadata = {name[len(META) :]: value for name, value in names.items() if name.startswith(META)}
    entry = made(repository, request.body, metadata, request.headers.get("Content-Type") or PLAIN)
    repository.stage(found, path, entry)
    return said(201, row(path, entry, metadata=True))


def made(
    repository: Repository, body: bytes | Path, metadata: Mapping[str, str], kind: str
) -> Entry:
    checksum, size = measured(body)
    address = f"{repository.namespace}/data/{secrets.token_hex(10)}/{secrets.token_hex(10)}"
    return Entry(body, size, checksum, metadata, kind, int(time.time()), address)


def measured(body: bytes | Path) -> tuple[str, int]:
    if isinstance(body, bytes):
        return hashlib.md5(body, usedforsecurity=False).hexdigest(), len(body)
    with body.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest(), body.stat().st_size


def row(path: str, entry: Entry, *, metadata: bool, address: str | None = None) -> dict[str, Any]:
    return {
        "checksum": entry.checksum,
        "content_type": entry.content_type,
        "metadata": dict(entry.metadata) if metadata else {},
        "mtime": entry.mtime,
        "path": path,
        "path_type": "object",
        "physical_address": address or entry.address,
        "size_bytes": entry.size,
    }


def get(repository: Repository, request: Request, ref: str) -> Answer:
    entry = _found(repository.view(ref), request)
    if one(request.query, "presign").lower() == "true":
        return Answer(302, headers={"Location": _presigned(request, entry)})
    headers = {
        "Content-Type": entry.content_type,
        "Etag": f'"{entry.checksum}"',
        "Last-Modified": formatdate(entry.mtime, usegmt=True),
    }
    if request.method == "HEAD":
        headers |= {"Accept-Ranges": "bytes", "Content-Length": str(entry.size)}
        return Answer(200, b"", headers)
    headers["Content-Disposition"] = "attachment"
    wanted = request.headers.get("Range")
    if not wanted:
        return Answer(200, entry.body, headers, 0, entry.size)
    start, end = _range(wanted, entry.size)
    if start >= end:
        headers |= {"Content-Range": f"bytes */{entry.size}"}
        return said(
            416,
            {"message": "Requested Range Not Satisfiable"},
            headers | {"Content-Type": "application/json"},
        )
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{entry.size}"
    return Answer(206, entry.body, headers, start, end)


def ranged(request: Request, body: bytes | Path) -> Answer:
    """As an object store answers what goes past lakeFS."""
    size, wanted = measured(body)[1], request.headers.get("Range")
    if not wanted:
        return Answer(200, body, {}, 0, size)
    start, end = _range(wanted, size)
    if start >= end:
        return Answer(416, b"<Error><Code>InvalidRange</Code></Error>")
    return Answer(206, body, {"Content-Range": f"bytes {start}-{end - 1}/{size}"}, start, end)


def _range(text: str, size: int) -> tuple[int, int]:
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text)
    if not found:
        raise Trouble(400, 'parameter "Range" in header has an error: string doesn\'t match')
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def stat(repository: Repository, request: Request, ref: str) -> Answer:
    entry = _found(repository.view(ref), request)
    presign = one(request.query, "presign").lower() == "true"
    address = _presigned(request, entry) if presign else None
    metadata = one(request.query, "user_metadata").lower() != "false"
    return said(200, row(one(request.query, "path"), entry, metadata=metadata, address=address))


def listing(repository: Repository, request: Request, ref: str) -> Answer:
    tree, query = repository.view(ref), request.query
    prefix, delimiter = one(query, "prefix"), one(query, "delimiter")
    metadata = one(query, "user_metadata").lower() != "false"
    rows: dict[str, dict[str, Any]] = {}
    for path in tree:
        cut = path.find(delimiter, len(prefix)) if delimiter else -1
        if not path.startswith(prefix):
            continue
        if cut < 0:
            rows[path] = {"path": path}
        else:
            folder = path[: cut + len(delimiter)]
            rows[folder] = {"path": folder, "folder": True}

    def shown(found: dict[str, Any]) -> dict[str, Any]:
        path = found["path"]
        if "folder" in found:
            empty = {"checksum": "", "mtime": 0, "physical_address": ""}
            return {**empty, "path": path, "path_type": "common_prefix"}
        whole = row(path, tree[path], metadata=metadata)
        if not whole["metadata"]:
            del whole["metadata"]
        if one(query, "presign").lower() == "true":
            whole["physical_address"] = _presigned(request, tree[path])
        return whole

    return page(query, after(query, rows.items()), shown)


def delete_many(repository: Repository, request: Request, branch: str) -> Answer:
    paths = request.json["paths"]
    if len(paths) > MOST:
        raise Trouble(400, f"request size exceeded, max paths is set to {MOST}")
    errors: list[dict[str, Any]] = []
    found = repository.branches.get(branch)
    for path in paths:
        if repository.protected(branch):
            message = "cannot write to protected branch"
            errors.append({"message": message, "path": path, "status_code": 403})
        elif found is not None:
            repository.stage(found, path, None)
    return said(200, {"errors": errors})


def delete_one(repository: Repository, request: Request, branch: str) -> Answer:
    _writable(repository, branch)
    repository.stage(_branch(repository, branch), one(request.query, "path"), None)
    return done()


def copy(repository: Repository, request: Request, branch: str) -> Answer:
    _writable(repository, branch)
    source, path = request.json, one(request.query, "dest_path")
    tree = repository.view(source.get("src_ref") or branch)
    if source["src_path"] not in tree:
        raise Trouble(404, "not found")
    entry = tree[source["src_path"]]
    repository.stage(_branch(repository, branch), path, entry)
    return said(201, row(path, entry, metadata=True))


def describe(repository: Repository, request: Request, branch: str) -> Answer:
    """All of an object's metadata anew."""
    _writable(repository, branch)
    path, found = one(request.query, "path"), _branch(repository, branch)
    entry = repository.standing(found).get(path)
    if entry is None:
        raise Trouble(404, f"update user metadata on {repository.name}/{branch}/{path}: not found")
    repository.stage(found, path, replace(entry, metadata=dict(request.json["set"])))
    return done()


def where_to_put(repository: Repository, request: Request, branch: str) -> Answer:
    """The first half of an upload past lakeFS."""
    _branch(repository, branch)
    place = secrets.token_hex(10)
    address = f"{repository.namespace}/data/{place}"
    url = None
    if one(request.query, "presign").lower() == "true":
        if not request.double.presigns:
            raise Trouble(500, NO_PRESIGN)
        url = request.double.put_past(address)
    return said(200, {"physical_address": address, "presigned_url": url})


def put_past(repository: Repository, request: Request, branch: str) -> Answer:
    """The second half: the object that was put is linked to a path."""
    wanted, path = request.json, one(request.query, "path")
    _writable(repository, branch)
    body = request.double.past.get(wanted["staging"]["physical_address"])
    if body is None:
        raise Trouble(400, "link address: invalid token")
    found = _branch(repository, branch)
    if request.headers.get("If-None-Match") == "*" and path in repository.standing(found):
        raise Trouble(412, "path already exists")
    entry = made(
        repository, body, wanted.get("user_metadata") or {}, wanted.get("content_type") or PLAIN
    )
    repository.stage(found, path, entry)
    return said(200, row(path, entry, metadata=True))


def _presigned(request: Request, entry: Entry) -> str:
    if not request.double.presigns:
        raise Trouble(400, NO_PRESIGN)
    return request.double.get_past(entry)


def _found(tree: Tree, request: Request) -> Entry:
    path = one(request.query, "path")
    if path not in tree:
        raise Trouble(404, "not found")
    return tree[path]


def _branch(repository: Repository, name: str) -> Branch:
    if name not in repository.branches:
        raise Trouble(404, "branch not found")
    return repository.branches[name]


def _writable(repository: Repository, branch: str) -> None:
    if repository.protected(branch):
        raise Trouble(403, "cannot write to protected branch")
