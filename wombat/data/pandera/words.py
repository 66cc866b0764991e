"""pandera's checks of a column as words of our language; those without one stay pandera's."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.columns import words_of
from wombat.schema.constants import NoConstant, constant, constant_to_json
from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import BadPattern, Choice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.schema.types import LogicalType

_ANY: Final = r"[\s\S]*"
_BOUNDS: Final = {
    "greater_than_or_equal_to": ("min", "min_value"),
    "less_than_or_equal_to": ("max", "max_value"),
    "greater_than": ("gt", "min_value"),
    "less_than": ("lt", "max_value"),
}
OWN: Final = "wombat.data.pandera.own."


class NoWord(Exception):
    """A check that our language has no word for."""


@dataclass(slots=True)
class Words:
    """The words of one column; a second check of the same word narrows the first."""

    kind: LogicalType
    found: dict[str, Any] = field(default_factory=dict)

    def add(self, check: Any) -> None:
        """One check of pandera; raises NoWord, and then nothing is added."""
        before = dict(self.found)
        try:
            for word, value in _meant(check, self.kind):
                self._narrow(word, value)
        except (NoConstant, BadPattern, TypeError, OverflowError) as fault:
            self.found = before
            raise NoWord(str(fault)) from None
        except NoWord:
            self.found = before
            raise

    def _narrow(self, word: str, value: Any) -> None:
        if word not in words_of(self.kind):
            raise NoWord(f"{word} of {self.kind}")
        old = self.found.get(word)
        if old is None or old == value:
            self.found[word] = value
        elif word in ("min", "gt"):
            self.found[word] = max(old, value)
        elif word in ("max", "lt"):
            self.found[word] = min(old, value)
        elif word == "not_in":
            self.found[word] = tuple(dict.fromkeys((*old, *value)))
        elif word == "in" and any(one in value for one in old):
            self.found[word] = tuple(one for one in old if one in value)
        else:
            raise NoWord(f"a second {word}")


def is_own(check: Any) -> bool:
    """Whether we made it: what it says then stands in its statistics."""
    return str(getattr(check._check_fn, "__module__", "")).startswith(OWN)  # noqa: SLF001  # pandera has no other way


def is_built_in(check: Any) -> bool:
    """pandera's own check, not a function that bears its name."""
    return type(check._check_fn).__name__ == "Dispatcher"  # noqa: SLF001  # pandera has no other way


def _meant(check: Any, kind: LogicalType) -> Iterable[tuple[str, Any]]:
    if is_own(check):
        return _own(check, kind)
    said, name = dict(check.statistics or {}), check.name
    if not is_built_in(check) or not check.ignore_na or check.groupby:
        raise NoWord("code")
    if name == "match" and "pattern" in said:  # the pattern as we write it for polars
        name = "str_matches"
    if name in _BOUNDS:
        word, given = _BOUNDS[name]
        return [_bound(word, said[given], kind)]
    if name in ("isin", "notin"):
        values = said["allowed_values" if name == "isin" else "forbidden_values"]
        members = dict.fromkeys(as_constant(value, kind) for value in values)
        return [("in" if name == "isin" else "not_in", tuple(members))]
    reader = _OTHERS.get(name)
    if reader is None:
        raise NoWord(f"the check {name}")
    return reader(said, kind)


def _own(check: Any, kind: LogicalType) -> Iterable[tuple[str, Any]]:
    ((word, value),) = check.statistics.items()
    if word in ("type", "inside", "null"):
        return ()  # read with the type and with nullable
    if word in ("in", "not_in"):
        return [(word, tuple(as_constant(one, kind) for one in value))]
    if word == "length":
        return [(word, tuple(value))]
    if word in ("match", "contains"):
        return [(word, value)]
    return [(word, as_constant(value, kind))]


def _bound(word: str, value: Any, kind: LogicalType) -> tuple[str, Any]:
    plain = _plain(value)
    if kind.family == "integer" and isinstance(plain, float) and math.isfinite(plain):
        # above 0.5 are the same whole numbers as from 1 on
        plain = math.ceil(plain) if word in ("min", "lt") else math.floor(plain)
    return word, as_constant(plain, kind)


def as_constant(value: Any, kind: LogicalType) -> Any:
    """A value of pandera's as a constant of that type; raises NoConstant."""
    plain = _plain(value)
    if isinstance(plain, datetime | date | time | timedelta | Decimal):
        plain = constant_to_json(plain)
    return constant(plain, kind)


def _plain(value: Any) -> Any:
    """numpy's and pandas' scalars as Python's."""
    for convert in ("to_pydatetime", "to_pytimedelta", "item"):
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value


def _equal(said: dict[str, Any], kind: LogicalType) -> list[tuple[str, Any]]:
    return [("equals", as_constant(said["value"], kind))]


def _unequal(said: dict[str, Any], kind: LogicalType) -> list[tuple[str, Any]]:
    return [("not_in", (as_constant(said["value"], kind),))]


def _range(said: dict[str, Any], kind: LogicalType) -> list[tuple[str, Any]]:
    low = "min" if said.get("include_min", True) else "gt"
    high = "max" if said.get("include_max", True) else "lt"
    return [_bound(low, said["min_value"], kind), _bound(high, said["max_value"], kind)]


def _length(said: dict[str, Any], _: LogicalType) -> list[tuple[str, Any]]:
    exact = said.get("exact_value")
    ends = (said.get("min_value"), said.get("max_value")) if exact is None else (exact, exact)
    return [("length", ends)]


def _starts(said: dict[str, Any], _: LogicalType) -> list[tuple[str, Any]]:
    return [("starts_with", _text(said["string"]))]


def _ends(said: dict[str, Any], _: LogicalType) -> list[tuple[str, Any]]:
    return [("ends_with", _text(said["string"]))]


def _contains(said: dict[str, Any], _: LogicalType) -> list[tuple[str, Any]]:
    text = _text(said["pattern"])
    if text and all(char.isalnum() or char in " _-@/:," for char in text):
        return [("contains", text)]
    parse_pattern(text)
    return [("match", f"{_ANY}(?:{text}){_ANY}")]


def _matches(said: dict[str, Any], _: LogicalType) -> list[tuple[str, Any]]:
    return [("match", whole(_text(said["pattern"])))]


def whole(text: str) -> str:
    """A pattern that pandera anchors at the start alone, as one of the whole value.

    Raises BadPattern, and NoWord where an alternative at the top could escape the anchor: what
    pandera makes of it depends on the library.
    """
    body = text.removeprefix("^")
    ended = body.endswith("$") and (len(body) - len(body.rstrip("\\$"))) % 2 == 1
    body = body[:-1] if ended else body
    if isinstance(parse_pattern(body).node, Choice):
        raise NoWord("an alternative that the anchor may not hold")
    if body.startswith("(?:") and body.endswith(")") and ended and _closes_last(body):
        body = body[3:-1]
    return body if ended else f"(?:{body}){_ANY}"


def _closes_last(body: str) -> bool:
    """Whether the group that opens a pattern is closed by its last character."""
    try:
        parse_pattern(body[3:-1])
    except BadPattern:
        return False
    return True


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NoWord("a pattern that isn't plain text")
    return value


_OTHERS: Final = {
    "equal_to": _equal,
    "not_equal_to": _unequal,
    "in_range": _range,
    "str_length": _length,
    "str_startswith": _starts,
    "str_endswith": _ends,
    "str_contains": _contains,
    "str_matches": _matches,
}
