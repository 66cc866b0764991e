"""One guarded pass over YAML events: bounded before it builds, every node with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml

from wombat.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.errors import Diagnostics

MAX_BYTES: Final = 16 << 20
MAX_SCALAR: Final = 1 << 20
MAX_DEPTH: Final = 64
MAX_ALIASED: Final = 100_000
MAX_MISTAKES: Final = 50

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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
                    return Place(self.path, key.line, key.column)
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
    try:
        if file.is_file() and file.stat().st_size > MAX_BYTES:
            sink.error("yaml-too-large", _too_large("this file", MAX_BYTES), Place(shown))
            return []
        data = file.read_bytes()
    except OSError as fault:
        reason = (fault.strerror or "unreadable").lower()
        sink.error("file-unreadable", f"can't be read: {reason}", Place(shown))
        return []
    return parse_documents(data, shown, sink)


def parse_documents(data: bytes, shown: str, sink: Diagnostics) -> list[Document]:
    """All documents in `data`; never more than one broken one, and no exception but bugs."""
    try:
        text = _decode(data, shown, sink)
        return list(_Builder(shown, sink).documents(text))
    except _Stop:
        return []


def _too_large(what: str, limit: int) -> str:
    return f"{what} is too large; at most {limit >> 20} MiB"


def _decode(data: bytes, shown: str, sink: Diagnostics) -> str:
    if len(data) > MAX_BYTES:
        sink.error("yaml-too-large", _too_large("this file", MAX_BYTES), Place(shown))
        raise _Stop
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode("utf-8", "replace")
        sink.error(
            "yaml-encoding",
            f"byte 0x{data[fault.start]:02x} is not UTF-8",
            _end_of(shown, before),
            hint="save the file as UTF-8",
        )
        raise _Stop from None
    if found := _CONTROL.search(text):
        sink.error(
            "yaml-control",
            f"a control character U+{ord(found[0]):04X} stands here",
            _end_of(shown, text[: found.start()]),
            hint=f'in a quoted value write "\\x{ord(found[0]):02x}"',
        )
        raise _Stop
    return text


def _end_of(shown: str, before: str) -> Place:
    return Place(shown, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


@dataclass(slots=True)
class _Open:
    """A collection being built; `key` is the mapping's key that waits for its value."""

    node: Mapping | Sequence
    anchor: str | None
    key: Scalar | None = None
    size: int = 1


@dataclass(slots=True)
class _Builder:
    shown: str
    sink: Diagnostics
    mistakes: int = 0
    aliased: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
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
            self._syntax(fault)

    def _syntax(self, fault: yaml.MarkedYAMLError) -> None:
        mark = fault.problem_mark or fault.context_mark
        place = Place(self.shown, mark.line + 1, mark.column + 1) if mark else Place(self.shown)
        said = fault.problem or "not YAML"
        hint = "indent with spaces, not tabs" if "\\t" in said or "tab" in said else None
        self.sink.error("yaml-syntax", f"{said}; expected YAML", place, hint=hint)

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
                _too_large("this value", MAX_SCALAR),
                mark,
                hint="put it into a file and name the file",
            )
        self._tag(event)
        node = Scalar(event.value)
        node.line, node.column = mark.line + 1, mark.column + 1
        node.plain = not event.style
        if event.anchor:
            self.anchors[event.anchor] = (node, 1)
        self._place(node, 1, mark)

    def _open(self, event: Any, node: Mapping | Sequence) -> None:
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._fatal("yaml-too-deep", f"nested too deep; at most {MAX_DEPTH} levels", mark)
        self._tag(event)
        node.line, node.column = mark.line + 1, mark.column + 1
        if self.stack and isinstance(self.stack[-1].node, Mapping) and self.stack[-1].key is None:
            self._fatal("yaml-key", "a key is a list or a mapping; expected text", mark)
        self.stack.append(_Open(node, event.anchor))

    def _close(self) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.node, done.size)
        self._place(done.node, done.size, None)

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            inside = any(o.anchor == event.anchor for o in self.stack)
            said = "contains itself" if inside else "has no anchor before it"
            self._fatal("yaml-alias", f"alias '*{event.anchor}' {said}", mark)
        node, size = self.anchors[event.anchor]
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            self._fatal("yaml-alias", f"aliases expand to more than {MAX_ALIASED:,} values", mark)
        self._place(node, size, mark)

    def _tag(self, event: Any) -> None:
        if event.tag and event.tag != "!":
            self._mistake(
                "yaml-tag",
                f"tag '{event.tag}' is not allowed; expected plain YAML",
                event.start_mark,
                hint="remove the tag",
            )

    def _place(self, node: Node, size: int, mark: Any) -> None:
        if not self.stack:
            self.root = node
            return
        above = self.stack[-1]
        above.size += size
        if isinstance(above.node, Sequence):
            above.node.append(node)
        elif above.key is None:
            self._key(above, node, mark)
        else:
            above.node.setdefault(above.key, node)
            above.key = None

    def _key(self, above: _Open, node: Node, mark: Any) -> None:
        assert isinstance(above.node, Mapping)  # noqa: S101  # the caller looked
        if not isinstance(node, Scalar):
            self._fatal("yaml-key", "a key is a list or a mapping; expected text", mark)
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
