"""What a schema says beyond single columns, as it is meant: patterns, rules, drift, rows, keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from wombat.language.near import near
from wombat.schema.columns import meant_column, read_constant, readable
from wombat.schema.model import Pattern
from wombat.schema.rules import Custom, Drift, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.schema.model import Column, Length
    from wombat.schema.rules import Measure, Operator
    from wombat.schema.spot import Spot
    from wombat.schema.types import LogicalType
    from wombat.schema.written import WrittenPattern, WrittenSchema
    from wombat.schema.written_rules import WrittenDrift, WrittenRows, WrittenRule

_ORDERED: Final = ("integer", "float", "decimal", "temporal")
_MEASURES: Final = ("psi", "null_rate", "mean", "rows")
Columns = dict[str, "Column | None"]
"""Those of a schema by name; None for one whose own mistakes are told."""


def meant_patterns(written: Sequence[WrittenPattern], spot: Spot) -> tuple[Pattern, ...]:
    """In their order; a name's pattern stands once."""
    found: list[Pattern] = []
    for number, one in enumerate(written):
        made = _pattern(one, spot.below(number))
        if made is not None and any(made.match == other.match for other in found):
            said = "this pattern stands twice; expected each once"
            spot.error("rule-duplicate", said, number, "match")
        elif made is not None:
            found.append(made)
    return tuple(found)


def _pattern(written: WrittenPattern, spot: Spot) -> Pattern | None:
    for word in ("default", "required", "unique"):
        if word in written.model_fields_set:
            said = f"'{word}' says nothing of a pattern; expected it on a column with a name"
            hint = "at_least says how many columns there must be" if word == "required" else None
            spot.error("check-type", said, word, hint=hint)
    if not readable(written.match, spot):
        return None
    # what `match` is of is the name: the column has none
    column = meant_column(written.model_copy(update={"match": None, "default": None}), spot)
    return None if column is None else Pattern(written.match, column, written.at_least)


def meant_rules(written: Sequence[WrittenRule], columns: Columns, spot: Spot) -> tuple[Rule, ...]:
    """Those without mistakes; each mistake is told."""
    found: list[Rule] = []
    for number, one in enumerate(written):
        if one.name in [other.name for other in written[:number]]:
            said = f"rule '{one.name}' stands twice; expected each name once"
            spot.error("rule-duplicate", said, number, "name")
            continue
        made = _rule(one, columns, spot.below(number))
        found += [made] if made else []
    return tuple(found)


def _rule(written: WrittenRule, columns: Columns, spot: Spot) -> Rule | None:
    if (written.compare is None) == (written.python is None):
        both = "both 'compare' and 'python'" if written.python else "neither 'compare' nor 'python'"
        spot.error("rule-compare", f"rule '{written.name}' has {both}; expected one of them")
        return None
    if written.python is not None:
        custom = Custom(written.python, tuple(sorted(written.args.items())))
        return Rule(written.name, custom=custom, severity=written.severity)
    if written.args:
        said = "'args' are those of a function; expected them beside 'python'"
        spot.error("rule-compare", said, "args")
        return None
    made = _comparison(written, columns, spot.below("compare"))
    return replace(made, severity=written.severity) if made else None


def _comparison(written: WrittenRule, columns: Columns, spot: Spot) -> Rule | None:
    left, operator, right = cast("list[Any]", written.compare)
    names = [(0, str(left))] + ([] if isinstance(right, dict) else [(2, str(right))])
    unknown = [(at, name) for at, name in names if name not in columns]
    for at, name in unknown:
        said = f"'{name}' is no column; expected columns of this schema"
        spot.error("rule-column", said, at, hint=near(name, columns))
    made = columns.get(str(left))
    if unknown or made is None:
        return None
    if isinstance(right, dict):
        rule = Rule(written.name, str(left), operator=cast("Operator", str(operator)))
        return _with_constant(rule, made.type, next(iter(right.values())), spot)
    other = columns[str(right)]
    if other is None or not _comparable(made.type, str(operator), spot, constant=False):
        return None
    if str(left) == str(right):
        spot.error("rule-column", f"'{left}' is compared with itself; expected another column", 2)
        return None
    if not same_values(made.type, other.type):
        said = f"'{left}' is {made.type}, '{right}' is {other.type}; expected one type"
        spot.error("rule-column", said, 2, hint="give both columns the same type, unit and zone")
        return None
    return Rule(written.name, str(left), cast("Operator", str(operator)), str(right))


def _with_constant(rule: Rule, kind: LogicalType, value: Any, spot: Spot) -> Rule | None:
    if not _comparable(kind, str(rule.operator), spot, constant=True):
        return None
    found = read_constant(value, kind, spot, 2, "value")
    return None if found is None else replace(rule, value=found, type=kind)


