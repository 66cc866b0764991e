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
from wombat.schema.columns import meant_column
from wombat.schema.model import FrameSchema
from wombat.schema.written import LATER, WrittenPolicies, WrittenPolicy, WrittenSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

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
    later = _say_later(document, sink)
    written = decode(document, WrittenSchema, sink) if not later else None
    if written is None:
        return None
    schema = _meant(written, document, sink)
    _check_sets(schema, document, sink)
    return None if any(d.severity == "error" for d in sink.found[before:]) else schema


def read_policies(node: Node, path: str, sink: Diagnostics) -> dict[str, dict[str, Any]]:
    """The layer {PROFILE: words} in a mapping of the file `path`; {} where it is wrong."""
    around = Node()
    around.line, around.column = node.line, node.column
    key = Scalar("policies")
    key.line, key.column, key.plain = node.line, node.column, True
    around[key] = node
    written = decode(Document(path, around), WrittenPolicies, sink)
    return _layers(written.policies) if written else {}


def _say_later(document: Document, sink: Diagnostics) -> bool:
    """Words that are planned are unknown keys too, with a better hint."""
    if not isinstance(document.root, Node):
        return False
    found = [key for key in document.root if key in LATER]
    for key in found:
        sink.error(
            "unknown-key",
            f"unknown key '{key}'; {LATER[str(key)]} can't be said yet",
            document.key_at(key),
            hint="leave it out",
        )
    return bool(found)


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


def _meant(written: WrittenSchema, document: Document, sink: Diagnostics) -> FrameSchema:
    columns = {
        name: meant_column(column, name, document, sink) for name, column in written.columns.items()
    }
    return FrameSchema(
        name=written.name,
        columns={name: column for name, column in columns.items() if column},
        version=written.version,
        title=written.title,
        description=written.description,
        owner=written.owner,
        tags=tuple(written.tags),
        key=tuple(written.key or ()),
        unique=tuple(tuple(group) for group in written.unique),
        extra=written.extra,
        policies=_layers(written.policies),
    )


def _layers(written: dict[str, WrittenPolicy]) -> dict[str, dict[str, Any]]:
    return {profile: words.model_dump(exclude_none=True) for profile, words in written.items()}


def _check_sets(schema: FrameSchema, document: Document, sink: Diagnostics) -> None:
    columns = document.root.get("columns") if isinstance(document.root, Node) else None  # type: ignore[call-overload]  # a key equals its text
    known = [str(name) for name in columns or ()]
    sets: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [(("key",), schema.key)]
    sets += [(("unique", number), group) for number, group in enumerate(schema.unique)]
    for steps, names in sets:
        for number, name in enumerate(names):
            place = document.at(*steps, number)
            if name not in known:
                sink.error(
                    "key-column",
                    f"'{name}' is no column; expected columns of {schema.name}",
                    place,
                    hint=near(name, known),
                )
            elif name in schema.columns and not schema.columns[name].required:
                sink.error(
                    "key-column",
                    f"'{name}' may be absent; a key's columns are required",
                    place,
                    hint=f"remove 'required: false' from '{name}'",
                )
            elif name in names[:number]:
                sink.error("key-column", f"'{name}' stands twice; expected it once", place)
