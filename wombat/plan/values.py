"""References inside values: how they are written down in the plan, and what they stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FIELD: Final = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}|\{\{|\}\}")


def resolve_value(value: Any, words: Mapping[str, Mapping[str, Any]]) -> Any:
    """`value` with its references replaced; `words` maps params, foreach, inputs, outputs."""
    if isinstance(value, dict):
        marker = value.get("$")
        if marker == "literal":
            return {key: resolve_value(item, words) for key, item in value["value"].items()}
        if marker == "format":
            return _format(value["text"], words)
        if isinstance(marker, str):
            word, _, name = marker.partition(".")
            return words[word][name]
        return {key: resolve_value(item, words) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve_value(item, words) for item in value]
    return value


def _format(text: str, words: Mapping[str, Mapping[str, Any]]) -> str:
    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        word, _, name = found[1].partition(".")
        if name:
            return as_text(words[word][name])
        return as_text(
            words["foreach"][word] if word in words["foreach"] else words["params"][word]
        )

    return FIELD.sub(put, text)


def as_text(value: Any) -> str:
    """A value as a command sees it: text as it is, true and false as in YAML, else JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    from json import dumps

    return dumps(value, ensure_ascii=False, separators=(",", ":"))


def references(value: Any, found: Callable[[str], None]) -> None:
    """Calls `found` with each `word.name` in a value."""
    for mark in marks(value):
        if mark["$"] != "format":
            found(mark["$"])


def marks(value: Any) -> Iterator[dict[str, Any]]:
    """Every reference and format in a value, as they are written down."""
    if isinstance(value, dict):
        marker = value.get("$")
        if marker is not None and marker != "literal":
            yield value
            return
        for item in (value["value"] if marker else value).values():
            yield from marks(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from marks(item)
