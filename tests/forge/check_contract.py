"""Compares contract.json with GitLab's own OpenAPI: `check_contract.py openapi_v3.yaml`.

No test needs it: that file is GitLab's (doc/api/openapi/ in its repository), several megabytes, and
not ours to keep.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.forge.server import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Iterator


def differences(official: Any) -> Iterator[str]:
    """What the contract says and the official file doesn't."""
    for name, rule in CONTRACT["operations"].items():
        method, _, path = name.partition(" ")
        there = official["paths"].get(CONTRACT["prefix"] + path, {}).get(method.lower())
        if there is None:
            yield f"{name}: not there"
            continue
        if str(rule["status"]) not in there["responses"]:
            yield f"{name}: answers {', '.join(there['responses'])}, not {rule['status']}"
        queries = {one["name"]: one for one in there.get("parameters", ()) if one["in"] == "query"}
        for query in rule.get("query", {}).keys() - queries:
            yield f"{name}: no query {query}"
        yield from (f"{name}: {said}" for said in _body(official, there, rule))
        yield from (f"{name}: {said}" for said in _fields(official, there, rule))


def _body(official: Any, there: Any, rule: Any) -> Iterator[str]:
    if "body" not in rule:
        return
    schema = _schema(official, there["requestBody"]["content"])
    for field, kind in rule["body"].items():
        found = schema["properties"].get(field)
        if found is None or found.get("type") != kind:
            yield f"the body's {field} is {found}"
    if missing := set(schema.get("required", ())) - set(rule["required"]):
        yield f"the body needs {missing}"


def _fields(official: Any, there: Any, rule: Any) -> Iterator[str]:
    content = there["responses"].get(str(rule["status"]), {}).get("content")
    if not content:
        return
    schema = _schema(official, content)
    schema = _resolved(official, schema.get("items", schema))
    for field, kind in rule["fields"].items():
        found = schema.get("properties", {}).get(field)
        if found is None:
            yield f"the answer has no {field}"
        elif found.get("type", "object") != kind.rstrip("?"):
            yield f"the answer's {field} is {found}"


def _schema(official: Any, content: Any) -> Any:
    return _resolved(official, content["application/json"]["schema"])


def _resolved(official: Any, schema: Any) -> Any:
    name = schema.get("$ref", "").rpartition("/")[2]
    return official["components"]["schemas"][name] if name else schema


def main() -> int:
    official = yaml.load(Path(sys.argv[1]).read_bytes(), yaml.CSafeLoader)
    found = list(differences(official))
    print(f"{official['info']['title']} {official['info']['version']}: {len(found)} differences")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
