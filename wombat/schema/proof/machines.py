"""Sets of texts as machines that read one character after another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from wombat.schema.automaton import Automaton, TooBig
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from wombat.schema.model import Check

MAX_STEPS: Final = 2500
ALL: Final = ("all",)
"""The state of having read enough: whatever follows is accepted. It equals no other, as True would
equal 1."""


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


_MACHINES: dict[str, Callable[[Any], Machine]] = {
    "match": lambda text: Automaton(parse_pattern(text).node, MAX_STEPS),
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


__all__ = ["ALL", "Count", "Machine", "Prefix", "Seen", "TooBig", "Words", "machine_of"]
