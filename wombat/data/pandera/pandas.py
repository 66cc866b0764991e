"""pandera on pandas: dtypes and checks of the canonical pandas types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.pandera.calls import Call, Name, call
from wombat.data.pandera.schemas import Unsaid
from wombat.schema.pattern import parse_pattern
from wombat.schema.types import INTEGERS

if TYPE_CHECKING:
    from wombat.data.pandera.schemas import Target
    from wombat.schema.model import Check, FrameSchema
    from wombat.schema.rules import Rule
    from wombat.schema.types import LogicalType

_TYPES: Final[dict[str, Any]] = {
    **{name: call(f"pd.{name.replace('i', 'I').replace('u', 'U')}Dtype") for name in INTEGERS},
    "float32": "float32",
    "float64": "float64",
    "bool": call("pd.BooleanDtype"),
    "string": call("pd.StringDtype", na_value=Call("float", ("nan",))),
    "binary": Name("object"),
    "time": Name("object"),
    "decimal": Name("object"),
    "date": call("engine.Date"),
    "any": None,
}
_BUILT_IN: Final = {
    "min": "pa.Check.ge", "max": "pa.Check.le", "gt": "pa.Check.gt", "lt": "pa.Check.lt",
    "equals": "pa.Check.eq", "in": "pa.Check.isin", "not_in": "pa.Check.notin",
    "starts_with": "pa.Check.str_startswith", "ends_with": "pa.Check.str_endswith",
}  # fmt: skip
_OBJECTS: Final = ("date", "time", "decimal")


class Pandas:
    """Frames as tasks get them: see docs/SCHEMAS.md, what pandas gives."""

    name = "pandas"
    has_code = True
    has_unique = True

    def dtype(self, kind: LogicalType) -> Any:
        if kind.family == "nested":
            raise Unsaid("pandera has no lists and structs of objects")
        if kind.kind == "timestamp":
            zone = f", {kind.timezone}" if kind.timezone else ""
            return f"datetime64[{kind.unit}{zone}]"
        if kind.kind == "duration":
            return f"timedelta64[{kind.unit}]"
        if kind.kind == "enum":
            return call("pd.CategoricalDtype", list(kind.of))
        return _TYPES[kind.kind]

    def of_type(self, kind: LogicalType) -> list[Call]:
        if kind.kind == "duration" or (kind.kind == "timestamp" and not kind.timezone):
            return [call("own.stored_as", self.dtype(kind))]
        if kind.kind in ("binary", "time"):
            type_ = Name("bytes" if kind.kind == "binary" else "datetime.time")
            return [call("own.instances", type_)]
        if kind.kind == "decimal":
            # pandera's own Decimal counts the sign as a digit
            return [call("own.decimals", kind.precision, kind.scale)]
        return []

    def check(self, check: Check, kind: LogicalType, warn: dict[str, Any]) -> Call:
        value: Any = list(check.value) if isinstance(check.value, tuple) else check.value
        if check.name == "match":
            regex = parse_pattern(value).python().pattern
            return Call("own.matches", (value, regex), warn)
        if check.name == "length":
            return Call("own.length", tuple(value), warn)
        if check.name == "contains":
            return Call("own.contains", (value,), warn)
        listed = check.name in ("in", "not_in")
        if kind.kind in _OBJECTS or (listed and kind.family == "temporal"):
            return Call("own.listed" if listed else "own.compares", (check.name, value), warn)
        return Call(_BUILT_IN[check.name], (value,), warn)

    def rule_value(self, rule: Rule) -> tuple[Any, ...]:
        return (rule.value,)

    def regex(self, pattern: str) -> str:
        # pandas reads names with RE2 where it has Arrow, else with Python's own
        return f"^(?:{parse_pattern(pattern).re2()[5:-3]})$"

    def refused(self, schema: FrameSchema) -> list[str]:  # noqa: ARG002  # nothing
        return []


TARGET: Final[Target] = Pandas()
