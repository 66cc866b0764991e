"""What no row can hold together: checks of a column, and comparisons with them or one another."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from wombat.schema.proof.compare import SIGNS
from wombat.schema.proof.doubt import as_check
from wombat.schema.proof.implied import listed, spans_of
from wombat.schema.proof.machines import TooBig, machine_of
from wombat.schema.proof.ordinals import ORDERED
from wombat.schema.proof.search import texts
from wombat.schema.proof.spans import both, size
from wombat.schema.worded import worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.model import Check, Column, FrameSchema
    from wombat.schema.proof.spans import Spans
    from wombat.schema.rules import Rule
    from wombat.schema.spot import Spot
    from wombat.schema.types import LogicalType

Checks = tuple["Check", ...]
_CODE: Final = "never-holds"


def clash(kind: LogicalType, checks: Checks) -> Checks:
    """One or two of a column's checks that no value of its type passes together, or all where it
    takes more; none where some value may."""
    if not empty(kind, checks):
        return ()
    for count in (1, 2):
        for some in combinations(checks, count):
            if empty(kind, some):
                return some
    return checks


def empty(kind: LogicalType, checks: Checks) -> bool:
    """Whether surely no value passes them all."""
    if kind.family in ORDERED:
        return not spans_of(kind, checks)
    if kind.family == "bool" or any(one.name in ("enum", "in", "equals") for one in checks):
        return listed(kind, checks) == ()
    if kind.family != "text" or {one.name for one in checks} <= {"length"}:
        return False
    try:
        inside = [machine_of(one) for one in checks]
        return next(texts(inside), None) is None
    except TooBig:
        return False


def check_rows(schema: FrameSchema, spot: Spot) -> None:
    """Reports comparisons and numbers of rows that can't be met."""
    told: set[int] = set()
    rules = [(n, one) for n, one in enumerate(schema.rules) if one.severity == "error"]
    comparisons = [(n, one) for n, one in rules if one.custom is None]
    for number, rule in comparisons:
        if (said := _fails(schema, rule, comparisons)) is not None:
            told.add(number)
            _report(spot, number, f"rule '{rule.name}' never holds: {said}")
    if not told:
        _report_circle(comparisons, spot)
    _report_too_many(schema, spot)


def _report(spot: Spot, number: int, said: str) -> None:
    spot.error(_CODE, f"{said}; expected rows that pass", "rules", number, "compare")


def _fails(schema: FrameSchema, rule: Rule, others: list[tuple[int, Rule]]) -> str | None:
    """Why a comparison holds of no row that passes the columns' checks and the rules before."""
    left, right = schema.columns.get(rule.left or ""), schema.columns.get(rule.right or "")
    before = [one for _, one in others[: [one for _, one in others].index(rule)]]
    if left is None or left.severity == "warn":
        return None
    if rule.right is None:
        same = [one for one in before if one.left == rule.left and one.right is None]
        checks = (*left.checks(), *map(as_check, same))
        alone = empty(left.type, (as_check(rule), *left.checks()))
        if empty(left.type, (*checks, as_check(rule))):
            return f"'{rule.left}' {_why(left.checks(), same, alone=alone)}"
        return None
    if right is None or right.severity == "warn":
        return None
    return _against(schema, rule, left, right) or _against_rules(rule, before)


def _why(checks: Checks, rules: list[Rule], *, alone: bool) -> str:
    if alone:
        return f"has {', '.join(map(worded, checks))}" if checks else "has no such value"
    return f"is compared by {' and '.join(repr(one.name) for one in rules)} too"


def _against(schema: FrameSchema, rule: Rule, left: Column, right: Column) -> str | None:
    """Columns whose values can't stand to each other so."""
    kinds = {left.type, right.type}
    if left.type.family not in ORDERED or (len(kinds) > 1 and left.type.family != "integer"):
        return None
    one = _spans(schema, rule.left or "", left)
    other = _spans(schema, rule.right or "", right)
    if not one or not other or _signs(one, other) & SIGNS[rule.operator or "eq"]:
        return None
    return f"by their checks '{rule.left}' and '{rule.right}' can't stand to each other so"


