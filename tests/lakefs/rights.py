"""lakeFS's rules for who may do what: the right that each request needs, and what a document gives.

After its server's own (`pkg/api/controller.go`, `pkg/auth/service.go` of 1.84.0), apart from our
code. A request that isn't among them fails the test that sent it.
"""

from __future__ import annotations

import io
import json
import re
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from wombat.store.lakefs import wire as wires
from wombat.store.lakefs.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

FS: Final = "arn:lakefs:fs:::repository/"
_FS: Final = """
ReadRepository CreateRepository UpdateRepository AttachStorageNamespace ImportFromStorage
ImportCancel DeleteRepository ListRepositories ReadObject WriteObject DeleteObject ListObjects
CreateCommit ReadCommit ListCommits CreateBranch DeleteBranch ReadBranch RevertBranch ListBranches
CreateTag DeleteTag ReadTag ListTags ReadConfig
"""
ACTIONS: Final = {f"fs:{one}" for one in _FS.split()}
"""Every action of the server's group `fs`."""
ANYBODY: Final = ("GET /user", "GET /config/version")
_TABLE: Final = (
    # method, path behind the repository, the action, what it is asked on
    ("GET", r"", "fs:ReadRepository", "repository"),
    ("GET", r"/branch_protection", "branches:GetBranchProtectionRules", "repository"),
    ("GET", r"/settings/branch_protection", "branches:GetBranchProtectionRules", "repository"),
    ("GET", r"/actions/runs", "ci:ReadAction", "repository"),
    ("GET", r"/branches", "fs:ListBranches", "repository"),
    ("POST", r"/branches", "fs:CreateBranch", "body"),
    ("GET", r"/branches/([^/]+)", "fs:ReadBranch", "branch"),
    ("DELETE", r"/branches/([^/]+)", "fs:DeleteBranch", "branch"),
    ("GET", r"/branches/([^/]+)/diff", "fs:ListObjects", "repository"),
    ("POST", r"/branches/([^/]+)/commits", "fs:CreateCommit", "branch"),
    ("POST", r"/branches/([^/]+)/objects", "fs:WriteObject", "object"),
    ("GET", r"/branches/([^/]+)/staging/backing", "fs:WriteObject", "object"),
    ("PUT", r"/branches/([^/]+)/staging/backing", "fs:WriteObject", "object"),
    ("POST", r"/branches/([^/]+)/objects/delete", "fs:DeleteObject", "objects"),
    ("GET", r"/refs/([^/]+)/objects", "fs:ReadObject", "object"),
    ("HEAD", r"/refs/([^/]+)/objects", "fs:ReadObject", "object"),
    ("GET", r"/refs/([^/]+)/objects/stat", "fs:ReadObject", "object"),
    ("GET", r"/refs/([^/]+)/objects/ls", "fs:ListObjects", "repository"),
    ("GET", r"/refs/([^/]+)/commits", "fs:ReadBranch", "branch"),
    ("GET", r"/refs/[^/]+/diff/[^/]+", "fs:ListObjects", "repository"),
    ("GET", r"/refs/[^/]+/merge/[^/]+", "fs:ListCommits", "repository"),
    ("POST", r"/refs/[^/]+/merge/([^/]+)", "fs:CreateCommit", "branch"),
    ("GET", r"/commits/[^/]+", "fs:ReadCommit", "repository"),
)


def needed(method: str, url: str, body: Any) -> list[tuple[str, str]]:
    """Actions, each with its resource; none for what everybody may ask."""
    parts = urlsplit(url)
    if not parts.path.startswith("/api/v1/"):
        return []  # what carries a signature of its own: bytes on their way to the storage
    path = parts.path.removeprefix("/api/v1")
    if f"{method} {path}" in ANYBODY:
        return []
    if (method, path) in (("GET", "/config"), ("GET", "/config/storage")):
        return [("fs:ReadConfig", "*")]
    found = re.fullmatch(r"/repositories/([^/]+)(.*)", path)
    assert found, f"a request that isn't known: {method} {path}"
    whole = f"{FS}{found[1]}"
    for verb, pattern, action, kind in _TABLE:
        if verb == method and (hit := re.fullmatch(pattern, found[2])):
            if kind == "repository":
                return [(action, whole)]
            if kind == "branch":
                return [(action, f"{whole}/branch/{unquote(hit[1])}")]
            if kind == "object":
                (name,) = parse_qs(parts.query)["path"]
                return [(action, f"{whole}/object/{name}")]
            said = json.loads(body)
            if kind == "body":
                return [(action, f"{whole}/branch/{said['name']}")]
            return [(action, f"{whole}/object/{name}") for name in said["paths"]]
    raise AssertionError(f"a request that isn't known: {method} {path}")


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Denied unless a statement allows, and none denies."""
    effects = {
        one["effect"]
        for one in document["statement"]
        if any(_like(wanted, action) for wanted in one["action"])
        and (one["resource"] == "*" or _like(one["resource"], resource))
    }
    assert effects <= {"allow", "deny"}
    return effects == {"allow"}


def _like(pattern: str, text: str) -> bool:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


class Wire:
    """Stands where requests leave: what each needed, and no to what isn't allowed."""

    def __init__(self) -> None:
        self.document: Mapping[str, Any] | None = None
        """None: everything is allowed."""
        self.asked: list[tuple[str, str]] = []

    def lacking(self, method: str, url: str, body: Any) -> str | None:
        every = needed(method, url, body)
        self.asked += every
        if self.document is None:
            return None
        return next((a for a, on in every if not allows(self.document, a, on)), None)


class Said:
    """An answer that is all there, and the connection that it came by."""

    def __init__(self, body: bytes) -> None:
        self.data = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)

    def answer(self) -> Answer:
        response = HTTPResponse(self)  # type: ignore[arg-type]
        response.begin()
        return Answer(self, response)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def keep(self) -> None: ...

    def close(self) -> None: ...


def wired(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """From now on each request of a process is seen before it goes."""
    import urllib3

    wire, plain = Wire(), urllib3.HTTPConnectionPool.urlopen

    def request(self: Any, method: str, url: str, *args: Any, **words: Any) -> Any:
        lacks = wire.lacking(method, url, words.get("body"))
        if lacks is None:
            return plain(self, method, url, *args, **words)
        said = {"message": f"insufficient permissions: not allowed to {lacks}"}
        return urllib3.HTTPResponse(
            body=io.BytesIO(json.dumps(said).encode()),
            status=401,
            headers={"Content-Type": "application/json"},
            preload_content=words.get("preload_content", True),
        )

    own = wires.Wire.ask

    def ask(self: Any, method: str, target: str, *args: Any, **words: Any) -> Any:
        lacks = wire.lacking(method, target, None)
        if lacks is None:
            return own(self, method, target, *args, **words)
        said = json.dumps({"message": f"insufficient permissions: not allowed to {lacks}"}).encode()
        return Said(said).answer()

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", request)
    monkeypatch.setattr(wires.Wire, "ask", ask)
    return wire


def actions(document: Mapping[str, Any]) -> Iterator[str]:
    for one in document["statement"]:
        yield from one["action"]
