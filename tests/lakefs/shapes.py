"""The shapes of all requests that Wombat sends to lakeFS: `shapes.json`.

Whatever a test makes Wombat send to the double has one of them, or the test fails; and each of them
goes through a check of lakeFS's OpenAPI. `WOMBAT_TEST_SHAPES=write` adds those that are new.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lakefs.double import Request

FILE: Final = Path(__file__).parent / "shapes.json"
WRITES: Final = os.environ.get("WOMBAT_TEST_SHAPES") == "write"
_META: Final = "x-lakefs-meta-"
_HEADERS: Final = ("accept", "content-type", "if-match", "if-none-match", "range")
_WORDS: Final = ("type", "strategy")
"""Where the value is one of a few words."""
_PATHS: Final = {kind: path for _, path, kind, _ in ROUTES}
_METADATA: Final = ("metadata", "user_metadata", "set")


def known() -> list[dict[str, Any]]:
    return json.loads(FILE.read_text()) if FILE.exists() else []


def shape_of(request: Request) -> dict[str, Any]:
    """An example request of its shape: the same of two that differ in names and values alone."""
    words = {name.lower(): value for name, value in request.headers.items()}
    headers = {name: words[name] for name in _HEADERS if name in words}
    if "range" in headers:
        headers["range"] = re.sub(r"\d+", "1", headers["range"])
    if any(name.startswith(_META) for name in words):
        headers[f"{_META}name"] = "x"
    query = {name: _query(name, values[0]) for name, values in sorted(request.query.items())}
    path = _PATHS.get(request.kind, request.path).replace("{}", "lake", 1).replace("{}", "main")
    found = {"kind": request.kind, "method": request.method, "path": path, "query": query}
    return {**found, "headers": headers, "body": _body(request, headers.get("content-type", ""))}


def keep(requests: Iterable[Request]) -> list[dict[str, Any]]:
    """Those of the requests' shapes that aren't known; with WOMBAT_TEST_SHAPES they are now."""
    new: list[dict[str, Any]] = []
    old = known()
    for request in requests:
        shape = shape_of(request)
        if shape not in old and shape not in new:
            new.append(shape)
    if not (new and WRITES):
        return new
    whole = sorted([*old, *new], key=lambda shape: json.dumps(shape, sort_keys=True))
    new_file = FILE.with_suffix(f".{os.getpid()}")
    new_file.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
    new_file.replace(FILE)
    return []


def _query(name: str, value: str) -> str:
    if name in _WORDS or (name != "path" and value.lower() in ("", "true", "false", "/")):
        return value
    small = re.fullmatch(r"\d+", value) and 1 <= int(value) <= 1000
    return "1" if small or not re.fullmatch(r"-?\d+", value) else value


def _body(request: Request, kind: str) -> Any:
    if kind.partition(";")[0] == "application/json":
        return _skeleton("", request.json)
    return "x" if kind else None


def _skeleton(name: str, node: Any) -> Any:
    if name in _METADATA and isinstance(node, dict):
        return {"name": "x"} if all(isinstance(value, str) for value in node.values()) else node
    if isinstance(node, dict):
        return {key: _skeleton(key, value) for key, value in sorted(node.items())}
    if isinstance(node, list):
        return [_skeleton(name, value) for value in node[:1]]
    if isinstance(node, str):
        return node if name in _WORDS else "x"
    return 1 if isinstance(node, int) and not isinstance(node, bool) else node
