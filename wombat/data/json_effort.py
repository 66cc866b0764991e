"""How much it takes to say why a value fails a JSON Schema: alternatives multiply at each level."""

from __future__ import annotations

from typing import Any, Final

_WAYS: Final = ("anyOf", "oneOf", "allOf")
MOST: Final = 20_000
"""Places that are looked at to explain one value."""


class Effort:
    """Of one schema; whether a value meets it is another, cheap question."""

    def __init__(self, schema: Any) -> None:
        self.ways = _ways(schema)

    def explains(self, value: Any) -> bool:
        """Whether a value is shallow enough for each of its places to be told."""
        most, levels = 1, 0
        while self.ways > 1 and (most := most * self.ways) <= MOST:
            levels += 1
        return self.ways == 1 or not _deeper(value, levels)


def _ways(schema: Any) -> int:
    """The most alternatives for one value that look into it themselves, or refer to others."""
    found, left = 1, [schema]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            inner = [one for word in _WAYS for one in _list(node.get(word))]
            inner += [node[word] for word in ("if", "then", "else", "not") if word in node]
            found = max(found, sum(map(_looks_within, inner)))
            left += node.values()
        elif isinstance(node, list):
            left += node
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _looks_within(alternative: Any) -> bool:
    if not isinstance(alternative, dict):
        return False
    return "$ref" in alternative or any(
        isinstance(one, dict) or (isinstance(one, list) and any(isinstance(e, dict) for e in one))
        for one in alternative.values()
    )


def _deeper(value: Any, levels: int) -> bool:
    """Whether a value's lists and dicts lie in each other more than so many times."""
    layer = [value]
    for _ in range(levels + 1):
        inner: list[Any] = []
        for one in layer:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        layer = [one for one in inner if isinstance(one, dict | list)]
        if not layer:
            return False
    return True
