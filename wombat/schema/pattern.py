"""The language of `match`: a regular subset with one meaning in every engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REPEAT: Final = 1000
MAX_SIZE: Final = 2000
_LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)

Ranges: TypeAlias = "tuple[tuple[int, int], ...]"

_DIGITS: Final[Ranges] = ((48, 57),)
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final[Ranges] = ((9, 13), (32, 32))
_CLASSES: Final = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_PREFERRED: Final = "a0A_- "


class BadPattern(ValueError):
    """The pattern isn't one; the text says what is wrong and at which character from 1."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of ranges of code points."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place without width: `^`, `$` or `b`."""

    which: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least `low` times, at most `high` (None: no limit)."""

    node: Node
    low: int
    high: int | None


Node: TypeAlias = "Chars | Anchor | Sequence | Choice | Repeat"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern; it holds of a whole value. `.` is any character but a line feed."""

    text: str
    node: Node

    def python(self) -> re.Pattern[str]:
        return re.compile(_emit(self.node, r"\A", r"\Z", r"\b"), re.ASCII)

    def matches(self, value: str) -> bool:
        return self.python().fullmatch(value) is not None

    def rust(self) -> str:
        """The whole-value pattern for engines on Rust's `regex`."""
        return (
            rf"\A(?:{_emit(self.node, chr(92) + 'A', chr(92) + 'z', '(?-u:' + chr(92) + 'b)')})\z"
        )

    def re2(self) -> str:
        """The whole-value pattern for engines on RE2."""
        return rf"\A(?:{_emit(self.node, chr(92) + 'A', chr(92) + 'z', chr(92) + 'b')})\z"

    def samples(self) -> Iterator[str]:
        """Some values that match, shorter ones first; perhaps none."""
        for grow in (0, 1, 2, 4, 8, 16, 32):
            text = _sample(self.node, grow)
            if self.matches(text):
                yield text


@lru_cache(maxsize=512)
def parse_pattern(text: str) -> Pattern:
    """Raises BadPattern for what isn't in the language."""
    parser = _Parser(text)
    node = parser.choice()
    if parser.at < len(text):
        raise parser.bad("')' without '('")
    if _size(node) > MAX_SIZE:
        raise BadPattern(f"it repeats too much; at most {MAX_SIZE} steps")
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


def _normal(ranges: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _complement(ranges: Ranges) -> Ranges:
    # surrogates are no text in Arrow: left out, so that every engine reads the ranges
    blocked = _normal([*ranges, _SURROGATES])
    gaps, start = [], 0
    for low, high in blocked:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    return tuple([*gaps, (start, _LAST)] if start <= _LAST else gaps)


_DOT: Final = _complement(((10, 10),))


@dataclass(slots=True)
class _Parser:
    text: str
    at: int = 0
    depth: int = 0

    def bad(self, said: str) -> BadPattern:
        return BadPattern(f"{said} at character {self.at + 1}")

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def take(self, text: str) -> bool:
        if found := self.peek(text):
            self.at += len(text)
        return found

    def next(self) -> str:
        if self.at >= len(self.text):
            raise self.bad("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def choice(self) -> Node:
        options = [self.sequence()]
        while self.take("|"):
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self.repeat())
        return Sequence(tuple(items))

    def repeat(self) -> Node:
        node = self.atom()
        bounds = self.bounds()
        if bounds is None:
            return node
        if isinstance(node, Anchor):
            raise self.bad("an anchor can't repeat")
        self.take("?")  # lazy or greedy: the same of a whole value
        if self.text[self.at : self.at + 1] in ("*", "+", "?"):
            raise self.bad("two repetitions in a row")
        return Repeat(node, *bounds)

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, low, high in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(sign):
                return low, high
        found = re.compile(r"\{(\d+)(,(\d*))?\}").match(self.text, self.at)
        if not found:
            return None
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise self.bad(f"a repetition goes from 0 to {MAX_REPEAT}")
        self.at = found.end()
        return least, most

    def atom(self) -> Node:
        char = self.next()
        if char == "(":
            return self.group()
        if char == "[":
            return Chars(self.chars())
        if char == ".":
            return Chars(_DOT)
        if char in "^$":
            return Anchor(char)
        if char in "*+?":
            self.at -= 1
            raise self.bad("nothing to repeat")
        if char == "\\":
            return self.escape()
        return Chars(((ord(char), ord(char)),))

    def group(self) -> Node:
        if self.take("?") and not self.take(":"):
            named = re.compile(r"P<[A-Za-z_]\w*>").match(self.text, self.at)
            if not named:
                raise self.bad("look-around, flags and references are not available")
            self.at = named.end()
        self.depth += 1
        if self.depth > 50:
            raise self.bad("too many groups inside each other")
        node = self.choice()
        self.depth -= 1
        if not self.take(")"):
            raise self.bad("')' is missing")
        return node

    def escape(self) -> Node:
        if self.take("b"):
            return Anchor("b")
        if self.take("A"):
            return Anchor("^")
        if self.take("z") or self.take("Z"):
            return Anchor("$")
        return Chars(self.escaped())

    def escaped(self) -> Ranges:
        char = self.next()
        if char.lower() in _CLASSES:
            ranges = _CLASSES[char.lower()]
            return ranges if char.islower() else _complement(ranges)
        if char in _CONTROLS:
            return ((_CONTROLS[char],) * 2,)
        if char in "xu":
            digits = self.text[self.at : self.at + (2 if char == "x" else 4)]
            if not re.fullmatch(r"[0-9a-fA-F]{2}|[0-9a-fA-F]{4}", digits):
                raise self.bad("hex digits are missing")
            self.at += len(digits)
            code = int(digits, 16)
            if _SURROGATES[0] <= code <= _SURROGATES[1]:
                raise self.bad("half a character is none")
            return ((code, code),)
        if char.isalnum():
            raise self.bad(f"'\\{char}' is not available")
        return ((ord(char),) * 2,)

    def chars(self) -> Ranges:
        negated, ranges, first = self.take("^"), list[tuple[int, int]](), True
        while first or not self.peek("]"):
            first = False
            low = self.member()
            if self.peek("-") and not self.peek("-]"):
                self.at += 1
                ranges.append(self.span(low, self.member()))
            else:
                ranges.extend(low)
        self.at += 1
        found = _normal(ranges)
        found = _complement(found) if negated else found
        if not found:
            raise self.bad("no character is left in the class")
        return found

    def member(self) -> Ranges:
        char = self.next()
        if char == "\\":
            return self.escaped()
        if char == "[" and self.peek(":"):
            raise self.bad("classes like [:alpha:] are not available")
        return ((ord(char), ord(char)),)

    def span(self, low: Ranges, high: Ranges) -> tuple[int, int]:
        start, end = low[0][0], high[-1][1]
        if len(low) > 1 or low[0][1] != start or high[0][0] != end or start > end:
            raise self.bad("a range needs two characters in order")
        return start, end
