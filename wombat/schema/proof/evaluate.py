"""Our own judge of small frames: plain Python over the model, no library."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.casts import same_storage
from wombat.schema.pattern import parse_pattern
from wombat.schema.proof.frame import Frame, Violation
from wombat.schema.proof.shape import columns_of, is_null, pattern_of, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from wombat.schema.model import Check, Column, FrameSchema
    from wombat.schema.policy import Cast
    from wombat.schema.proof.frame import Side
    from wombat.schema.rules import Rule
    from wombat.schema.types import LogicalType

OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}


def accepts(
    schema: FrameSchema, frame: Frame, *, side: Side = "produced", cast: Cast = "none"
) -> list[Violation]:
    """Every violation of an error check by the shaped frame; empty where the schema accepts it.

    `side` says what extra columns mean where the schema leaves it open. What only warns never
    violates, and code of one's own isn't run: ask `opaque`.
    """
    shaped, lost = shape(schema, frame, side=side, cast=cast)
    return [*lost, *judge(schema, shaped, side=side, skip={one.column for one in lost})]


def opaque(schema: FrameSchema) -> bool:
    """Whether a frame that passes `accepts` may fail in code of one's own."""
    columns = (*schema.columns.values(), *(one.column for one in schema.patterns))
    return any(one.custom and one.severity == "error" for one in columns) or any(
        rule.custom and rule.severity == "error" for rule in schema.rules
    )


def judge(
    schema: FrameSchema,
    frame: Frame,
    *,
    side: Side = "produced",
    skip: set[str | None] | frozenset[str | None] = frozenset(),
) -> list[Violation]:
    """Every violation of an error check by a frame as it is; columns in `skip` aren't looked at."""
    known = columns_of(schema, frame.types)
    found = [*_structure(schema, frame, known, side, skip), *_counts(schema, frame)]
    wrong = skip | {violation.column for violation in found}
    for name, column in known.items():
        if name not in wrong and column.severity == "error":
            found += _column(schema, frame, name, column)
    here = set(frame.types) - wrong
    for word, names in schema.unique_sets() if len(frame.rows) > 1 else ():
        if set(names) <= here and schema.severity_of(names) == "error":
            found += _repeated(word, names, frame)
    for rule in schema.rules:
        if rule.custom is None and rule.severity == "error" and set(rule.columns) <= here:
            found += _broken(rule, frame)
    return found


def _structure(
    schema: FrameSchema,
    frame: Frame,
    known: dict[str, Column],
    side: Side,
    skip: set[str | None] | frozenset[str | None],
) -> Iterator[Violation]:
    for name, column in schema.columns.items():
        if column.required and name not in frame.types:
            yield Violation(name, "missing")
    for name, column in known.items():
        if name not in skip and not same_storage(frame.types[name], column.type):
            yield Violation(name, "type")
    if (schema.extra or ("forbid" if side == "produced" else "drop")) == "forbid":
        yield from (Violation(name, "extra") for name in frame.types if name not in known)


def _counts(schema: FrameSchema, frame: Frame) -> Iterator[Violation]:
    fitting = [pattern_of(schema, name) for name in frame.types] if schema.patterns else []
    for place, pattern in enumerate(schema.patterns):
        if fitting.count(place) < pattern.at_least:
            yield Violation(None, "pattern")
    if schema.ordered and not in_order(schema, tuple(frame.types)):
        yield Violation(None, "order")
    least, most = schema.rows or (None, None)
    if len(frame.rows) < (least or 0) or (most is not None and len(frame.rows) > most):
        yield Violation(None, "rows")


def in_order(schema: FrameSchema, names: tuple[str, ...]) -> bool:
    """Whether the schema's own columns stand in its order, with none between them."""
    own = [name for name in schema.columns if name in names]
    places = [names.index(name) for name in own]
    return not places or places == list(range(places[0], places[0] + len(places)))


def _column(schema: FrameSchema, frame: Frame, name: str, column: Column) -> Iterator[Violation]:
    checks = column.checks() if frame.rows else ()
    nulls = column.nullable and name not in schema.key
    deep = column.type.family == "nested"
    for number, row in enumerate(frame.rows):
        value = row[name]
        if is_null(value):
            if not nulls:
                yield Violation(name, "null", number)
            continue
        if deep and nulls_inside(value, column.type):
            yield Violation(name, "null", number)
        for check in checks:
            if not _HOLDS[check.name](value, check.value):
                yield Violation(name, check.name, number)


def nulls_inside(value: Any, kind: LogicalType) -> bool:
    """Whether a list or a struct that is there holds a null where its type allows none."""
    if kind.item is not None:
        inner = [(one, kind.item) for one in value]
    else:
        inner = [(value[name], element) for name, element in kind.fields]
    return any(
        not element.nullable if is_null(one) else nulls_inside(one, element.type)
        for one, element in inner
    )


def _repeated(word: str, names: tuple[str, ...], frame: Frame) -> list[Violation]:
    seen: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(frame.rows):
        seen.setdefault(tuple(_comparable(row[name]) for name in names), []).append(number)
    column = names[0] if len(names) == 1 else None
    rows = sorted(row for group in seen.values() if len(group) > 1 for row in group)
    return [Violation(column, word, row, names) for row in rows]


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_comparable, value))
    if isinstance(value, dict):
        return tuple(map(_comparable, value.values()))
    return None if is_null(value) else value


def _broken(rule: Rule, frame: Frame) -> Iterator[Violation]:
    compare = OPERATORS[rule.operator or "eq"]
    for number, row in enumerate(frame.rows):
        left = row[rule.left or ""]
        right = rule.value if rule.right is None else row[rule.right]
        if not (is_null(left) or is_null(right) or compare(left, right)):
            yield Violation(None, f"rule:{rule.name}", number, rule.columns)


def holds(check: Check, value: Any) -> bool:
    """Whether a check holds of a value that is there, in its column's type."""
    return _HOLDS[check.name](value, check.value)


_FEW: Final = 16
_KEPT_SETS: Final = 64
_SETS: Final[dict[int, tuple[tuple[Any, ...], frozenset[Any]]]] = {}


def _members(members: tuple[Any, ...]) -> Collection[Any]:
    """Members as a set where they are many, made once: each value of a list asks for another."""
    if len(members) <= _FEW:
        return members
    known = _SETS.get(id(members))
    if known is None or known[0] is not members:
        while len(_SETS) >= _KEPT_SETS:
            _SETS.pop(next(iter(_SETS)), None)
        known = _SETS[id(members)] = (members, frozenset(members))
    return known[1]


def _length(value: Any, limits: tuple[int | None, int | None]) -> bool:
    least, most = limits
    return (least or 0) <= len(value) and (most is None or len(value) <= most)


_HOLDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "min": operator.ge,
    "max": operator.le,
    "gt": operator.gt,
    "lt": operator.lt,
    "in": lambda value, members: value in _members(members),
    "enum": lambda value, members: value in _members(members),
    "not_in": lambda value, members: value not in _members(members),
    "equals": operator.eq,
    "match": lambda value, pattern: parse_pattern(pattern).matches(value),
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": operator.contains,
    "length": _length,
}

__all__ = ["Frame", "Violation", "accepts", "holds", "judge", "opaque", "shape"]
