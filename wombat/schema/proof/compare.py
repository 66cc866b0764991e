"""The rules about rules: comparisons between columns and with constants, and code of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.schema.proof.budget import spend
from wombat.schema.proof.doubt import Doubt, Trial, as_check
from wombat.schema.proof.evaluate import OPERATORS
from wombat.schema.proof.example import quoted
from wombat.schema.proof.implied import spans_of, unmet, values
from wombat.schema.proof.ordinals import ORDERED, ordinal
from wombat.schema.proof.shape import column_of
from wombat.schema.proof.spans import both, points, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.proof.doubt import Pair
    from wombat.schema.proof.spans import Spans
    from wombat.schema.rules import Rule
    from wombat.schema.types import LogicalType

SIGNS: Final = {
    "lt": frozenset({-1}),
    "le": frozenset({-1, 0}),
    "eq": frozenset({0}),
    "ne": frozenset({-1, 1}),
    "ge": frozenset({0, 1}),
    "gt": frozenset({1}),
}
"""How the left side may stand to the right one: less, equal or more."""


_SIGNS: Final = {"lt": "<", "le": "<=", "eq": "=", "ne": "!=", "ge": ">=", "gt": ">"}


def rule_doubts(pair: Pair) -> Iterator[Doubt]:
    """Why a rule of the consumer may fail."""
    for rule in pair.consumer.rules:
        if rule.severity == "warn":
            continue
        if rule.custom is not None:
            found: tuple[Trial, ...] | None = None if _same_code(pair, rule) else ()
        elif any(pair.never_comes(name) and not pair.added(name) for name in rule.columns):
            continue  # it holds where a column is absent
        elif any(pair.mistyped(name) for name in rule.columns):
            found = ()  # refuted by the type
        else:
            found = _constant(pair, rule) if rule.right is None else _columns(pair, rule)
        if found is not None:
            said = f"nothing in {pair.producer.name} says that rule '{rule.name}' holds"
            advice = f"the same rule in {pair.producer.name}"
            wish = f"rule '{rule.name}' of {pair.consumer.name} {_wish(rule)}"
            yield Doubt(said, None, f"rule:{rule.name}", found, advice, rule.columns, wish)


def _wish(rule: Rule) -> str:
    """`wants back_at >= sent_at`; `back_at` has been told before."""
    right = quoted(rule.value) if rule.right is None else f"'{rule.right}'"
    return f"wants '{rule.left}' {_SIGNS[rule.operator or 'eq']} {right}"


def _same_code(pair: Pair, rule: Rule) -> bool:
    """The same code, of frames that are seen exactly as they were stored."""
    made, wanted = pair.made, pair.consumer
    if rule.custom is None or rule.custom.digest is None or made.patterns or wanted.patterns:
        return False
    known = {one.custom for one in made.rules if one.custom and one.severity == "error"}
    whole = made.extra != "allow" or wanted.extra in ("allow", "forbid")
    named = wanted.extra in ("allow", "forbid") or set(made.columns) <= set(wanted.columns)
    kept = all(pair.kept(name) for name in {*made.columns, *wanted.columns} if _comes(pair, name))
    added = any(pair.added(name) for name in wanted.columns)
    return rule.custom in known and whole and named and kept and not added


def _comes(pair: Pair, name: str) -> bool:
    return not pair.never_comes(name)


def _constant(pair: Pair, rule: Rule) -> tuple[Trial, ...] | None:
    """Trials against a comparison with a constant, which is a check of its column."""
    name = rule.left or ""
    check, compare = as_check(rule), OPERATORS[rule.operator or "eq"]
    trials: list[Trial] = []
    proven = True
    for value, trial in _own_values(pair, name):
        if not compare(value, rule.value):
            proven = False
            trials.append(trial)
    made, wanted = column_of(pair.made, name), column_of(pair.consumer, name)
    if made is None:
        return None if proven and pair.made.extra != "allow" else tuple(trials)
    there = wanted.type if wanted is not None else made.type
    found = unmet(made.type, pair.checks_made(name), check, there)
    if found is None and proven:
        return None
    return (*(Trial(cells=((name, value),)) for value in found or ()), *trials)


def _own_values(pair: Pair, name: str) -> Iterator[tuple[Any, Trial]]:
    """What the consumer itself may put into a column, and where it would."""
    wanted = pair.consumer.columns.get(name)
    if wanted is not None and pair.filled(name):
        yield wanted.fill_null, Trial(cells=((name, None),))
    if wanted is not None and pair.added(name):
        yield wanted.default, Trial(without=(name,))


def _columns(pair: Pair, rule: Rule) -> tuple[Trial, ...] | None:
    """Trials against a comparison of two columns."""
    left, right = rule.left or "", rule.right or ""
    bad = _possible(pair, left, right) - SIGNS[rule.operator or "eq"]
    if not bad:
        return None
    trials = [trial for name in (left, right) for _, trial in _own_values(pair, name)]
    return (*(t for a in _cells(pair, left) for t in _against(pair, a, right, bad)), *trials)


def _against(
    pair: Pair, first: tuple[str, Any], right: str, bad: frozenset[int]
) -> Iterator[Trial]:
    for second in _cells(pair, right):
        if _sign(first[1], second[1]) in bad:
            yield Trial(cells=(first, second))


def _cells(pair: Pair, name: str) -> list[tuple[str, Any]]:
    made = column_of(pair.made, name)
    if made is None:
        return []
    found: list[Any] = [*values(made.type, pair.checks_made(name))[:6]]
    if pair.may_be_null(name):
        found.append(None)
    return [(name, value) for value in found]


def _sign(left: Any, right: Any) -> int | None:
    if left is None or right is None:
        return None
    return 0 if left == right else -1 if left < right else 1


def _possible(pair: Pair, left: str, right: str) -> frozenset[int]:
    """How two columns of the consumer's frames may stand to each other."""
    if left == right:
        return frozenset({0})
    found = frozenset({-1, 0, 1})
    if not _same_cast(pair, left, right):
        return found
    one, other = _seen(pair, left), _seen(pair, right)
    if one is not None and other is not None and one[0] == other[0]:
        found &= _by_spans(one[1], other[1])
    touched = any(pair.filled(name) or pair.added(name) for name in (left, right))
    return found if touched else found & _ruled(pair, left, right)