def _spans(schema: FrameSchema, name: str, column: Column) -> Spans:
    bounds = [
        as_check(one)
        for one in schema.rules
        if one.left == name and one.right is None and one.custom is None and one.severity != "warn"
    ]
    whole = spans_of(column.type, (*column.checks(), *bounds))
    return whole or spans_of(column.type, column.checks())  # of bounds that clash is told already


def _signs(one: Spans, other: Spans) -> frozenset[int]:
    """How values of two sets may stand to each other: less, equal or more."""
    found = {-1} if one[0][0] < other[-1][1] else set()
    found |= {1} if one[-1][1] > other[0][0] else set()
    return frozenset(found | ({0} if both(one, other) else set()))


def _against_rules(rule: Rule, before: list[Rule]) -> str | None:
    """Rules of the same two columns that leave nothing together."""
    left = SIGNS[rule.operator or "eq"]
    used = []
    for one in before:
        signs = SIGNS[one.operator or "eq"]
        if (one.left, one.right) == (rule.right, rule.left):
            signs = frozenset(-sign for sign in signs)
        elif (one.left, one.right) != (rule.left, rule.right):
            continue
        used.append(one.name)
        left &= signs
        if not left:
            return f"{' and '.join(map(repr, used))} say{'s' if len(used) == 1 else ''} otherwise"
    return None


def _report_circle(comparisons: list[tuple[int, Rule]], spot: Spot) -> None:
    """Reports the first comparison that closes a circle in which something is less than itself."""
    less: dict[str, dict[str, bool]] = {}
    for number, rule in comparisons:
        for low, high, strict in _arrows(rule):
            below = _reached(less, high)
            if low in below and (strict or below[low]):
                how = "is below" if below[low] else "isn't above"
                said = f"by the rules before, '{high}' {how} '{low}'"
                _report(spot, number, f"rule '{rule.name}' never holds: {said}")
                return
            known = less.setdefault(low, {})
            known[high] = known.get(high, False) or strict


def _arrows(rule: Rule) -> Iterator[tuple[str, str, bool]]:
    left, right = rule.left or "", rule.right or ""
    if rule.right is None or rule.operator in ("ne", None):
        return
    if rule.operator in ("lt", "le", "eq"):
        yield left, right, rule.operator == "lt"
    if rule.operator in ("gt", "ge", "eq"):
        yield right, left, rule.operator == "gt"


def _reached(less: dict[str, dict[str, bool]], start: str) -> dict[str, bool]:
    """What lies above a column, and whether strictly."""
    found: dict[str, bool] = {}
    todo = [(start, False)]
    while todo:
        here, strictly = todo.pop()
        for there, strict in less.get(here, {}).items():
            now = strictly or strict
            if there not in found or (now and not found[there]):
                found[there] = now
                todo.append((there, now))
    return found


def _report_too_many(schema: FrameSchema, spot: Spot) -> None:
    """Reports more rows than a column that is unique has values."""
    least = (schema.rows or (None, None))[0]
    if least is None:
        return
    for _, names in schema.unique_sets():
        column = schema.columns.get(names[0])
        if len(names) > 1 or column is None or column.severity == "warn" or not column.required:
            continue
        values = _count(column)
        if values is not None and values + schema.nulls_allowed(names[0]) < least:
            said = f"'{names[0]}' is unique and has {values:,} values, 'rows' asks for {least:,}"
            spot.error(_CODE, f"{said}; expected no more rows than values", "rows", "min")


def _count(column: Column) -> int | None:
    if column.type.family in ORDERED:
        return size(spans_of(column.type, column.checks()))
    found = listed(column.type, column.checks()) if column.type.family in ("text", "bool") else None
    return None if found is None else len(found)
