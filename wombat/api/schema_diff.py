"""Two schemas held against each other: what changed, and what that means for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.api.evolution import compare
from wombat.schema.spelled import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.schema.model import FrameSchema
    from wombat.schema.proof.evolution import Evolution
    from wombat.schema.proof.verdict import Verdict

_PEOPLE = ("schema", "version", "title", "description", "owner", "tags", "source")


@dataclass(frozen=True)
class Change:
    """One place of a schema: `before` or `after` is None where it isn't there."""

    where: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """What changed, and both directions of the proof."""

    changes: tuple[Change, ...]
    evolution: Evolution
    tree: dict[str, Any] = field(default_factory=dict)

    @property
    def safe(self) -> bool:
        """Whether who takes the old one may take the new one."""
        return self.evolution.consumers_safe.kind == "proven"


def diff_schemas(old: FrameSchema, new: FrameSchema) -> Difference:
    """What the second says otherwise than the first."""
    changes = tuple(_changes(spelled(old), spelled(new)))
    evolution = compare(old, new)
    tree = {
        "changes": [{"where": c.where, "before": c.before, "after": c.after} for c in changes],
        "consumers_safe": _verdict(evolution.consumers_safe),
        "old_data_readable": _verdict(evolution.old_data_readable),
    }
    return Difference(changes, evolution, tree)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "reason": verdict.reason,
        "column": verdict.column,
        "check": verdict.check,
        "witness": [list(row) for row in verdict.witness],
        "suggestion": verdict.suggestion,
    }


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for word in dict.fromkeys((*old, *new)):
        if word in _PEOPLE or word == "columns":
            continue
        if old.get(word) != new.get(word):
            yield Change(word, old.get(word), new.get(word))
    before, after = old["columns"], new["columns"]
    for name in dict.fromkeys((*before, *after)):
        yield from _column(name, _long(before.get(name)), _long(after.get(name)))


def _long(column: Any) -> dict[str, Any] | None:
    if isinstance(column, str):
        plain = {"type": column.removesuffix("?")}
        return {**plain, "nullable": True} if column.endswith("?") else plain
    return None if column is None else dict(column)


def _column(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(f"columns.{name}", old, new)
        return
    for word in dict.fromkeys((*old, *new)):
        if old.get(word) != new.get(word) and word not in _PEOPLE:
            yield Change(f"columns.{name}.{word}", old.get(word), new.get(word))
