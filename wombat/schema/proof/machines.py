"""Sets of texts as machines that read one character after another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import Anchor, Chars, Choice, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from wombat.schema.model import Check
    from wombat.schema.pattern_parser import Node, Ranges

WORD = frozenset(map(ord, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"))
MAX_STEPS: Final = 2500
ALL: Final = ("all",)
"""The state of having read enough: whatever follows is accepted. It equals no other, as True would
equal 1."""


class TooBig(Exception):
    """The question is larger than what is looked at."""


class Machine(Protocol):
    """A deterministic reader. `cuts` are the code points at which it begins to tell characters
    apart from the ones before; a state of None is one that no text leads out of into an accepting
    one, `ALL` one that only accepting ones follow."""

    @property
    def start(self) -> Hashable: ...
    def step(self, state: Any, code: int) -> Hashable: ...
    def accepting(self, state: Any) -> bool: ...
    def cuts(self) -> Iterable[int]: ...


def _letters(*texts: str) -> set[int]:
    codes = {ord(char) for text in texts for char in text}
    return codes | {code + 1 for code in codes}


@dataclass(frozen=True)
class Prefix:
    """Texts that start with one."""

    text: str
    start: Hashable = 0

    def step(self, state: Any, code: int) -> Hashable:
        if ord(self.text[state]) != code:
            return None
        return ALL if state + 1 == len(self.text) else state + 1

    def accepting(self, state: Any) -> bool:
        return state is ALL

    def cuts(self) -> Iterable[int]:
        return _letters(self.text)


class Seen:
    """Texts that contain one, or with `end` that end with it: how much of it stands at the end."""

    def __init__(self, text: str, *, end: bool) -> None:
        self.text, self.end, self.known = text, end, dict[tuple[int, int], int]()
        self.start: Hashable = 0 if text or end else ALL

    def step(self, state: Any, code: int) -> Hashable:
        found = self.known.get((state, code))
        if found is None:
            read = self.text[:state] + chr(code)
            lengths = range(min(len(self.text), len(read)), -1, -1)
            found = next(n for n in lengths if read.endswith(self.text[:n]))
            self.known[state, code] = found
        return ALL if found == len(self.text) and not self.end else found

    def accepting(self, state: Any) -> bool:
        return state is ALL or (self.end and state == len(self.text))

    def cuts(self) -> Iterable[int]:
        return _letters(self.text)


class Words:
    """Texts out of a list, or with `out` all but those."""

    start: Hashable = ""

    def __init__(self, words: Iterable[str], *, out: bool = False) -> None:
        self.words, self.out = frozenset(words), out
        self.heads = frozenset(word[:n] for word in self.words for n in range(len(word) + 1))

    def step(self, state: Any, code: int) -> Hashable:
        read: str = state + chr(code)
        if read in self.heads:
            return read
        return ALL if self.out else None

    def accepting(self, state: Any) -> bool:
        return state is ALL or (state in self.words) != self.out

    def cuts(self) -> Iterable[int]:
        return _letters(*self.words)


@dataclass(frozen=True)
class Count:
    """Texts of some lengths."""

    least: int
    most: int | None
    start: Hashable = 0

    def step(self, state: Any, code: int) -> Hashable:  # noqa: ARG002  # any character counts
        if self.most is not None:
            return None if state == self.most else state + 1
        return ALL if state + 1 >= self.least else state + 1

    def accepting(self, state: Any) -> bool:
        return state is ALL or state >= self.least

    def cuts(self) -> Iterable[int]:
        return ()


class Regex:
    """Texts that match a pattern as a whole: the sets of places where its reading may stand.

    A state is those places before anchors are looked at, and what was read last: nothing, a
    character of a word or another one.
    """

    def __init__(self, text: str) -> None:
        self.sets: list[Ranges] = []
        self.edges: list[list[tuple[str | int | None, int]]] = []
        self.marks = False
        self.end = self._new()
        first = self._build(parse_pattern(text).node, self.end)
        self.start: Hashable = (frozenset([first]), "start")
        self.open: dict[tuple[Any, str], frozenset[int]] = {}
        self.known: dict[tuple[Any, int], Hashable] = {}

    def _new(self, *edges: tuple[str | int | None, int]) -> int:
        if len(self.edges) > MAX_STEPS:
            raise TooBig
        self.edges.append(list(edges))
        return len(self.edges) - 1

    def _build(self, node: Node, to: int) -> int:
        """The place from which reading the node leads to another."""
        match node:
            case Chars(ranges):
                self.sets.append(ranges)
                return self._new((len(self.sets) - 1, to))
            case Anchor(which):
                self.marks = True
                return self._new((which, to))
            case Sequence(items):
                for item in reversed(items):
                    to = self._build(item, to)
                return to
            case Choice(options):
                return self._new(*((None, self._build(one, to)) for one in options))
            case Repeat(inner, low, high):
                return self._repeat(inner, low, high, to)

    def _repeat(self, inner: Node, low: int, high: int | None, to: int) -> int:
        if high is None:
            loop = self._new((None, to))
            self.edges[loop].append((None, self._build(inner, loop)))
            to = loop
        else:
            out = to
            for _ in range(high - low):
                to = self._new((None, out), (None, self._build(inner, to)))
        for _ in range(low):
            to = self._build(inner, to)
        return to

    def _reached(self, state: Any, after: str) -> frozenset[int]:
        """Where it stands once anchors between what was read and `after` are passed."""
        if (state, after) in self.open:
            return self.open[state, after]
        places, before = state
        passed: set[str | int | None] = {None}
        passed |= {"^"} if before == "start" else set()
        passed |= {"$"} if after == "end" else set()
        passed |= {"b"} if (before == "word") != (after == "word") else set()
        seen, todo = set(places), list(places)
        while todo:
            for mark, to in self.edges[todo.pop()]:
                if not isinstance(mark, int) and mark in passed and to not in seen:
                    seen.add(to)
                    todo.append(to)
        return self.open.setdefault((state, after), frozenset(seen))

    def step(self, state: Any, code: int) -> Hashable:
        if (state, code) in self.known:
            return self.known[state, code]
        kind = "word" if code in WORD else "other"
        found = frozenset(
            to
            for place in self._reached(state, kind)
            for mark, to in self.edges[place]
            if isinstance(mark, int) and any(a <= code <= b for a, b in self.sets[mark])
        )
        after = (found, kind if self.marks else "start") if found else None
        return self.known.setdefault((state, code), after)

    def accepting(self, state: Any) -> bool:
        return state is not None and self.end in self._reached(state, "end")

    def cuts(self) -> Iterable[int]:
        found = {cut for ranges in self.sets for low, high in ranges for cut in (low, high + 1)}
        return found | (_letters(*map(chr, WORD)) if self.marks else set())


_MACHINES: dict[str, Callable[[Any], Machine]] = {
    "match": Regex,
    "starts_with": lambda text: Prefix(text, 0 if text else ALL),
    "ends_with": lambda text: Seen(text, end=True),
    "contains": lambda text: Seen(text, end=False),
    "length": lambda limits: Count(limits[0] or 0, limits[1]),
    "in": Words,
    "enum": Words,
    "equals": lambda word: Words([word]),
    "not_in": lambda words: Words(words, out=True),
}


@lru_cache(maxsize=512)
def machine_of(check: Check) -> Machine:
    """The texts of which a check holds; raises TooBig for patterns of too many steps."""
    return _MACHINES[check.name](check.value)
