"""A schema with the words of the one that it extends, or with those that a profile changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.errors import Place
from wombat.language.source import Document, Mapping, Node, Sequence
from wombat.schema.loom import Loom, get, measured, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.loom import Weave

_OWN: Final = ("version", "title", "description", "extends", "python", "source")
"""What a schema says of itself alone."""
_WEAVES: Final[dict[str, Weave]] = {
    "tags": Loom.added,
    "unique": Loom.added,
    "columns": Loom.columns,
    "patterns": lambda loom, base, own: loom.named(base, own, lambda one: get(one, "match")),
    "rules": lambda loom, base, own: loom.named(base, own, lambda one: get(one, "name")),
    "drift": lambda loom, base, own: loom.named(base, own, measured),
    "policies": Loom.policies,
}


@dataclass(frozen=True, slots=True)
class Woven(Document):
    """A document with nodes of other files in it: `paths` says of which, by a node's identity.

    `kept` holds what these came from, so that no identity is given away.
    """

    paths: dict[int, str]
    kept: tuple[object, ...] = ()

    def place(self, node: Node) -> Place:
        return Place(self.paths.get(id(node), self.path), node.line, node.column)


def extended(base: Document, own: Document, *, same: bool = False) -> Woven:
    """A schema with what it extends put in: own words win, lists of rules and the like add up.

    `same`: both are one schema, and it has one version and one class.
    """
    loom = Loom(_paths(base))
    if not isinstance(base.root, Mapping) or not isinstance(own.root, Mapping):
        return Woven(own.path, own.root, loom.paths, (base, own))
    inherited = {key: value for key, value in base.root.items() if same or key not in _OWN}
    root = loom.words(loom.mapping(base.root, inherited), own.root, each=_WEAVES)
    assert isinstance(root, Mapping)  # noqa: S101  # both were
    _keep_key(loom, base.root, own.root, root)
    return Woven(own.path, root, loom.paths, (base, own, loom))


def patched(document: Document, patch: Mapping) -> Woven:
    """A schema with the `columns` and the `extra` that a profile changes."""
    loom = Loom(dict(_known(document)))
    assert isinstance(document.root, Mapping)  # noqa: S101  # it was read as a schema
    changes = {key: value for key, value in patch.items() if key in ("columns", "extra")}
    root = loom.words(document.root, loom.mapping(document.root, changes), each=_WEAVES)
    return Woven(document.path, root, loom.paths, (document, loom))


def with_root(document: Document, root: Node, loom: Loom) -> Woven:
    """A document with another root, made on a loom out of its own nodes."""
    return Woven(document.path, root, loom.paths, (document, loom))


def own_places(document: Document) -> set[tuple[int, int]]:
    """Line and column of every node that a file's own document has."""
    return {(node.line, node.column) for node in _nodes(document.root)}


def _known(document: Document) -> dict[int, str]:
    return document.paths if isinstance(document, Woven) else {}


def _paths(document: Document) -> dict[int, str]:
    """The file of each node of a document."""
    known = _known(document)
    return {id(node): document.path for node in _nodes(document.root)} | known


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield key
            yield from _nodes(value)
    elif isinstance(node, Sequence):
        for value in node:
            yield from _nodes(value)


def _keep_key(loom: Loom, base: Mapping, own: Mapping, root: Mapping) -> None:
    """Beside another key that of the base stays unique, and its columns stay without nulls."""
    key, mine = get(base, "key"), get(own, "key")
    if not isinstance(key, Sequence) or not isinstance(mine, Sequence) or key == mine:
        return
    groups, columns = get(root, "unique"), get(root, "columns")
    others = list(groups) if isinstance(groups, Sequence) else []
    if groups is None:
        root[loom.scalar(mine, "unique")] = loom.sequence(mine, [key])
    else:
        replace(root, next(k for k in root if k == "unique"), loom.sequence(mine, [key, *others]))
    if not isinstance(columns, Mapping):
        return
    for name in columns:
        whole = loom.long(columns[name]) if name in key else None
        if isinstance(whole, Mapping) and get(whole, "nullable") is not None:
            words = {word: value for word, value in whole.items() if word != "nullable"}
            columns[name] = loom.mapping(whole, words)
