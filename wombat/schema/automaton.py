"""Patterns as machines that read one character after another, in time linear in the text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.pattern_parser import Anchor, Chars, Choice, Repeat, Sequence, parse

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from wombat.schema.pattern_parser import Node, Ranges

WORD: Final = frozenset(map(ord, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"))
_KEPT: Final = 50_000
"""So many places of states are remembered; then all are forgotten."""


class TooBig(Exception):
    """The question is larger than what is looked at."""


class Automaton:
    """Texts that match a pattern as a whole: the sets of places where its reading may stand.

    A state is those places before anchors are looked at, and what was read last: nothing, a
    character of a word or another one. Raises TooBig for patterns of more than `most` places.
    """

    def __init__(self, node: Node, most: int | None = None) -> None:
        self.most, self.held = most, 0
        self.sets: list[Ranges] = []
        self.edges: list[list[tuple[str | int | None, int]]] = []
        self.marks = False
        self.end = self._new()
        first = self._build(node, self.end)
        self.start: Hashable = (frozenset([first]), "start")
        self.open: dict[tuple[Any, str], frozenset[int]] = {}
        self.known: dict[tuple[Any, int], Hashable] = {}

    def _new(self, *edges: tuple[str | int | None, int]) -> int:
        if self.most is not None and len(self.edges) > self.most:
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
        self._remember(len(seen))
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
        self._remember(len(found) + 1)
        return self.known.setdefault((state, code), after)

    def _remember(self, more: int) -> None:
        self.held += more
        if self.held > _KEPT:
            self.held = more
            self.known.clear()
            self.open.clear()

    def accepting(self, state: Any) -> bool:
        return state is not None and self.end in self._reached(state, "end")

    def matches(self, text: str) -> bool:
        state = self.start
        for char in text:
            state = self.step(state, ord(char))
            if state is None:
                return False
        return self.accepting(state)

    def cuts(self) -> Iterable[int]:
        found = {cut for ranges in self.sets for low, high in ranges for cut in (low, high + 1)}
        return found | ({at for code in WORD for at in (code, code + 1)} if self.marks else set())


@lru_cache(maxsize=128)
def automaton_of(pattern: str) -> Automaton:
    """Raises BadPattern for what isn't in the language."""
    return Automaton(parse(pattern))
