"""Frames that a producer's schema accepts, built value by value."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.model import Check
from wombat.schema.proof.budget import CELLS, spend
from wombat.schema.proof.evaluate import OPERATORS, holds, judge
from wombat.schema.proof.frame import Frame
from wombat.schema.proof.implied import MANY, first_value, values
from wombat.schema.proof.machines import Count, TooBig, Words, machine_of
from wombat.schema.proof.member import is_of
from wombat.schema.proof.search import texts
from wombat.schema.proof.shape import column_of, pattern_of
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.proof.doubt import Pair, Trial
    from wombat.schema.proof.machines import Machine
    from wombat.schema.rules import Rule

_TRIES: Final = 3000
_ANY: Final = LogicalType("int64")  # how a column of any type is shown


def build(pair: Pair, trial: Trial) -> Frame | None:
    """A frame as the trial asks for, that the producer accepts and stores as it is; None where
    none was found."""
    names = _names(pair, trial)
    spend(4 * len(names))
    types = {name: _type(pair, trial, name) for name in names}
    given = (*trial.cells, *trial.second)
    if not all(is_of(value, types[name]) for name, value in given):
        return None
    if any(value is None and not pair.may_be_null(name) for name, value in given):
        return None  # a null that the producer fills is never stored, though the column only warns
    many = pair.made.rules or trial.rows or (pair.made.rows or (0,))[0]
    choices = {name: _choices(pair, name, types[name], MANY if many else 1) for name in names}
    rows = _rows(pair, trial, choices)
    if rows is None:
        return None
    if not all(is_of(row[name], kind) for row in rows for name, kind in types.items()):
        return None
    frame = Frame(types, tuple(rows) if types else ())  # without columns there are no rows
    return None if judge(pair.made, frame) else frame  # nothing of what is stored is shaped


def _names(pair: Pair, trial: Trial) -> list[str]:
    given = [name for name, _ in (*trial.cells, *trial.second)]
    given += [name for name in trial.present if column_of(pair.made, name) is not None]
    own = [
        name
        for name, column in pair.made.columns.items()
        if name not in trial.without
        and (column.required or name in given or not (trial.bare or _empty(pair, name)))
    ]
    rest = [name for name in dict.fromkeys(given) if name not in pair.made.columns]
    names = [*own, *rest, *_of_patterns(pair, trial.without, rest)]
    if trial.reverse:
        return names[::-1]
    return names[-1:] + names[:-1] if trial.turn else names


def _empty(pair: Pair, name: str) -> bool:
    column = pair.made.columns[name]
    return not _choices(pair, name, column.type, 1)


def _of_patterns(pair: Pair, without: tuple[str, ...], here: list[str]) -> Iterator[str]:
    """So many further names of each pattern as there must be; such that the consumer has a column
    of its own for come last."""
    schema, used = pair.made, {*pair.made.columns, *without, *here}
    machines = [machine_of(Check("match", one.match)) for one in schema.patterns]
    for place, pattern in enumerate(schema.patterns):
        missing = pattern.at_least - sum(pattern_of(schema, name) == place for name in here)
        for _ in range(max(missing, 0)):
            inside: list[Machine] = [Count(1, None), machines[place]]
            name = _unused(inside, machines[:place], {*used, *pair.consumer.columns})
            name = name or _unused(inside, machines[:place], used)
            if name is None:
                return
            used.add(name)
            yield name


def _unused(inside: list[Machine], outside: list[Machine], used: set[str]) -> str | None:
    try:
        return next(texts(inside, [Words(used), *outside]), None)
    except TooBig:
        return None


def _type(pair: Pair, trial: Trial, name: str) -> LogicalType:
    given, column = dict(trial.types), column_of(pair.made, name)
    if name in given or column is None:
        return given.get(name, _ANY)
    return _ANY if column.type.kind == "any" else column.type


def _choices(pair: Pair, name: str, kind: LogicalType, most: int) -> tuple[Any, ...]:
    """Values of a column in the type that it comes in."""
    column = column_of(pair.made, name)
    if column is None:
        return values(kind, (), 2)
    checks = pair.checks_made(name)
    found = first_value(kind, checks) if most == 1 else values(kind, checks, most)
    return (*found, None) if pair.may_be_null(name) else found


def _rows(
    pair: Pair, trial: Trial, choices: dict[str, tuple[Any, ...]]
) -> list[dict[str, Any]] | None:
    least, most = pair.made.rows or (None, None)
    count = max(1, least or 0) if trial.rows is None else trial.rows
    given, second = dict(trial.cells), dict(trial.second)
    if not all(choices.values()) and trial.rows is None and not given:
        count = 0 if any(not one for one in choices.values()) else count
    if most == 0 and trial.rows is None:
        count = 0
    if count * max(len(choices), 1) > CELLS or (
        count and not all(choices[n] or n in given for n in choices)
    ):
        return None
    spend(4 * count * len(choices))
    rules = [one for one in pair.made.rules if one.right is not None and one.severity == "error"]
    rows: list[dict[str, Any]] = []
    for number in range(count):
        fixed = given if number == 0 else second if number == 1 else {}
        if number and trial.same:
            fixed = fixed | {name: rows[0][name] for name in trial.same if name in choices}
        row = {name: _pick(choices[name], number) for name in choices} | fixed
        solved = _solved(pair, row, fixed, rules, choices)
        if solved is None:
            return None
        rows.append(solved)
    return rows


def _pick(found: tuple[Any, ...], number: int) -> Any:
    return found[number % len(found)] if found else None


def _solved(
    pair: Pair,
    row: dict[str, Any],
    fixed: dict[str, Any],
    rules: list[Rule],
    choices: dict[str, tuple[Any, ...]],
) -> dict[str, Any] | None:
    """The row with other values in columns that rules compare, so that all of them hold."""
    if all(_holds(rule, row) for rule in rules):
        return row
    free = sorted({n for rule in rules for n in rule.columns if n in row and n not in fixed})
    near = {name: (*_beside(pair, row, name, rules), *choices[name]) for name in free}
    for found in islice(product(*(near[name] for name in free)), _TRIES):
        spend(len(row) + len(rules))
        tried = row | dict(zip(free, found, strict=True))
        if all(_holds(rule, tried) for rule in rules):
            return tried
    return None


def _beside(pair: Pair, row: dict[str, Any], name: str, rules: list[Rule]) -> list[Any]:
    """What stands in the columns that it is compared with, and may stand here too."""
    others = {n for rule in rules if name in rule.columns for n in rule.columns if n in row}
    checks = pair.checks_made(name)
    found = [row[n] for n in sorted(others - {name})]
    return [one for one in found if one is not None and all(holds(c, one) for c in checks)]


def _holds(rule: Rule, row: dict[str, Any]) -> bool:
    left, right = row.get(rule.left or ""), row.get(rule.right or "")
    return left is None or right is None or OPERATORS[rule.operator or "eq"](left, right)
