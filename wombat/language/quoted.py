"""Quotes around a whole reference: a habit that makes it text without a word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.errors import Place
from wombat.language.source import Mapping, Scalar, Sequence
from wombat.language.values import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.errors import Diagnostics
    from wombat.language.source import Document, Node

_REFERENCE: Final = re.compile(rf"\$(?:{'|'.join(WORDS)})\.[a-z][a-z0-9_]*")
_VALUES: Final = ("with", "command")


def warn_of_quoted(document: Document, sink: Diagnostics) -> None:
    """Warns of each quoted text in a task's values that is just a reference."""
    for node in _values(document.root):
        for found in _scalars(node):
            if not found.plain and found.startswith("$") and _REFERENCE.fullmatch(found):
                sink.warn(
                    "quoted-reference",
                    f'"{found}" is text, since it is quoted; a reference has no quotes',
                    Place(document.path, found.line, found.column),
                    hint=f"write {found}; if you mean the text, ${found} without quotes says so",
                )


def _values(root: Node) -> Iterator[Node]:
    tasks = _child(root, "tasks")
    for task in tasks.values() if isinstance(tasks, Mapping) else ():
        for word in _VALUES:
            node = _child(task, word)
            if node is not None:
                yield node


def _child(node: Node, name: str) -> Node | None:
    if isinstance(node, Mapping):
        return next((value for key, value in node.items() if key == name), None)
    return None


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Mapping):
        for item in node.values():
            yield from _scalars(item)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _scalars(item)
