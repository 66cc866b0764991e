"""Which values of a column a safe cast would lose, and nulls inside of lists and structs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.schema.casts import EXACT, same_storage
from wombat.schema.proof.implied import lengths_of, shown_values, spans_of
from wombat.schema.proof.ordinals import ORDERED, every, found_at, number_at, pulled, value_at
from wombat.schema.proof.samples import sized
from wombat.schema.proof.spans import members, size, without

if TYPE_CHECKING:
    from wombat.schema.model import Check
    from wombat.schema.types import LogicalType

MANY: Final = 4096


def lossy(
    kind: LogicalType, checks: tuple[Check, ...], there: LogicalType
) -> tuple[Any, ...] | None:
    """None where each value of a type of which the checks hold survives the cast; else values that
    may not, to be tried out: perhaps none."""
    if kind.family in ORDERED and there.family in ORDERED:
        return _lost(kind, checks, there)
    if not lengths_of(checks) or lengths_of(checks) == ((0, 0),):
        return None
    found = _inside(kind, there)
    return None if found is None else _long(kind, checks, found)


def _long(kind: LogicalType, checks: tuple[Check, ...], found: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same values of lists, as long as the checks ask for."""
    if kind.item is None:
        return found
    least = max(lengths_of(checks)[0][0], 1)
    return tuple(value * least for value in found) if least <= 1000 else ()


def _lost(
    kind: LogicalType, checks: tuple[Check, ...], there: LogicalType
) -> tuple[Any, ...] | None:
    own = spans_of(kind, checks)
    beyond = without(own, pulled(every(there), there, kind))
    if beyond:
        return shown_values(kind, beyond)
    if size(own) <= MANY:
        gone = [place for place in members(own) if found_at(number_at(place, kind), there) is None]
        return tuple(value_at(place, kind) for place in gone[:8]) if gone else None
    if dense(kind, there):
        limits = _exact(kind, there)
        outside = without(own, limits) if limits else ()
        return shown_values(kind, outside) if outside else None
    return shown_values(kind, own)


def dense(kind: LogicalType, there: LogicalType) -> bool:
    """Whether every value in the range of another type survives; of whole numbers into floats,
    every one up to where floats are exact."""
    if kind.family == "integer" or kind.kind == "float32":
        return there.family != "integer" or kind.family == "integer"
    if kind.family == "decimal":
        return there.kind == "decimal" and (there.scale or 0) >= (kind.scale or 0)
    units = ("s", "ms", "us", "ns")
    if kind.family == "temporal":
        return units.index(there.unit or "us") >= units.index(kind.unit or "us")
    return kind == there


def _exact(kind: LogicalType, there: LogicalType) -> Any:
    if kind.family != "integer" or there.family != "float":
        return None
    return ((-EXACT[there.kind], EXACT[there.kind]),)


def _inside(kind: LogicalType, there: LogicalType) -> tuple[Any, ...] | None:
    """Values of a list or a struct with something in it that doesn't survive."""
    if same_storage(kind, there):
        return None
    if kind.family in ORDERED:
        return lossy(kind, (), there)
    if kind.item and there.item:
        found = _inside(kind.item.type, there.item.type)
        return None if found is None else tuple([one] for one in found)
    made: list[Any] = []
    proven = True
    for (name, here), (_, other) in zip(kind.fields, there.fields, strict=True):
        found = _inside(here.type, other.type)
        if found is not None:
            proven = False
            made += [{**sized(kind, 1), name: one} for one in found]
    return None if proven else tuple(made)


def null_inside(
    kind: LogicalType, checks: tuple[Check, ...], there: LogicalType
) -> tuple[Any, ...] | None:
    """None where nulls inside are allowed wherever there may be some; else values with one."""
    empty = kind.item is not None and lengths_of(checks) in ((), ((0, 0),))
    found = None if empty else _nulls(kind, there)
    return None if found is None else _long(kind, checks, found)


def _nulls(kind: LogicalType, there: LogicalType) -> tuple[Any, ...] | None:
    if kind.item and there.item:
        if kind.item.nullable and not there.item.nullable:
            return ([None],)
        found = _nulls(kind.item.type, there.item.type)
        return None if found is None else tuple([one] for one in found)
    for (name, here), (_, other) in zip(kind.fields, there.fields, strict=False):
        if here.nullable and not other.nullable:
            return ({**sized(kind, 1), name: None},)
        found = _nulls(here.type, other.type)
        if found is not None:
            return tuple({**sized(kind, 1), name: one} for one in found)
    return None
