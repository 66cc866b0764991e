"""What is asked of the rows of a frame: a schema's checks as one flat list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from wombat.schema.constants import constant_to_json
from wombat.schema.model import Check
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.data.report import Severity
    from wombat.schema.constants import Constant
    from wombat.schema.model import Column, FrameSchema
    from wombat.schema.rules import Custom, Rule

_WHOLE: Final = LogicalType("any")


@dataclass(frozen=True, slots=True)
class Probe:
    """One question, answered for each row. `columns` are what it reads, in the question's order.

    `column` is what a finding names, None where the question is about several. `kind` is the type
    of the first column, `mixed` says that a rule's other one is an integer of another
    width. `whole`: no row can be answered for without the others.
    """

    columns: tuple[str, ...]
    check: Check
    kind: LogicalType = _WHOLE
    severity: Severity = "error"
    column: str | None = None
    rule: Rule | None = None
    custom: Custom | None = None
    mixed: bool = False

    @property
    def whole(self) -> bool:
        return self.custom is not None or self.check.name in ("key", "unique")

    def said(self) -> str:
        """What doesn't hold, without a value of the frame."""
        if self.rule is not None and self.rule.operator is not None:
            return _broken(self.rule)
        if self.rule is not None:
            return f"rule {self.rule.name} fails"
        if self.check.name in ("key", "unique"):
            return f"{self.check.name} ({', '.join(self.columns)}) isn't unique"
        return _said(self.column, self.check)


def probes(schema: FrameSchema, columns: dict[str, Column]) -> list[Probe]:
    """Of the columns that are there in their own type, in the order of a report."""
    asked = [probe for name, column in columns.items() for probe in _of(schema, name, column)]
    for word, names in _sets(schema, columns):
        if set(names) <= columns.keys():
            severity = _severity(columns, names)
            single = names[0] if len(names) == 1 else None
            asked.append(Probe(names, Check(word, None), _WHOLE, severity, single))
    return [*asked, *_rules(schema, columns)]


def _of(schema: FrameSchema, name: str, column: Column) -> Iterator[Probe]:
    kind, severity = column.type, column.severity
    allowed = column.nullable and name not in schema.key
    if not allowed or kind.family == "nested":
        yield Probe((name,), Check("null", allowed), kind, severity, name)
    for check in column.checks():
        yield Probe((name,), check, kind, severity, name)
    for custom in column.custom:
        check = Check(f"python:{custom.python}", custom)
        yield Probe((name,), check, kind, severity, name, custom=custom)


def _sets(schema: FrameSchema, columns: dict[str, Column]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from schema.unique_sets()
    for name, column in columns.items():
        if column.unique and name not in schema.columns:
            yield "unique", (name,)


def _severity(columns: dict[str, Column], names: tuple[str, ...]) -> Severity:
    return "warn" if {columns[name].severity for name in names} == {"warn"} else "error"


def _rules(schema: FrameSchema, columns: dict[str, Column]) -> Iterator[Probe]:
    for rule in schema.rules:
        check = Check(f"rule:{rule.name}", None)
        if rule.custom is not None:
            yield Probe((), check, _WHOLE, rule.severity, rule=rule, custom=rule.custom)
        elif set(rule.columns) <= columns.keys():
            kinds = [columns[name].type for name in rule.columns]
            mixed = len({kind.kind for kind in kinds if kind.family == "integer"}) > 1
            yield Probe(rule.columns, check, kinds[0], rule.severity, rule=rule, mixed=mixed)


def _said(name: str | None, check: Check) -> str:
    if check.name == "null":
        return f"'{name}' holds nulls"
    if check.name == "length":
        return f"'{name}' length isn't {_interval(check.value)}"
    if check.name == "match":
        return f"'{name}' doesn't match {check.value!r}"
    if check.name in ("in", "enum"):
        return f"'{name}' isn't {_one_of(len(check.value), 'allowed')}"
    if check.name == "not_in":
        return f"'{name}' is {_one_of(len(check.value), 'excluded')}"
    if check.name in ("starts_with", "ends_with", "contains"):
        return f"'{name}' doesn't {_TEXTS[check.name]} {check.value!r}"
    if check.name in _BOUNDS:
        return f"'{name}' {_BOUNDS[check.name]} {shown(check.value)}"
    return f"'{name}' fails {check}" if name else f"{check} fails"


def _one_of(count: int, what: str) -> str:
    return f"one of the {count:,} {what} values" if count != 1 else f"the one {what} value"


def _broken(rule: Rule) -> str:
    """`rule back_later: back_at < sent_at`: what stands in the rows that fail."""
    right = rule.right if rule.value is None else shown(rule.value)
    return f"rule {rule.name}: {rule.left} {_OPPOSITE[rule.operator or 'eq']} {right}"


def shown(constant: Constant) -> str:
    """A constant as a schema has it; whole floats without a point, a duration as a clock has it."""
    if isinstance(constant, bool):
        return str(constant).lower()
    if isinstance(constant, str):
        return repr(constant)
    if isinstance(constant, float) and constant.is_integer() and abs(constant) < _LONG:
        return f"{constant:.0f}"
    return str(constant if isinstance(constant, timedelta) else constant_to_json(constant))


_LONG: Final = 1e15
_BOUNDS: Final = {
    "min": "is below",
    "max": "is above",
    "gt": "isn't above",
    "lt": "isn't below",
    "equals": "isn't",
}
_OPPOSITE: Final = {"eq": "!=", "ne": "==", "lt": ">=", "le": ">", "gt": "<=", "ge": "<"}
_TEXTS: Final = {"starts_with": "start with", "ends_with": "end with", "contains": "contain"}


def _interval(value: tuple[int | None, int | None]) -> str:
    least, most = value
    if least == most:
        return str(least)
    return f"{least or 0} or more" if most is None else f"{least or 0} to {most}"
