"""What is asked of the rows of a frame: a schema's checks as one flat list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.schema.model import Check
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.data.report import Severity
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
        if self.rule is not None and self.custom is None:
            right = self.rule.right if self.rule.value is None else self.rule.value
            return f"not {self.rule.left} {self.rule.operator} {right}"
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
        return f"'{name}' isn't one of the {len(check.value)} allowed values"
    if check.name == "not_in":
        return f"'{name}' is one of the {len(check.value)} excluded values"
    if check.name in ("starts_with", "ends_with", "contains"):
        return f"'{name}' doesn't {_TEXTS[check.name]} {check.value!r}"
    return f"'{name}' {check}" if name else str(check)


_TEXTS: Final = {"starts_with": "start with", "ends_with": "end with", "contains": "contain"}


def _interval(value: tuple[int | None, int | None]) -> str:
    least, most = value
    if least == most:
        return str(least)
    return f"{least or 0} or more" if most is None else f"{least or 0} to {most}"
