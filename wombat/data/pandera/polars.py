"""pandera on polars: dtypes and checks of the canonical polars types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.pandera.calls import Call, Name, call
from wombat.schema.constants import physical
from wombat.schema.pattern import parse_pattern
from wombat.schema.types import INTEGERS

if TYPE_CHECKING:
    from wombat.data.pandera.schemas import Target
    from wombat.schema.model import Check, FrameSchema
    from wombat.schema.rules import Rule
    from wombat.schema.types import Element, LogicalType

_TYPES: Final[dict[str, Any]] = {
    **{name: Name(f"pl.{name.replace('i', 'I').replace('u', 'U')}") for name in INTEGERS},
    "float32": Name("pl.Float32"),
    "float64": Name("pl.Float64"),
    "bool": Name("pl.Boolean"),
    "string": Name("pl.String"),
    "binary": Name("pl.Binary"),
    "date": Name("pl.Date"),
    "time": Name("pl.Time"),
    "any": None,
}
_BUILT_IN: Final = {
    "min": "pa.Check.ge", "max": "pa.Check.le", "gt": "pa.Check.gt", "lt": "pa.Check.lt",
    "equals": "pa.Check.eq", "starts_with": "pa.Check.str_startswith",
    "ends_with": "pa.Check.str_endswith", "in": "pa.Check.isin", "not_in": "pa.Check.notin",
}  # fmt: skip


class Polars:
    """Eager frames as tasks get them. polars has no seconds: they are milliseconds."""

    name = "polars"
    has_code = True
    has_unique = True

    def dtype(self, kind: LogicalType) -> Any:
        unit = "ms" if kind.unit == "s" else kind.unit
        match kind.kind:
            case "timestamp":
                return call("pl.Datetime", unit, kind.timezone)
            case "duration":
                return call("pl.Duration", unit)
            case "decimal":
                return call("pl.Decimal", kind.precision, kind.scale)
            case "enum":
                return call("pl.Enum", list(kind.of))
            case "list":
                return call("pl.List", self.dtype(_item(kind).type))
            case "struct":
                return call("pl.Struct", {n: self.dtype(one.type) for n, one in kind.fields})
        return _TYPES[kind.kind]

    def of_type(self, kind: LogicalType) -> list[Call]:
        inner = _inner(kind)
        return [call("own.full", inner)] if inner is not None else []

    def check(self, check: Check, kind: LogicalType, warn: dict[str, Any]) -> Call:
        value: Any = list(check.value) if isinstance(check.value, tuple) else check.value
        if check.name == "match":
            return Call("own.matches", (value, parse_pattern(value).rust()), warn)
        if check.name == "length":
            return Call("own.length", tuple(value), warn)
        if check.name == "contains":
            return Call("own.contains", (value,), warn)
        if kind.family == "temporal":
            return Call("own.units", (check.name, value, _units(value, kind)), warn)
        if kind.kind == "decimal" and check.name in ("in", "not_in"):
            return Call("own.listed", (check.name, value, self.dtype(kind)), warn)
        return Call(_BUILT_IN[check.name], (value,), warn)

    def rule_value(self, rule: Rule) -> tuple[Any, ...]:
        assert rule.type is not None  # noqa: S101  # a rule with a constant knows its type
        temporal = rule.type.family == "temporal"
        return rule.value, _units(rule.value, rule.type) if temporal else None

    def regex(self, pattern: str) -> str:
        return f"^(?:{parse_pattern(pattern).rust()[5:-3]})$"

    def refused(self, schema: FrameSchema) -> list[str]:
        odd = [n for n in schema.columns if n == "*" or (n.startswith("^") and n.endswith("$"))]
        return [f"columns.{name} (polars reads the name as a pattern)" for name in odd]


def _item(kind: LogicalType) -> Element:
    assert kind.item is not None  # noqa: S101  # every list has its element
    return kind.item


def _units(value: Any, kind: LogicalType) -> Any:
    kind = replace(kind, unit="ms") if kind.unit == "s" else kind
    if isinstance(value, list):
        return [physical(one, kind) for one in value]
    return physical(value, kind)


def _inner(kind: LogicalType) -> Any:
    """Where inside of a value nulls may not be, as `own.full` reads it; None where they may."""
    if kind.kind == "list":
        item = _item(kind)
        below = _inner(item.type)
        return None if item.nullable and below is None else ["[]", item.nullable, below]
    if kind.kind == "struct":
        fields = {name: [one.nullable, _inner(one.type)] for name, one in kind.fields}
        open_ = all(nullable and below is None for nullable, below in fields.values())
        return None if open_ else fields
    return None


TARGET: Final[Target] = Polars()
