"""Our own judge of small frames: plain Python over the model, no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from wombat.schema.model import Check, FrameSchema
    from wombat.schema.types import LogicalType

Side = Literal["produced", "taken"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A small frame: each column's type, and rows of Python values; None is null."""

    types: dict[str, LogicalType]
    rows: tuple[dict[str, Any], ...]

    def table(self) -> tuple[tuple[str, ...], ...]:
        """A header row, then the rows as text."""
        names = tuple(self.types)
        return (names, *(tuple(_shown(row[name]) for name in names) for row in self.rows))


@dataclass(frozen=True, slots=True)
class Violation:
    """What doesn't hold: of a column or (None) of the frame; in a row, or (None) in all."""

    column: str | None
    check: str
    row: int | None = None


def _shown(value: object) -> str:
    return "null" if value is None else str(value)


def accepts(schema: FrameSchema, frame: Frame, *, side: Side = "produced") -> list[Violation]:
    """Every violation of an error check; empty where the schema accepts the frame.

    `side` says what extra columns mean where the schema leaves it open. Checks that only warn
    never violate.
    """
    found = _structure(schema, frame, side)
    wrong = {violation.column for violation in found}
    for name in schema.columns:
        if name in frame.types and name not in wrong and schema.columns[name].severity == "error":
            found += _column(schema, frame, name)
    for word, names in schema.unique_sets():
        if set(names) <= set(frame.types) - wrong and schema.severity_of(names) == "error":
            found += _repeated(word, names, frame)
    return found


def _structure(schema: FrameSchema, frame: Frame, side: Side) -> list[Violation]:
    found = []
    for name, column in schema.columns.items():
        if name not in frame.types:
            found += [Violation(name, "missing")] if column.required else []
        elif not _same_type(column.type, frame.types[name]):
            found.append(Violation(name, "type"))
    extra = schema.extra or ("forbid" if side == "produced" else "drop")
    if extra == "forbid":
        found += [Violation(n, "extra") for n in frame.types if n not in schema.columns]
    return found


def _same_type(wanted: LogicalType, here: LogicalType) -> bool:
    # an enumeration is text whose members are a check
    texts = {wanted.kind, here.kind} <= {"string", "enum"}
    return wanted.kind == "any" or wanted == here or texts


def _column(schema: FrameSchema, frame: Frame, name: str) -> list[Violation]:
    column, found = schema.columns[name], []
    for number, row in enumerate(frame.rows):
        value = row[name]
        if value is None:
            if not schema.nulls_allowed(name):
                found.append(Violation(name, "null", number))
            continue
        found += [Violation(name, c.name, number) for c in column.checks() if not holds(c, value)]
    return found


def _repeated(word: str, names: tuple[str, ...], frame: Frame) -> list[Violation]:
    seen: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(frame.rows):
        seen.setdefault(tuple(row[name] for name in names), []).append(number)
    column = names[0] if len(names) == 1 else None
    rows = sorted(row for group in seen.values() if len(group) > 1 for row in group)
    return [Violation(column, word, row) for row in rows]


def holds(check: Check, value: Any) -> bool:
    """Whether a check holds of a value that is there, in its column's type."""
    match check.name:
        case "min":
            return bool(value >= check.value)
        case "max":
            return bool(value <= check.value)
        case "gt":
            return bool(value > check.value)
        case "lt":
            return bool(value < check.value)
        case "in" | "enum":
            return value in check.value
        case "match":
            return parse_pattern(check.value).matches(value)
        case _:
            least, most = check.value
            return (least or 0) <= len(value) and (most is None or len(value) <= most)
