"""What a pandera schema of ours says beside its words: in metadata, and in our own checks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.data.pandera.words import is_own
from wombat.schema.rules import Custom
from wombat.schema.types import Element, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.schema.model import Pattern
    from wombat.schema.rules import Rule


def kept(metadata: Any) -> dict[str, Any]:
    """The words that we put beside a pandera schema."""
    found = (metadata or {}).get("wombat", {})
    return found if isinstance(found, dict) else {}


def present(checks: Iterable[Any]) -> bool:
    """Whether a check of ours says that no value is null."""
    return any(is_own(one) and one.statistics.get("null") is False for one in checks)


def severity_of(check: Any) -> Any:
    """The severity of a check."""
    return "warn" if check.raise_warning else "error"


def code_of(check: Any) -> Custom:
    """The code that a check of ours runs."""
    said = check.statistics["python"]
    return Custom(said["python"], tuple(sorted(said["args"].items())))


def as_said(kind: LogicalType, checks: Iterable[Any]) -> LogicalType:
    """The type where a check of ours says it: objects of pandas, units, nulls inside."""
    for check in checks:
        if is_own(check) and "type" in check.statistics:
            return _object_type(check.statistics["type"], kind)
        if is_own(check) and "inside" in check.statistics:
            return _inside(kind, check.statistics["inside"])
    return kind


def _object_type(said: str, kind: LogicalType) -> LogicalType:
    if found := re.fullmatch(r"decimal\[(\d+), (\d+)\]", said):
        return LogicalType("decimal", precision=int(found[1]), scale=int(found[2]))
    if found := re.fullmatch(r"(datetime|timedelta)64\[(\w+)\]", said):
        return LogicalType({"datetime": "timestamp"}.get(found[1], "duration"), unit=found[2])
    return LogicalType({"bytes": "binary", "time": "time"}.get(said, kind.kind))


def _inside(kind: LogicalType, inside: Any) -> LogicalType:
    """The nested type, with elements nullable as written."""
    if inside is None:
        return kind
    if kind.item is not None:
        _, nullable, below = inside
        item = Element(_inside(kind.item.type, below), nullable=nullable)
        return LogicalType("list", item=item)
    fields = tuple(
        (name, Element(_inside(one.type, inside[name][1]), nullable=inside[name][0]))
        for name, one in kind.fields
    )
    return LogicalType("struct", fields=fields)


def counted(pattern: Pattern, at_least: dict[str, int]) -> Pattern:
    """A pattern with how many columns it asks for."""
    return replace(pattern, at_least=at_least.get(pattern.match, pattern.at_least))


def rule_name(label: str, rules: list[Rule]) -> str:
    """A name for a rule, out of a check's, that none of the rules has."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    plain = plain if plain[:1].isalpha() else f"check_{plain}".rstrip("_")
    taken, number = {one.name for one in rules}, 2
    name = plain
    while name in taken:
        name, number = f"{plain}_{number}", number + 1
    return name
