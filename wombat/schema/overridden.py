"""Mistakes that come of extending a schema: told where that is written, with the base beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.language.source import Mapping, Scalar
from wombat.schema.loom import get
from wombat.schema.weave import own_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.errors import Diagnostic, Place
    from wombat.language.source import Document, Node

_QUOTED: Final = re.compile(r"'([^']+)'")


def of_the_base(told: Diagnostic, woven: Document, own: Document) -> Diagnostic:
    """The same mistake at the words that override what they don't go with, or at `extends`.

    A base has no mistake of its own here: such a one is told with the base, which then isn't woven.
    """
    place = told.place
    if place.path == own.path and (place.line, place.column) in own_places(own):
        return told
    name = get(own.root, "extends")
    base = str(name) if isinstance(name, Scalar) else "what it extends"
    there = ((place, f"in {base}, which is extended"), *told.related)
    return replace(told, place=_here(told, woven, own), related=there)


def _here(told: Diagnostic, woven: Document, own: Document) -> Place:
    """The column in which it is, or one that is named, as far as the schema itself changes it."""
    columns = get(own.root, "columns")
    mine = {str(name) for name in columns} if isinstance(columns, Mapping) else set()
    for steps in _found(woven, woven.root, told.place):
        if steps[:1] == ("columns",) and len(steps) > 1 and steps[1] in mine:
            return own.at(*steps) if len(steps) > 2 else own.key_at(*steps)
    named = next((name for name in _QUOTED.findall(told.message) if name in mine), None)
    return own.at("extends") if named is None else own.key_at("columns", named)


def _found(woven: Document, node: Node, place: Place) -> Iterator[tuple[str, ...]]:
    """The ways through mappings to what stands at a place."""
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if place in (woven.place(key), woven.place(value)):
            yield (str(key),)
        for below in _found(woven, value, place):
            yield (str(key), *below)
