"""pandera on Spark: its types and built-in checks; Spark has no unsigned numbers and one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.pandera.calls import Call, call
from wombat.data.pandera.schemas import Unsaid
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from wombat.data.pandera.schemas import Target
    from wombat.schema.model import Check, FrameSchema
    from wombat.schema.rules import Rule
    from wombat.schema.types import LogicalType

_TYPES: Final[dict[str, Any]] = {
    "int8": call("T.ByteType"),
    "int16": call("T.ShortType"),
    "int32": call("T.IntegerType"),
    "int64": call("T.LongType"),
    "float32": call("T.FloatType"),
    "float64": call("T.DoubleType"),
    "bool": call("T.BooleanType"),
    "string": call("T.StringType"),
    "enum": call("T.StringType"),
    "binary": call("T.BinaryType"),
    "date": call("T.DateType"),
}


class Pyspark:
    """Frames of Spark SQL. pandera never raises there: its errors are in `frame.pandera.errors`."""

    name = "pyspark"
    has_code = False
    has_unique = False

    def dtype(self, kind: LogicalType) -> Any:
        if kind.unit not in (None, "us"):
            raise Unsaid(f"Spark's moments and durations are us, not {kind.unit}")
        match kind.kind:
            case "timestamp" if kind.timezone not in (None, "UTC"):
                raise Unsaid("Spark's moments have no zone of their own: UTC is what they are")
            case "timestamp":
                return call("T.TimestampType" if kind.timezone else "T.TimestampNTZType")
            case "duration":
                return call("T.DayTimeIntervalType")
            case "decimal":
                return call("T.DecimalType", kind.precision, kind.scale)
            case "list" if kind.item is not None:
                return call("T.ArrayType", self._inner(kind.item.type), kind.item.nullable)
            case "struct":
                fields = [
                    call("T.StructField", name, self._inner(one.type), one.nullable)
                    for name, one in kind.fields
                ]
                return call("T.StructType", fields)
        if kind.kind == "any" or kind.kind in _TYPES:
            return _TYPES.get(kind.kind)
        raise Unsaid(f"Spark has no {kind.kind}")

    def _inner(self, kind: LogicalType) -> Any:
        if kind.kind == "any":
            raise Unsaid("Spark has no elements of any type")
        return self.dtype(kind)

    def of_type(self, kind: LogicalType) -> list[Call]:
        return [call("own.listed", "enum", list(kind.of))] if kind.kind == "enum" else []

    def check(self, check: Check, kind: LogicalType, warn: dict[str, Any]) -> Call:
        value: Any = list(check.value) if isinstance(check.value, tuple) else check.value
        if kind.kind == "duration":
            raise Unsaid("pandera has no checks of Spark's durations")
        if check.name == "match":
            return Call("own.matches", (value, parse_pattern(value).python().pattern), warn)
        if check.name == "length":
            return Call("own.length", tuple(value), warn)
        if check.name in ("contains", "starts_with", "ends_with"):
            return Call("own.texts", (check.name, value), warn)
        if check.name in ("in", "not_in"):
            return Call("own.listed", (check.name, value), warn)
        return Call("own.compares", (check.name, value), warn)

    def rule_value(self, rule: Rule) -> tuple[Any, ...]:
        return (rule.value,)

    def regex(self, pattern: str) -> str:
        raise Unsaid(f"pandera on Spark has no patterns of column names: {pattern}")

    def refused(self, schema: FrameSchema) -> list[str]:
        odd = [name for name in schema.columns if "." in name or "`" in name]
        lost = [f"columns.{name} (to Spark a dot in a name is a step into it)" for name in odd]
        for name, column in schema.columns.items():
            lost += (
                [f"columns.{name}.checks (they get no frame of Spark's)"] if column.custom else []
            )
            lost += [f"columns.{name}.severity"] if column.severity == "warn" else []
        for number, rule in enumerate(schema.rules):
            lost += [f"rules[{number}].severity"] if rule.severity == "warn" else []
        return lost


TARGET: Final[Target] = Pyspark()
