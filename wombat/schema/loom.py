"""Nodes put into each other, one way for each kind of word; each node keeps its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.language.source import Mapping, Node, Scalar, Sequence
from wombat.schema.types import KINDS, NEEDED, PARAMETERS
from wombat.schema.written_words import rejoined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PARAMETERS: Final = {word for words in PARAMETERS.values() for word in words}
_MEASURES: Final = ("psi", "null_rate", "mean", "rows")


def is_null(node: Any) -> bool:
    """A null that is written: it takes a word away."""
    return isinstance(node, Scalar) and node.plain and str(node) in ("null", "~", "Null", "NULL")


def get(mapping: Node | dict[Scalar, Node] | None, word: str) -> Node | None:
    """What a mapping has under a word; None where it has none, or is none."""
    if not isinstance(mapping, dict):
        return None
    return mapping.get(word)  # type: ignore[call-overload, no-any-return]  # a key equals its text


@dataclass(slots=True)
class Loom:
    """Makes nodes out of nodes. `paths` says of which file a node is, by its identity, where that
    isn't the document's own; `made` keeps identities from being given away."""

    paths: dict[int, str]
    made: list[Node] = field(default_factory=list)

    def mapping(self, place: Node, items: dict[Scalar, Node]) -> Mapping:
        """A mapping at the place of another node."""
        new = Mapping(items)
        self._at(new, place)
        return new

    def sequence(self, place: Node, items: Iterable[Node]) -> Sequence:
        """A list at the place of another node."""
        new = Sequence(items)
        self._at(new, place)
        return new

    def scalar(self, place: Node, text: str) -> Scalar:
        """A plain text at the place of another node."""
        new = Scalar(text)
        new.plain = True
        self._at(new, place)
        return new

    def _at(self, new: Node, place: Node) -> None:
        new.line, new.column = place.line, place.column
        self.made.append(new)
        if path := self.paths.get(id(place)):
            self.paths[id(new)] = path

    def words(self, base: Node, own: Node, *, each: dict[Any, Weave] | None = None) -> Node:
        """Mappings word by word: own ones win, and a null takes one away that is there."""
        if not isinstance(base, Mapping) or not isinstance(own, Mapping):
            return own
        new = self.mapping(own, dict(base))
        for key, value in own.items():
            before = get(base, key)
            weave = each.get(key) if each else None
            if before is None:
                new[key] = value
            elif is_null(value):
                del new[key]
            else:
                replace(new, key, weave(self, before, value) if weave else value)
        return new

    def columns(self, base: Node, own: Node) -> Node:
        """Columns by name, each word by word; new ones come last."""
        own = rejoined(own)
        if not isinstance(base, Mapping) or not isinstance(own, Mapping):
            return own
        return self.words(base, own, each=dict.fromkeys(own, Loom.column))

    def column(self, base: Node, own: Node) -> Node:
        """The words of a column; another type takes the parameters of the one before away."""
        first, second = self.long(base), self.long(own)
        if not isinstance(first, Mapping) or not isinstance(second, Mapping):
            return own
        kind = get(second, "type")
        if kind is not None and kind != get(first, "type"):
            kept = {key: value for key, value in first.items() if key not in _PARAMETERS}
            first = self.mapping(first, kept)
        return self.words(first, second)

    def long(self, node: Node) -> Node:
        """The mapping of a short form, which says its type and whether it has nulls."""
        node = rejoined(node)
        text = str(node).removesuffix("?") if isinstance(node, Scalar) else ""
        if text not in KINDS or text in NEEDED:
            return node
        nulls = "true" if str(node).endswith("?") else "false"
        words = {"type": text, "nullable": nulls}
        items = {self.scalar(node, key): self.scalar(node, value) for key, value in words.items()}
        return self.mapping(node, dict(items))

    def added(self, base: Node, own: Node) -> Node:
        """Lists add up; a text stands once."""
        if not isinstance(base, Sequence) or not isinstance(own, Sequence):
            return own
        kept = [one for one in base if not (isinstance(one, Scalar) and one in own)]
        return self.sequence(own, [*kept, *own])

    def named(self, base: Node, own: Node, name: Callable[[Node], object]) -> Node:
        """Lists of mappings add up; of those with one name the latter stands."""
        if not isinstance(base, Sequence) or not isinstance(own, Sequence):
            return own
        taken = [name(one) for one in own]
        return self.sequence(own, [*(one for one in base if name(one) not in taken), *own])

    def policies(self, base: Node, own: Node) -> Node:
        """Profile by profile and word by word, as layers are."""
        if not isinstance(own, Mapping):
            return own
        return self.words(base, own, each=dict.fromkeys(own, Loom.policy))

    def policy(self, base: Node, own: Node) -> Node:
        return self.words(base, own, each={"sample": Loom.words, "columns": Loom.columns})


Weave: TypeAlias = "Callable[[Loom, Node, Node], Node]"


def replace(mapping: Mapping, key: Scalar, value: Node) -> None:
    """Puts a key and its value in the place of the key of that name, so that the order stays."""
    items = [(key, value) if one == key else (one, old) for one, old in mapping.items()]
    mapping.clear()
    mapping.update(items)


def measured(node: Node) -> object:
    """What makes two bounds of drift the same one."""
    measure = next((word for word in _MEASURES if get(node, word) is not None), None)
    return measure, get(node, "column"), get(node, "against") or "previous"
