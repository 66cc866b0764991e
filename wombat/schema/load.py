"""Schema files, read and checked: every mistake at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Diagnostics
from wombat.language.decode import decode
from wombat.language.near import near
from wombat.language.source import Document, Scalar, read_documents
from wombat.language.source import Mapping as Node
from wombat.language.text import read_bytes
from wombat.schema.meant import meant_layers, meant_schema
from wombat.schema.spot import Spot
from wombat.schema.written import WrittenSchema
from wombat.schema.written_policy import WrittenPolicies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wombat.schema.model import FrameSchema

_NAME: Final = re.compile(r"^schema:[ \t]*([^\s#]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Located:
    """A schema and the document that says it."""

    schema: FrameSchema
    document: Document


class Schemas(Mapping[str, Located]):
    """All schemas of a project by name; `shop.orders@2` asks for the major version too.

    `broken` names those that stand in a file and can't be read: they aren't held, but are known.
    """

    def __init__(self, found: dict[str, Located], broken: Iterable[str] = ()) -> None:
        self._found = found
        self._broken = frozenset(broken)

    def broken(self, name: str) -> bool:
        """Whether there is such a schema, with a mistake that is told already."""
        return name.partition("@")[0] in self._broken

    def __getitem__(self, name: str) -> Located:
        plain, _, major = name.partition("@")
        located = self._found[plain]
        if major and (located.schema.version or "").partition(".")[0] != major:
            raise KeyError(name)
        return located

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def near(self, name: str) -> str | None:
        """A hint for a name that isn't there."""
        plain, at, _ = name.partition("@")
        if at and plain in self._found:
            version = self._found[plain].schema.version
            return f"{plain} has version {version}" if version else f"{plain} has no version"
        return near(plain, self._found)


def load_schemas(files: Iterable[tuple[Path, str]], sink: Diagnostics) -> Schemas:
    """The schemas of files (path, path as shown); broken ones are left out, mistakes in `sink`."""
    found: dict[str, Located] = {}
    broken: set[str] = set()
    for file, shown in files:
        before = len(sink.found)
        documents = read_documents(file, shown, sink)
        if any(one.severity == "error" for one in sink.found[before:]):
            broken |= _begun(file)
        for document in documents:
            schema = read_schema(document, sink)
            if schema is None:
                broken |= _named(document)
                continue
            if first := found.get(schema.name):
                _twice(schema, document, first, sink)
            found.setdefault(schema.name, Located(schema, document))
    return Schemas(found, broken - found.keys())


def _named(document: Document) -> set[str]:
    """The name in a document that is wrong somewhere else."""
    name = document.root.get("schema") if isinstance(document.root, Node) else None  # type: ignore[call-overload]  # a key equals its text
    return {str(name)} if isinstance(name, Scalar) else set()


def _begun(file: Path) -> set[str]:
    """The names in a file that is no YAML: its lines that begin a schema, else its own name."""
    data = read_bytes(file, file.name, Diagnostics())
    names = _NAME.findall((data or b"").decode("utf-8", "replace"))
    return {name.strip("\"'") for name in names} or {file.stem}


def read_schema(document: Document, sink: Diagnostics) -> FrameSchema | None:
    """One document's schema, or None with every mistake in `sink`."""
    before = len(sink.found)
    written = decode(document, WrittenSchema, sink)
    if written is None:
        return None
    schema = meant_schema(written, document, sink)
    return None if any(d.severity == "error" for d in sink.found[before:]) else schema


def read_policies(node: Node, path: str, sink: Diagnostics) -> dict[str, dict[str, Any]]:
    """The layer {PROFILE: words} in a mapping of the file `path`; {} where it is wrong."""
    around = Node()
    around.line, around.column = node.line, node.column
    key = Scalar("policies")
    key.line, key.column, key.plain = node.line, node.column, True
    around[key] = node
    document = Document(path, around)
    written = decode(document, WrittenPolicies, sink)
    return meant_layers(written.policies, Spot(document, sink, ("policies",))) if written else {}


def _twice(schema: FrameSchema, document: Document, first: Located, sink: Diagnostics) -> None:
    ours, theirs = document.at("schema"), first.document.at("schema")
    for here, there in ((ours, theirs), (theirs, ours)):
        sink.error(
            "duplicate-schema",
            f"schema '{schema.name}' stands twice; expected one place",
            here,
            hint="give one of them another name",
            related=((there, "also here"),),
        )
