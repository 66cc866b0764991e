"""Whether a Python value is one that a column of some type may hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.constants import round_float
from wombat.schema.proof.ordinals import ORDERED, every, ordinal
from wombat.schema.proof.spans import has

if TYPE_CHECKING:
    from wombat.schema.types import LogicalType

_MADE_OF: Final[dict[str, type]] = {
    "date": date,
    "time": time,
    "timestamp": datetime,
    "duration": timedelta,
    "integer": int,
    "float": float,
    "decimal": Decimal,
    "bool": bool,
    "text": str,
    "binary": bytes,
}


def is_of(value: Any, kind: LogicalType) -> bool:
    """Whether a column of the type may hold a value, whatever its checks say; None always."""
    if value is None or kind.kind == "any":
        return True
    if kind.item is not None:
        item = kind.item.type
        return isinstance(value, list) and all(is_of(one, item) for one in value)
    if kind.kind == "struct":
        same = isinstance(value, dict) and list(value) == [name for name, _ in kind.fields]
        return same and all(is_of(value[name], one.type) for name, one in kind.fields)
    made_of = _MADE_OF.get(kind.kind) or _MADE_OF[kind.family]
    if type(value) is not made_of:
        return False
    return kind.family not in ORDERED or _has(kind, value)


def _has(kind: LogicalType, value: Any) -> bool:
    if kind.kind == "timestamp" and (value.tzinfo is None) == bool(kind.timezone):
        return False
    try:
        if kind.family == "float" and round_float(value, kind) != value:
            return False
    except OverflowError:
        return False
    if kind.kind == "decimal":
        units = value.scaleb(kind.scale or 0)
        return units == int(units) and has(every(kind), int(units))
    return has(every(kind), ordinal(value, kind))
