"""What is known of the parts of a foreach, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.schema.model import Column
from wombat.schema.proof.shape import column_of, pattern_of, stored
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.schema.model import FrameSchema, Pattern
    from wombat.schema.rules import Custom, Rule

_TEXT: Final = Column(LogicalType("string"))
_ANYTHING: Final = Column(LogicalType("any"), nullable=True)


def collected(schema: FrameSchema, keys: Sequence[str]) -> FrameSchema:
    """The schema of the parts' stored frames put together, each foreach key a column; keys are
    loose. There is at least one part.

    What was unique in a part is unique together with keys that differ as values, too. A set that
    only warned promises
    nothing, and neither does one of a column that comes from the key where a part lacks it; nor
    does a rule about such a column, or code of one's own, which saw each part alone.
    """
    parts = stored(schema)
    columns = {
        name: replace(_blind(one), unique=False, nullable=parts.nulls_allowed(name))
        for name, one in parts.columns.items()
    }
    groups = [
        names
        for _, names in parts.unique_sets()
        if parts.severity_of(names) == "error"
        and all(parts.columns[name].required for name in names if name in keys)
        and all(_tells_apart(parts, key) for key in keys)
    ]
    fresh = {key: _key_column(parts, key) for key in keys}
    known = [key for key in keys if column_of(parts, key) is not None]
    return replace(
        parts,
        columns={name: fresh.get(name, one) for name, one in ({**fresh, **columns}).items()},
        key=(),  # nulls are said by the columns: a key's own column may have some
        unique=tuple(_together(names, keys) for names in groups),
        ordered=parts.ordered and not known and parts.extra != "allow",
        rows=_rows(parts),
        rules=tuple(rule for one in parts.rules if (rule := _rule(parts, one, keys))),
        patterns=tuple(_pattern(parts, one, keys) for one in parts.patterns),
    )


def _tells_apart(parts: FrameSchema, key: str) -> bool:
    """Whether two texts of a key are two values in its column: not of 0.0 and -0.0."""
    own = column_of(parts, key)
    if own is None:
        return parts.extra != "allow"
    return own.type.family not in ("float", "nested") and own.type.kind != "any"


def _rows(parts: FrameSchema) -> tuple[int | None, int | None] | None:
    """Each part has so many; only none stay none."""
    least, most = parts.rows or (None, None)
    return (least, most if most == 0 else None) if parts.rows else None


def _blind(column: Column) -> Column:
    return replace(column, custom=tuple(map(_unknown, column.custom))) if column.custom else column


def _unknown(custom: Custom) -> Custom:
    """Code that proves nothing of the whole, and may still fail in a part."""
    return replace(custom, digest=None)


def _rule(parts: FrameSchema, rule: Rule, keys: Sequence[str]) -> Rule | None:
    if rule.custom is not None:
        return replace(rule, custom=_unknown(rule.custom))
    columns = [parts.columns[name] for name in rule.columns if name in keys]
    return rule if all(column.required for column in columns) else None


def _pattern(parts: FrameSchema, pattern: Pattern, keys: Sequence[str]) -> Pattern:
    """A key of such a name is a column of its own."""
    place = parts.patterns.index(pattern)
    taken = sum(pattern_of(parts, key) == place for key in keys)
    column = replace(_blind(pattern.column), unique=False)
    return replace(pattern, column=column, at_least=max(pattern.at_least - taken, 0))


def _key_column(parts: FrameSchema, key: str) -> Column:
    """Text; but a column of that name that the parts have stays what it is."""
    own = column_of(parts, key)
    if own is None:
        return _ANYTHING if parts.extra == "allow" else _TEXT
    nullable = parts.nulls_allowed(key) if key in parts.columns else own.nullable
    own = replace(_blind(own), unique=False, nullable=nullable)
    if own.required and key in parts.columns:
        return own
    base = _TEXT if own.type.kind in ("string", "enum") else _ANYTHING
    return replace(base, nullable=own.nullable, severity=own.severity)


def _together(group: tuple[str, ...], keys: Sequence[str]) -> tuple[str, ...]:
    return (*group, *(key for key in keys if key not in group))
