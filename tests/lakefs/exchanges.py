"""Requests and answers as they are kept: what differs each time stands as a placeholder."""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lakefs.raw import Raw, Reply

HEADERS: Final = (
    "Content-Type",
    "Content-Range",
    "Content-Disposition",
    "Accept-Ranges",
    "Etag",
    "Last-Modified",
)
_ID: Final = re.compile(r"\b[0-9a-f]{64}\b")
_BEGUN: Final = re.compile(r"\b[0-9a-f]{20}\b")
_TIMES: Final = ("mtime", "creation_date", "token_expiration")
_WORDS: Final = {"physical_address": "<address>", "token": "<token>", "Last-Modified": "<time>"}
_LONG: Final = 2000


class Teller:
    """Asks a server, and keeps what was asked and answered. A path that begins with '//' is the
    server's own, any other stands below the chapter's repository."""

    def __init__(self, raw: Raw, keys: Mapping[str, str]) -> None:
        self.raw = raw
        self.keys = {"access_key_id": keys["key"], "secret_access_key": keys["secret"]}
        self.repository = f"told-{secrets.token_hex(6)}"
        self.exchanges: list[dict[str, Any]] = []
        self._ids: dict[str, str] = {}
        self._hidden = {
            self.repository: "<repository>",
            keys["key"]: "<key>",
            keys["secret"]: "<secret>",
        }

    @property
    def repository_tree(self) -> dict[str, str]:
        name = self.repository
        return {"name": name, "storage_namespace": f"local://{name}", "default_branch": "main"}

    def __call__(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | list[tuple[str, str]] | None = None,
        **more: Any,
    ) -> Reply:
        reply = self.quietly(method, path, query, **more)
        asked = {"method": method, "path": path, **_of("query", query)}
        asked |= {name: _kept(value) for name, value in more.items() if value is not None}
        headers = {name: reply.headers[name] for name in HEADERS if name in reply.headers}
        answer = {"status": reply.status, **_of("headers", headers), **_of("body", _body(reply))}
        self.exchanges.append({"request": self._plain(asked), "answer": self._plain(answer)})
        return reply

    def quietly(self, method: str, path: str, query: Any = None, **more: Any) -> Reply:
        """Not kept."""
        below = f"/repositories/{self.repository}{path}"
        return self.raw.ask(method, path[1:] if path.startswith("//") else below, query, **more)

    def until(self, status: int, *words: Any, **more: Any) -> None:
        """Waits for what takes a real server some seconds."""
        last = time.monotonic() + 60
        while self.quietly(*words, **more).status != status:
            assert time.monotonic() < last, f"no {status}"
            time.sleep(0.5)

    def _plain(self, node: Any, name: str = "") -> Any:
        if isinstance(node, dict):
            return {key: self._plain(value, key) for key, value in node.items()}
        if isinstance(node, list):
            return [self._plain(value) for value in node]
        if name in _TIMES and isinstance(node, int) and node:
            return "<time>"
        if node and name in _WORDS:
            return _WORDS[name]
        return self._text(node) if isinstance(node, str) else node

    def _text(self, text: str) -> str:
        for hidden, shown in self._hidden.items():
            text = text.replace(hidden, shown)
        text = re.sub(r"run id '\w+'(?=:)", "run id '<run>'", text)
        text = _ID.sub(self._id, text)
        return _BEGUN.sub(self._begun, text)

    def _begun(self, found: re.Match[str]) -> str:
        return next(
            (f"{shown}[:20]" for id_, shown in self._ids.items() if id_.startswith(found[0])), ""
        )

    def _id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0], f"<id {len(self._ids) + 1}>")


def _of(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


def _kept(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode() if len(value) < _LONG else f"<{len(value)} bytes>"
    text = json.dumps(value)
    return value if len(text) < _LONG else f"<{len(text)} bytes>"


def _body(reply: Reply) -> Any:
    if "json" not in reply.headers.get("Content-Type", ""):
        return _kept(reply.body)
    tree = reply.tree
    if isinstance(tree, list):
        return sorted(tree, key=str)  # Rules, in whichever order.
    if reply.status == 400 and "message" in tree:
        # What follows is the piece of the OpenAPI that was hurt, and in which words isn't ours.
        tree["message"] = re.sub(
            r"(request body has an error|string doesn't match).*",
            r"\1",
            tree["message"].partition("\nSchema:")[0],
        )
    return tree
