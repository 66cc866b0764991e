"""The parser of `match` patterns: text to nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_REPEAT: Final = 1000
_LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)

Ranges: TypeAlias = "tuple[tuple[int, int], ...]"

_DIGITS: Final[Ranges] = ((48, 57),)
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final[Ranges] = ((9, 13), (32, 32))
_CLASSES: Final = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}


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


def parse(text: str) -> Node:
    """Raises BadPattern for what isn't in the language."""
    parser = _Parser(text)
    node = parser.choice()
    if parser.at < len(text):
        raise parser.bad("')' without '('")
    return node


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
