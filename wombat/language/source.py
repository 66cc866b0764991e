"""One guarded pass over YAML events: bounded before it builds, every node with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml

from wombat.errors import Place
from wombat.language.syntax import explain
from wombat.language.text import decode_text, read_bytes, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.errors import Diagnostics

MAX_SCALAR: Final = 1 << 20
MAX_DEPTH: Final = 64
MAX_ALIASED: Final = 100_000
MAX_MISTAKES: Final = 50


class Scalar(str):
    """A scalar's text with its place; `plain` is False where it was quoted or a block."""

    __slots__ = ("column", "line", "plain")
    line: int
    column: int
    plain: bool


class Mapping(dict[Scalar, "Node"]):
    """A mapping with its place; its keys are scalars and carry their own."""

    __slots__ = ("column", "line")
    line: int
    column: int


class Sequence(list["Node"]):
    """A sequence with its place."""

    __slots__ = ("column", "line")
    line: int
    column: int


Node: TypeAlias = Scalar | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file: its root node, and the places of what lies below it."""

    path: str
    root: Node

    def at(self, *steps: str | int) -> Place:
        """The place of the value at `steps`, or of the deepest one of them that exists."""
        node = self.root
        for step in steps:
            below = _child(node, step)
            if below is None:
                break
            node = below
        return self.place(node)

    def place(self, node: Node) -> Place:
        """Where one of its nodes stands."""
        return Place(self.path, node.line, node.column)

    def key_at(self, *steps: str | int) -> Place:
        """The place of the key that leads to the value at `steps`."""
        *above, last = steps
        node = self.root
        for step in above:
            below = _child(node, step)
            if below is None:
                return self.at(*steps)
            node = below
        if isinstance(node, Mapping):
            for key in node:
                if key == last:
                    return self.place(key)
        return self.at(*steps)


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(step)  # type: ignore[call-overload, no-any-return]  # a key equals its text
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node):
        return node[step]
    return None


class _Stop(Exception):  # not an error: the file's mistake is already noted
    """The rest of this file can't be read."""


def read_documents(file: Path, shown: str, sink: Diagnostics) -> list[Document]:
    """All documents of a YAML file; mistakes go to `sink` under the path `shown`."""
    data = read_bytes(file, shown, sink)
    return [] if data is None else parse_documents(data, shown, sink)


def parse_documents(data: bytes, shown: str, sink: Diagnostics) -> list[Document]:
    """All documents in `data`; never more than one broken one, and no exception but bugs."""
    text = decode_text(data, shown, sink)
    try:
        return [] if text is None else list(_Builder(shown, sink).documents(text))
    except _Stop:
        return []


@dataclass(slots=True)
class _Open:
    """A collection being built; `key` is the mapping's key that waits for its value."""

    node: Mapping | Sequence
    anchor: str | None
    key: Scalar | None = None
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class _Builder:
    shown: str
    sink: Diagnostics
    mistakes: int = 0
    aliased: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int, int]] = field(default_factory=dict)
    root: Node | None = None

    def documents(self, text: str) -> Iterator[Document]:
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.MappingStartEvent:
                    self._open(event, Mapping())
                elif kind is yaml.SequenceStartEvent:
                    self._open(event, Sequence())
                elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                    self._close()
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentEndEvent and self.root is not None:
                    yield Document(self.shown, self.root)
                    self.root, self.anchors = None, {}
        except yaml.MarkedYAMLError as fault:
            found = explain(fault, text, self.shown)
            self.sink.error("yaml-syntax", found.message, found.place, hint=found.hint)

    def _mistake(self, code: str, message: str, node: Any, *, hint: str | None = None) -> None:
        self.mistakes += 1
        place = Place(self.shown, node.line + 1, node.column + 1)
        self.sink.error(code, message, place, hint=hint)
        if self.mistakes >= MAX_MISTAKES:
            raise _Stop

    def _fatal(self, code: str, message: str, mark: Any, *, hint: str | None = None) -> None:
        self._mistake(code, message, mark, hint=hint)
        raise _Stop

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        if len(event.value) > MAX_SCALAR:
            self._fatal(
                "yaml-too-large",
                too_large("this value", MAX_SCALAR),
                mark,
                hint="put it into a file and name the file",
            )
        self._tag(event)
        node = Scalar(event.value)
        node.line, node.column = mark.line + 1, mark.column + 1
        node.plain = not event.style
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 0)
        self._place(node, 1, 0, mark)

    def _open(self, event: Any, node: Mapping | Sequence) -> None:
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._fatal("yaml-too-deep", f"nested too deep; at most {MAX_DEPTH} levels", mark)
        self._tag(event)
        node.line, node.column = mark.line + 1, mark.column + 1
        if self.stack and isinstance(self.stack[-1].node, Mapping) and self.stack[-1].key is None:
            self._key_fault(mark)
        self.stack.append(_Open(node, event.anchor))

    def _close(self) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.node, done.size, done.height)
        self._place(done.node, done.size, done.height, None)

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            inside = any(o.anchor == event.anchor for o in self.stack)
            said = "contains itself" if inside else "has no anchor before it"
            self._fatal("yaml-alias", f"alias '*{_short(event.anchor)}' {said}", mark)
        node, size, height = self.anchors[event.anchor]
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            self._fatal("yaml-alias", f"aliases expand to more than {MAX_ALIASED:,} values", mark)
        if len(self.stack) + height > MAX_DEPTH:
            self._fatal("yaml-too-deep", f"nested too deep; at most {MAX_DEPTH} levels", mark)
        self._place(node, size, height, mark)

    def _tag(self, event: Any) -> None:
        if event.tag and event.tag != "!":
            self._mistake(
                "yaml-tag",
                f"tag '{_short(event.tag)}' is not allowed; expected plain YAML",
                event.start_mark,
                hint="remove the tag",
            )

    def _place(self, node: Node, size: int, height: int, mark: Any) -> None:
        if not self.stack:
            self.root = node
            return
        above = self.stack[-1]
        above.size += size
        above.height = max(above.height, height + 1)
        if isinstance(above.node, Sequence):
            above.node.append(node)
        elif above.key is None:
            self._key(above, node, mark)
        else:
            above.node.setdefault(above.key, node)
            above.key = None

    def _key_fault(self, mark: Any) -> None:
        said = "a key is a list or a mapping; expected text"
        self._fatal("yaml-key", said, mark, hint="a text with braces or brackets needs quotes")

    def _key(self, above: _Open, node: Node, mark: Any) -> None:
        assert isinstance(above.node, Mapping)  # noqa: S101  # the caller looked
        if not isinstance(node, Scalar):
            self._key_fault(mark)
            return
        if node == "<<" and node.plain:
            self._mistake(
                "yaml-merge",
                "'<<' merges are not allowed",
                mark,
                hint="write the keys out, or use 'defaults:'",
            )
        elif node in above.node:
            first = next(key for key in above.node if key == node)
            self._mistake(
                "yaml-duplicate-key",
                f"key '{_short(node)}' stands twice; first in line {first.line}",
                mark,
            )
        above.key = node


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
