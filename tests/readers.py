"""A second opinion on YAML: read with the rules of version 1.2."""

from __future__ import annotations

from typing import Any

from wombat.errors import Diagnostics
from wombat.language.scalars import resolve
from wombat.language.source import Mapping, Scalar, parse_documents


def read_1_2(text: str) -> Any:
    """The data of a YAML text by the core schema of 1.2."""
    sink = Diagnostics()
    documents = parse_documents(text.encode("utf-8", "surrogatepass"), "text.yml", sink)
    assert not sink.found, sink.found
    assert len(documents) == 1
    return _plain(documents[0].root)


def _plain(node: Any) -> Any:
    if isinstance(node, Scalar):
        return resolve(node)
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(item) for item in node]