def _comparable(kind: LogicalType, operator: str, spot: Spot, *, constant: bool) -> bool:
    equality = operator in ("eq", "ne")
    if kind.family in _ORDERED:
        if kind.family != "float" or not (equality and constant):
            return True
        said = f"'{operator}' doesn't fit {kind}; expected lt, le, gt or ge"
        spot.error("check-type", said, 1, hint="floats are hardly ever exactly what is written")
        return False
    if kind.family in ("text", "bool"):
        if equality:
            return True
        spot.error("check-type", f"'{operator}' doesn't fit {kind}; expected eq or ne", 1)
        return False
    said = f"values of {kind} can't be compared; expected a column of another type"
    spot.error("check-type", said, 0, hint="say it in code: {name: …, python: module:function}")
    return False


def same_values(one: LogicalType, other: LogicalType) -> bool:
    """Whether values of two types are compared as they are: one type, integers, floats or texts."""
    alike = one.family == other.family and one.family in ("integer", "float", "text")
    return alike or one == other


def meant_drift(written: Sequence[WrittenDrift], columns: Columns, spot: Spot) -> tuple[Drift, ...]:
    """Those without mistakes; each mistake is told."""
    found: list[Drift] = []
    for number, one in enumerate(written):
        made = _drift(one, columns, spot.below(number))
        if made is None:
            continue
        if any((made.measure, made.column, made.against) == (d.measure, d.column, d.against)
               for d in found):  # fmt: skip
            said = f"'{made.measure}' is bounded twice; expected it once"
            spot.error("rule-duplicate", said, number, made.measure)
        found.append(made)
    return tuple(found)


def _drift(written: WrittenDrift, columns: Columns, spot: Spot) -> Drift | None:
    given: list[Measure] = [m for m in _MEASURES if getattr(written, m) is not None]
    if len(given) != 1:
        said = f"{len(given)} measures stand here; expected one of {', '.join(_MEASURES)}"
        spot.error("drift-bounds", said, hint="one entry for each")
        return None
    measure = given[0]
    if (measure == "rows") == (written.column is not None):
        said = "'rows' is of the whole frame; expected no column" if written.column else (
            f"'{measure}' is of a column; expected 'column' beside it"
        )  # fmt: skip
        spot.error("drift-bounds", said, measure)
        return None
    if written.column is not None and not _measurable(measure, written.column, columns, spot):
        return None
    if not written.against or any(sign.isspace() for sign in written.against):
        said = f"'{written.against}' is no ref; expected previous, a branch or a tag"
        spot.error("drift-bounds", said, "against")
        return None
    return Drift(
        measure,
        written.column,
        getattr(written, measure),
        written.against,
        written.severity,
    )


def _measurable(measure: Measure, name: str, columns: Columns, spot: Spot) -> bool:
    if name not in columns:
        said = f"'{name}' is no column; expected columns of this schema"
        spot.error("rule-column", said, "column", hint=near(name, columns))
        return False
    column = columns[name]
    if column is None:
        return False
    families = {"psi": (*_ORDERED, "text", "bool"), "mean": _ORDERED}.get(measure)
    if families is not None and column.type.family not in families:
        said = f"'{measure}' doesn't fit {column.type}; expected {', '.join(families)}"
        spot.error("check-type", said, measure, hint="null_rate fits every type")
        return False
    if families is not None and column.pii:
        said = f"'{name}' is personal: of it nulls are counted and nothing else; expected null_rate"
        spot.error("check-type", said, measure)
        return False
    return True


def meant_rows(written: WrittenRows | None, spot: Spot) -> Length | None:
    """The least and the greatest number of rows."""
    if written is None:
        return None
    least, most = written.min, written.max
    if least is None and most is None:
        spot.error("invalid-length", "'rows' bounds nothing; expected min, max or both")
        return None
    if least is not None and most is not None and least > most:
        said = f"at least {least} rows and at most {most}; expected min <= max"
        spot.error("bounds-empty", said, "max")
        return None
    return least, most


def check_sets(written: WrittenSchema, columns: Mapping[str, Column | None], spot: Spot) -> None:
    """Reports keys and unique sets with columns that can't be in one."""
    sets: list[tuple[Spot, Sequence[str]]] = [(spot.below("key"), written.key or ())]
    sets += [(spot.below("unique", n), group) for n, group in enumerate(written.unique)]
    for here, names in sets:
        for number, name in enumerate(names):
            if name in names[:number]:
                said = f"'{name}' stands twice; expected it once"
                here.error("key-column", said, number)
            else:
                _check_member(name, columns, here.below(number), written.name)


def _check_member(name: str, columns: Mapping[str, Column | None], spot: Spot, schema: str) -> None:
    if name not in columns:
        said = f"'{name}' is no column; expected columns of {schema}"
        spot.error("key-column", said, hint=near(name, columns))
        return
    column = columns[name]
    if column is None:
        return
    if not column.required and column.default is None:
        said = f"'{name}' may be absent; a key's columns are required"
        spot.error("key-column", said, hint=f"remove 'required: false' from '{name}'")
    elif column.type.family == "nested":
        said = f"'{name}' is {column.type}; expected values that can be compared"
        spot.error("key-column", said)
