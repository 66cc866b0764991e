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
from wombat.schema.divergence import check_divergence
from wombat.schema.extends import Bases, is_reference, refused
from wombat.schema.loom import Loom, get
from wombat.schema.meant import meant_layers, meant_schema
from wombat.schema.overridden import of_the_base
from wombat.schema.sound import sound
from wombat.schema.spot import Spot
from wombat.schema.variants import with_variants
from wombat.schema.weave import Woven
from wombat.schema.written_policy import PATCH, WrittenPolicies

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
    `pending` has the documents of those that name a class which isn't imported.
    """

    def __init__(
        self,
        found: dict[str, Located],
        broken: Iterable[str] = (),
        pending: Mapping[str, Document] | None = None,
    ) -> None:
        self._found = found
        self._broken = frozenset(broken)
        self.pending: Mapping[str, Document] = pending or {}

    def having(self, found: dict[str, Located]) -> Schemas:
        """As these, with other ones of the same names."""
        return Schemas(found, self._broken, self.pending)

    def broken(self, name: str) -> bool:
        """Whether there is such a schema, with a mistake that is told already."""
        plain = name.partition("@")[0]
        return plain in self._broken or plain in self.pending

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
    documents: list[Document] = []
    broken: set[str] = set()
    for file, shown in files:
        before = len(sink.found)
        documents += read_documents(file, shown, sink)
        if any(one.severity == "error" for one in sink.found[before:]):
            broken |= _begun(file)
    bases = Bases(documents)
    found: dict[str, Located] = {}
    for document in bases.sorted(sink):
        woven = bases.woven(document, Schemas(found, broken), sink)
        schema = _read(woven, document, sink) if woven else None
        if woven is None or schema is None:
            broken |= bases.name(document)
            continue
        if first := found.get(schema.name):
            _twice(schema, document, first, sink)
        found.setdefault(schema.name, Located(schema, woven))
    broken |= {name for document in documents for name in bases.name(document)}
    pending = {name: one for name, one in bases.pending.items() if _is_sound(one, sink)}
    return Schemas(found, broken - found.keys(), pending)


def _is_sound(document: Document, sink: Diagnostics) -> bool:
    """Whether a document that names a class has no mistake of its own; those are told."""
    before = len(sink.found)
    sound(document, sink)
    return not any(one.severity == "error" for one in sink.found[before:])


def _begun(file: Path) -> set[str]:
    """The names in a file that is no YAML: its lines that begin a schema, else its own name."""
    data = read_bytes(file, file.name, Diagnostics())
    names = _NAME.findall((data or b"").decode("utf-8", "replace"))
    return {name.strip("\"'") for name in names} or {file.stem}


def read_schema(document: Document, sink: Diagnostics) -> FrameSchema | None:
    """The schema of a document that extends no other, or None with every mistake in `sink`.

    None too where it names a class: what that says stands in another document.
    """
    if is_reference(document):
        _is_sound(document, sink)
        return None
    woven = Bases([document]).woven(document, Schemas({}), sink)
    return _read(woven, document, sink) if woven else None


def _read(woven: Document, own: Document, sink: Diagnostics) -> FrameSchema | None:
    before = len(sink.found)
    found = sound(woven, sink)
    if found is None or refused(woven, sink):
        return None
    schema = meant_schema(found.written, found.document, sink, found.broken)
    if isinstance(woven, Woven):
        sink.found[before:] = [of_the_base(one, woven, own) for one in sink.found[before:]]
    if any(d.severity == "error" for d in sink.found[before:]):
        return None
    spot = Spot(woven, sink)
    schema = with_variants(schema, spot)
    allowed_here = get(own.root, "allow_divergence") is not None
    check_divergence(schema, spot, allowed_here=allowed_here)
    return None if any(d.severity == "error" for d in sink.found[before:]) else schema


def read_policies(node: Node, path: str, sink: Diagnostics) -> dict[str, dict[str, Any]]:
    """The layer {PROFILE: words} in a mapping of the file `path`; {} where it is wrong."""
    around = Node()
    around.line, around.column = node.line, node.column
    key = Scalar("policies")
    key.line, key.column, key.plain = node.line, node.column, True
    around[key] = node
    spot = Spot(Document(path, around), sink, ("policies",))
    around[key] = _without_patches(node, spot)
    written = decode(spot.document, WrittenPolicies, sink)
    return meant_layers(written.policies, spot) if written else {}


def _without_patches(node: Node, spot: Spot) -> Node:
    """Layers outside of a schema, which have none to change; words that would are told."""
    loom = Loom({})
    for profile, words in node.items():
        found = [word for word in PATCH if get(words, word) is not None]
        for word in found:
            spot.sink.error(
                "policy-patch",
                f"'{word}' changes a schema, and there is none here; expected it in the schema's "
                "file",
                spot.key_place(str(profile), word),
                hint="write it below 'policies' of the schema that it changes",
            )
        if found and isinstance(words, Node):
            rest = {key: value for key, value in words.items() if key not in PATCH}
            node = loom.mapping(node, {**node, profile: loom.mapping(words, rest)})
    return node


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