def _same_cast(pair: Pair, left: str, right: str) -> bool:
    """Whether both are seen as they were stored, or both are cast from one type to another."""
    made = [_type(pair, name) for name in (left, right)]
    wanted = [column_of(pair.consumer, name) for name in (left, right)]
    seen = [one.type if one else None for one in wanted]
    return made == seen or (made[0] == made[1] and seen[0] == seen[1])


def _type(pair: Pair, name: str) -> LogicalType | None:
    """The type in which a column comes, or in which the consumer adds it."""
    made, wanted = column_of(pair.made, name), pair.consumer.columns.get(name)
    if made is not None:
        return made.type
    return wanted.type if wanted is not None and pair.never_comes(name) else None


def _seen(pair: Pair, name: str) -> tuple[LogicalType, Spans] | None:
    """The places of all values that the consumer may see in a column, in the type in which it
    comes; None where they have no order, or where anything may come."""
    kind, made = _type(pair, name), column_of(pair.made, name)
    if kind is None or kind.family not in ORDERED:
        return None
    put = [value for value, _ in _own_values(pair, name)]
    wanted = pair.consumer.columns.get(name)
    if put and wanted is not None and wanted.type != kind:
        return None
    own = spans_of(kind, pair.checks_made(name)) if made is not None else ()
    return kind, union(own, points(ordinal(value, kind) for value in put))


def _by_spans(left: Spans, right: Spans) -> frozenset[int]:
    if not left or not right:
        return frozenset()
    less = left[0][0] < right[-1][1]
    more = left[-1][1] > right[0][0]
    return frozenset(
        sign for sign, may in ((-1, less), (0, bool(both(left, right))), (1, more)) if may
    )


def _ruled(pair: Pair, left: str, right: str) -> frozenset[int]:
    """What the producer's own comparisons of the same two columns leave."""
    found = frozenset({-1, 0, 1})
    spend(len(pair.made.rules))
    for rule in pair.made.rules:
        if rule.severity == "warn" or rule.right is None:
            continue
        signs = SIGNS[rule.operator or "eq"]
        if (rule.left, rule.right) == (left, right):
            found &= signs
        elif (rule.left, rule.right) == (right, left):
            found &= frozenset(-sign for sign in signs)
    return found
