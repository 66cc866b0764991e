"""A written column as it is meant: constants in its type, words that its type has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.language.scalars import shown
from wombat.schema.constants import NoConstant, constant
from wombat.schema.contradictions import contradiction, unfit
from wombat.schema.kinds import logical_type
from wombat.schema.model import BOUNDS, Column
from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import BadPattern
from wombat.schema.rules import Custom

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.schema.spot import Spot
    from wombat.schema.types import LogicalType
    from wombat.schema.written import WrittenColumn
    from wombat.schema.written_rules import WrittenCheck

_STAND_INS: Final = ("default", "fill_null")
_MEMBERS: Final = ("in", "not_in", "equals")
_TEXTS: Final = ("match", "starts_with", "ends_with", "contains")
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "integer": (*BOUNDS, *_MEMBERS, *_STAND_INS),
    "float": (*BOUNDS, *_STAND_INS),
    "decimal": (*BOUNDS, *_MEMBERS, *_STAND_INS),
    "temporal": (*BOUNDS, *_MEMBERS, *_STAND_INS),
    "bool": (*_MEMBERS, *_STAND_INS),
    "string": (*_MEMBERS, *_TEXTS, "length", *_STAND_INS),
    "enum": (*_MEMBERS, *_STAND_INS),
    "binary": ("length",),
    "list": ("length",),
    "struct": (),
    "any": (),
}
"""The words of each type, or of each family of types."""
_SINGLE: Final = (*BOUNDS, "equals", *_STAND_INS)
_EVERY: Final = (*_SINGLE, "in", "not_in", *_TEXTS, "length")


def words_of(kind: LogicalType) -> tuple[str, ...]:
    """The checks and stand-ins that a type has."""
    return WORDS[kind.kind] if kind.kind in WORDS else WORDS[kind.family]


def meant_column(written: WrittenColumn, spot: Spot, *, key: bool = False) -> Column | None:
    """None where its type is wrong; other mistakes are told and what they say is left out.

    `key`: the column alone is the frame's key.
    """
    kind = logical_type(written, spot)
    if kind is None:
        return None
    reader = _Reader(written, kind, spot)
    reader.refuse_foreign()
    column = Column(
        kind,
        nullable=written.nullable,
        required=written.required,
        unique=written.unique,
        **{word: reader.constant(word) for word in _SINGLE},
        within=reader.members("in"),
        not_in=reader.members("not_in"),
        **{word: reader.text(word) for word in _TEXTS},
        length=written.length if "length" in words_of(kind) else None,
        custom=customs(written.checks),
        severity=written.severity,
        pii=written.pii,
        title=written.title,
        description=written.description,
        tags=tuple(written.tags),
    )
    return reader.agreeing(column, once=key or column.unique)


def customs(written: Iterable[WrittenCheck]) -> tuple[Custom, ...]:
    """Checks in code, in the order of their writing."""
    return tuple(Custom(one.python, tuple(sorted(one.args.items()))) for one in written)


def read_constant(value: Any, kind: LogicalType, spot: Spot, *steps: str | int) -> Any:
    """The constant in that type, or None with the mistake told."""
    try:
        return constant(value, kind)
    except NoConstant as fault:
        said = f"{shown(value)} is no {kind} constant; expected {fault}"
        spot.error("constant-type", said, *steps)
        return None


@dataclass(frozen=True, slots=True)
class _Reader:
    written: WrittenColumn
    kind: LogicalType
    spot: Spot

    def given(self, word: str) -> Any:
        return getattr(self.written, "within" if word == "in" else word)

    def refuse_foreign(self) -> None:
        allowed = words_of(self.kind)
        for word in _EVERY:
            if self.given(word) is None or word in allowed:
                continue
            fits = f"; expected {', '.join(allowed)}" if allowed else "; it has no checks"
            self.spot.error("check-type", f"'{word}' doesn't fit {self.kind}{fits}", word,
                            hint=_instead(self.kind, word))  # fmt: skip
        if self.written.unique and self.kind.family == "nested":
            said = f"'unique' doesn't fit {self.kind}; expected values that can be compared"
            self.spot.error("check-type", said, "unique")

    def constant(self, word: str) -> Any:
        value = self.given(word)
        if value is None or word not in words_of(self.kind):
            return None
        return read_constant(value, self.kind, self.spot, word)

    def members(self, word: str) -> tuple[Any, ...] | None:
        values = self.given(word)
        if values is None or word not in words_of(self.kind):
            return None
        found = [read_constant(v, self.kind, self.spot, word, n) for n, v in enumerate(values)]
        return tuple(value for value in found if value is not None) or None

    def text(self, word: str) -> str | None:
        text: str | None = self.given(word)
        if text is None or word not in words_of(self.kind):
            return None
        return text if word != "match" or readable(text, self.spot) else None

    def agreeing(self, column: Column, *, once: bool) -> Column:
        """The column; what contradicts itself is told."""
        if fault := contradiction(column):
            self.spot.error(fault.code, fault.said, fault.word)
            return column
        left_out: dict[str, Any] = {}
        for word in _STAND_INS:
            value = getattr(column, word)
            if value is None:
                continue
            if failed := unfit(column, value):
                left_out[word] = None
                said = f"{shown(self.given(word))} fails '{failed}' of this column"
                self.spot.error("default-invalid", f"{said}; expected a value that passes", word)
            elif once:
                left_out[word] = None
                said = f"'{word}' puts one value into every row, but none may stand twice"
                self.spot.error("default-invalid", f"{said}; expected a column that isn't unique",
                                word)  # fmt: skip
        return replace(column, **left_out) if left_out else column


def readable(text: str, spot: Spot) -> bool:
    """Whether `match` at `spot` is a pattern; the mistake is told."""
    try:
        parse_pattern(text)
    except BadPattern as fault:
        spot.error("pattern-syntax", f"this pattern can't be used: {fault}", "match")
        return False
    return True


def _instead(kind: LogicalType, word: str) -> str | None:
    if kind.family == "float" and word in _MEMBERS:
        return "say bounds, with a tolerance"
    if word in _STAND_INS:
        return "fill it in the task's own code"
    if kind.kind == "string" and word in BOUNDS:
        return "the number of characters is bounded by 'length'"
    if kind.kind == "list" and word in ("min", "max"):
        return "the number of elements is bounded by 'length'"
    if kind.kind == "enum" and word in _TEXTS:
        return "its members are listed by 'of'"
    return None
