"""Sets of texts as machines that read one character after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from wombat.schema.automaton import Automaton, TooBig
from wombat.schema.pattern import parse_pattern
from wombat.schema.proof.budget import remembered, spend

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from wombat.schema.model import Check

MAX_STEPS: Final = 2500
MAX_LETTERS: Final = 200_000
"""Of the tree of listed texts."""
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
        spend(len(text))
        self.text, self.end = text, end
        self.start: Hashable = 0 if text or end else ALL
        self.back = _borders(text)

    def step(self, state: Any, code: int) -> Hashable:
        text, char = self.text, chr(code)
        while state and (state == len(text) or text[state] != char):
            state = self.back[state]
        found: int = state + (state < len(text) and text[state] == char)
        return ALL if found == len(text) and not self.end else found

    def accepting(self, state: Any) -> bool:
        return state is ALL or (self.end and state == len(self.text))

    def cuts(self) -> Iterable[int]:
        return _letters(self.text)


def _borders(text: str) -> list[int]:
    """Of each beginning, by its length: how long the longest other text is that it both starts and
    ends with, and that another character follows."""
    found, length = [0, 0], 0
    for char in text[1:]:
        while length and text[length] != char:
            length = found[length]
        length += text[length] == char
        found.append(length)
    for place in range(1, len(text)):  # where the same character comes next, it's no other way
        shorter = found[place]
        if text[shorter] == text[place]:
            found[place] = found[shorter]
    return found


class Words:
    """Texts out of a list, or with `out` all but those. A state is a place in the tree of them."""

    start: Hashable = 0

    def __init__(self, words: Iterable[str], *, out: bool = False) -> None:
        self.out, self.letters, self.ends = out, set[str](), set[int]()
        self.tree: dict[tuple[int, str], int] = {}
        for word in words:
            spend(len(word))
            place = 0
            for char in word:
                place = self.tree.setdefault((place, char), len(self.tree) + 1)
                if len(self.tree) > MAX_LETTERS:
                    raise TooBig
            self.letters.update(word)
            self.ends.add(place)

    def step(self, state: Any, code: int) -> Hashable:
        read = self.tree.get((state, chr(code)))
        if read is not None:
            return read
        return ALL if self.out else None

    def accepting(self, state: Any) -> bool:
        return state is ALL or (state in self.ends) != self.out

    def cuts(self) -> Iterable[int]:
        return _letters(*self.letters)


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


@remembered(512)
def machine_of(check: Check) -> Machine:
    """The texts of which a check holds; raises TooBig for patterns of too many steps."""
    return _MACHINES[check.name](check.value)


__all__ = ["ALL", "Count", "Machine", "Prefix", "Seen", "TooBig", "Words", "machine_of"]
