"""Which schema another one extends, in which order they are read, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.language.near import near
from wombat.language.source import Mapping, Scalar
from wombat.schema.loom import get
from wombat.schema.weave import extended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.errors import Diagnostics
    from wombat.language.source import Document
    from wombat.schema.load import Schemas

BODY = ("columns", "extends")


class Bases:
    """The documents of a project by what they extend.

    A document with `python` and no body takes the body of the imported one of its name;
    where there is none it is `pending`.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = list(documents)
        self._by_name: dict[str, Document] = {}
        imported: dict[str, Document] = {}
        for one in self._documents:
            for name in self.name(one):
                if not is_reference(one):
                    self._by_name.setdefault(name, one)
                if get(one.root, "source") is not None:
                    imported.setdefault(name, one)
        references = [(n, d) for d in self._documents if is_reference(d) for n in self.name(d)]
        self._referring = {
            id(one): imported[name] for name, one in references if self._agrees(name, one, imported)
        }
        self._by_name |= {n: one for n, one in references if id(one) in self._referring}
        self.pending = {n: d for n, d in references if id(d) not in self._referring}
        # the imported body alone is no schema of its own where another document refers to it
        self._hidden = {id(one) for one in self._referring.values()}

    def name(self, document: Document) -> set[str]:
        """The name that a document says, in a set; empty where it says none."""
        name = get(document.root, "schema")
        return {str(name)} if isinstance(name, Scalar) else set()

    def _agrees(self, name: str, one: Document, imported: dict[str, Document]) -> bool:
        body = imported.get(name)
        return body is not None and get(body.root, "python") == get(one.root, "python")

    def base(self, document: Document) -> str | None:
        """The name of what a document extends, without its version."""
        found = get(document.root, "extends")
        return str(found).partition("@")[0] if isinstance(found, Scalar) else None

    def sorted(self, sink: Diagnostics) -> list[Document]:
        """What is extended before what extends it; circles are reported and left out."""
        found: dict[int, Document] = {}
        for document in self._documents:
            chain = self._chain(document)
            if chain is None:
                self._report_circle(document, sink)
                continue
            for one in reversed(chain):
                found.setdefault(id(one), one)
        return [one for one in found.values() if id(one) not in self._hidden]

    def _chain(self, document: Document) -> list[Document] | None:
        """A document and all that it extends; None where that never ends."""
        chain, here = [document], document
        while (name := self.base(here)) is not None and name in self._by_name:
            here = self._by_name[name]
            if any(here is one for one in chain):
                return None
            chain.append(here)
        return chain

    def _report_circle(self, document: Document, sink: Diagnostics) -> None:
        """At each document of the circle; one that only leads into it isn't told of."""
        names, here = [], document
        while (name := self.base(here)) is not None and name not in names:
            names.append(name)
            here = self._by_name[name]
            if here is document:
                own = " -> ".join([*self.name(document), *names])
                sink.error(
                    "extends-circle",
                    f"it extends itself: {own}; expected an end",
                    document.at("extends"),
                    hint="one of them has to say its columns itself",
                )
                return

    def woven(self, document: Document, known: Schemas, sink: Diagnostics) -> Document | None:
        """A document with what it extends put in; None where that is missing or broken."""
        if body := self._referring.get(id(document)):
            return extended(body, document, same=True)
        if is_reference(document):
            return None
        written = get(document.root, "extends")
        if not isinstance(written, Scalar) or not isinstance(document.root, Mapping):
            return document
        name = str(written)
        if known.broken(name) or self._circular(name, known):
            return None
        if name not in known:
            hint = known.near(name) or near(name, known)
            listed = ", ".join(sorted(known)[:20]) or "a file in schemas/"
            said = f"no schema '{name}'; expected {listed}"
            sink.error("unknown-schema", said, document.at("extends"), hint=hint)
            return None
        return extended(known[name].document, document)

    def _circular(self, name: str, known: Schemas) -> bool:
        """Whether it stands in a file, and was left out of those that are read."""
        plain = name.partition("@")[0]
        return plain in self._by_name and plain not in known


def is_reference(document: Document) -> bool:
    """Whether a schema is said by a class alone."""
    root = document.root
    return get(root, "python") is not None and all(get(root, word) is None for word in BODY)


def refused(document: Document, sink: Diagnostics) -> bool:
    """Whether a schema has no body, or words that only an imported one has; that is told."""
    root = document.root
    source, python = get(root, "source"), get(root, "python")
    if get(root, "columns") is None:
        said = "'columns' is missing; expected the columns by name"
        hint = "or extends: a schema that has them"
        sink.error("missing-key", said, document.at(), hint=hint)
        return True
    if (source is None) != (python is None):
        word = "python" if source is None else "source"
        said = f"'{word}' stands beside columns of one's own; expected one of them"
        hint = (
            "without columns it means the class: wombat schema import writes the rest"
            if word == "python"
            else "only wombat schema import writes it"
        )
        sink.error("python-columns", said, document.key_at(word), hint=hint)
        return True
    return False
