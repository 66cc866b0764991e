"""Requests to lakeFS as bytes on a connection: no client of Wombat's, none of lakeFS's."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

API = "/api/v1"
AGENT = "raw"


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def tree(self) -> Any:
        return json.loads(self.body)


class Raw:
    """One connection to a server, for one who asks; for one thread."""

    def __init__(self, endpoint: str, key: str, secret: str) -> None:
        parts = urlsplit(endpoint)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.said = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | list[tuple[str, str]] | None = None,
        *,
        tree: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Reply:
        """`tree` goes as JSON, `body` as it is; a header that is None isn't sent."""
        named: dict[str, str | None] = {"Authorization": self.said, "User-Agent": AGENT}
        if tree is not None:
            body = json.dumps(tree).encode()
            named["Content-Type"] = "application/json"
        elif body is not None:
            named["Content-Type"] = "application/octet-stream"
        sent = {
            name: value for name, value in {**named, **(headers or {})}.items() if value is not None
        }
        place = f"{API}{path}{'?' + urlencode(query) if query else ''}"
        self._connection.request(method, place, body=body, headers=sent)
        answer = self._connection.getresponse()
        return Reply(answer.status, answer.read(), dict(answer.getheaders()))
