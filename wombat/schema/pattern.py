"""The language of `match`: a regular subset with one meaning in every engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wombat.schema.automaton import automaton_of
from wombat.schema.pattern_parser import (
    MAX_REPEAT,
    Anchor,
    BadPattern,
    Chars,
    Choice,
    Node,
    Ranges,
    Repeat,
    Sequence,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIZE: Final = 2000
_PREFERRED: Final = "a0A_- "


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern; it holds of a whole value. `.` is any character but a line feed."""

    text: str
    node: Node

    def python(self) -> re.Pattern[str]:
        return re.compile(_emit(self.node, r"\A", r"\Z", r"\b"), re.ASCII)

    def matches(self, value: str) -> bool:
        """In time linear in the value, as in RE2 and Rust."""
        return automaton_of(self.text).matches(value)

    def rust(self) -> str:
        """The whole-value pattern for engines on Rust's `regex`."""
        inner = _emit(self.node, r"\A", r"\z", r"(?-u:\b)")
        return rf"\A(?:{inner})\z"

    def re2(self) -> str:
        """The whole-value pattern for engines on RE2."""
        inner = _emit(self.node, r"\A", r"\z", r"\b")
        return rf"\A(?:{inner})\z"

    def samples(self) -> Iterator[str]:
        """Some values that match, shorter ones first; perhaps none."""
        for grow in (0, 1, 2, 4, 8, 16, 32):
            text = _sample(self.node, grow)
            if self.matches(text):
                yield text


@lru_cache(maxsize=512)
def parse_pattern(text: str) -> Pattern:
    """Raises BadPattern for what isn't in the language."""
    node = parse(text)
    if _size(node) > MAX_SIZE:
        raise BadPattern(f"it repeats too much; at most {MAX_SIZE} steps")
    if not _copies_left(node, MAX_REPEAT):
        raise BadPattern(f"repetitions in each other make more than {MAX_REPEAT} copies")
    return Pattern(text, node)


def _char(code: int) -> str:
    char = chr(code)
    return char if code >= 0x80 or (char.isalnum()) else f"\\x{code:02x}"


def _emit(node: Node, start: str, end: str, boundary: str) -> str:
    def put(node: Node) -> str:
        match node:
            case Chars(ranges):
                return _set(ranges)
            case Anchor(which):
                return {"^": start, "$": end, "b": boundary}[which]
            case Sequence(items):
                return "".join(map(put, items))
            case Choice(options):
                return f"(?:{'|'.join(map(put, options))})"
            case Repeat(inner, low, high):
                return f"(?:{put(inner)}){{{low},{'' if high is None else high}}}"

    return put(node)


def _set(ranges: Ranges) -> str:
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _char(ranges[0][0])
    return f"[{''.join(f'{_char(low)}-{_char(high)}' for low, high in ranges)}]"


def _sample(node: Node, grow: int) -> str:
    match node:
        case Chars(ranges):
            good = (c for c in _PREFERRED if any(lo <= ord(c) <= hi for lo, hi in ranges))
            return next(good, chr(ranges[0][0]))
        case Anchor():
            return ""
        case Sequence(items):
            return "".join(_sample(item, grow) for item in items)
        case Choice(options):
            return _sample(options[grow % len(options)], grow)
        case Repeat(inner, low, high):
            count = low + grow if high is None else min(high, low + grow)
            return "".join(_sample(inner, grow) for _ in range(count))


def _size(node: Node) -> int:
    match node:
        case Sequence(items):
            return 1 + sum(map(_size, items))
        case Choice(options):
            return 1 + sum(map(_size, options))
        case Repeat(inner, low, high):
            return 1 + _size(inner) * max(low, high or 1)
        case _:
            return 1


def _copies_left(node: Node, left: int) -> int:
    """How many more copies RE2 allows of what stands innermost; 0 where it refuses the pattern."""
    match node:
        case Sequence(items) | Choice(items):
            return min((_copies_left(item, left) for item in items), default=left)
        case Repeat(inner, low, high):
            return _copies_left(inner, left // max(1, low if high is None else high))
        case _:
            return left
