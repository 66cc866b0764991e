"""What a schema says beyond single columns: rules, patterns of names, code of one's own, drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wombat.schema.constants import constant, constant_to_json
from wombat.schema.types import type_from_json

if TYPE_CHECKING:
    from wombat.digest import Digest
    from wombat.schema.constants import Constant
    from wombat.schema.types import LogicalType

Severity = Literal["error", "warn"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Measure = Literal["psi", "null_rate", "mean", "rows"]


@dataclass(frozen=True, slots=True)
class Custom:
    """A check in the user's own code, `module:function`, with keyword arguments by name.

    `digest` is of its source, filled in where the checkout is known; code that has one digest is
    one check. A column's function takes a series and returns a truth value a row; a rule's takes
    the frame; both in the library of the task's annotation.
    """

    python: str
    args: tuple[tuple[str, Any], ...] = ()
    digest: Digest | None = None

    def to_json(self) -> dict[str, Any]:
        tree: dict[str, Any] = {"python": self.python}
        if self.args:
            tree["args"] = dict(self.args)
        return tree | ({"digest": self.digest} if self.digest else {})


def custom_from_json(tree: Any) -> Custom:
    """The inverse of `Custom.to_json`."""
    args = tuple(sorted(tree.get("args", {}).items()))
    return Custom(tree["python"], args, tree.get("digest"))


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds in every row: `left` compared with a column or a constant, or code of one's own.

    A comparison holds where either side is null, and where a column that may be absent is.
    `type` is the type of `value`: that of the column `left`.
    """

    name: str
    left: str | None = None
    operator: Operator | None = None
    right: str | None = None
    value: Constant | None = None
    type: LogicalType | None = None
    custom: Custom | None = None
    severity: Severity = "error"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it compares; empty for code, which takes the whole frame."""
        return tuple(name for name in (self.left, self.right) if name is not None)

    def to_json(self) -> dict[str, Any]:
        tree: dict[str, Any] = {"name": self.name}
        if self.custom is not None:
            tree |= self.custom.to_json()
        elif self.type is not None and self.value is not None:
            value = {"value": constant_to_json(self.value), "type": self.type.to_json()}
            tree["compare"] = [self.left, self.operator, value]
        else:
            tree["compare"] = [self.left, self.operator, self.right]
        return tree | ({"severity": "warn"} if self.severity == "warn" else {})


def rule_from_json(tree: Any) -> Rule:
    """The inverse of `Rule.to_json`."""
    severity: Severity = tree.get("severity", "error")
    if "python" in tree:
        return Rule(tree["name"], custom=custom_from_json(tree), severity=severity)
    left, operator, right = tree["compare"]
    if isinstance(right, str):
        return Rule(tree["name"], left, operator, right, severity=severity)
    kind = type_from_json(right["type"])
    value = constant(right["value"], kind)
    return Rule(tree["name"], left, operator, None, value, kind, severity=severity)


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a frame's statistics may lie from those of an earlier version.

    `psi`, `null_rate` and `mean` bound a column's change (mean: as a share of the earlier one's
    standard deviation); `rows` bounds the ratio of row counts, as least and greatest. `against` is
    `previous` (what the branch's ref holds) or a ref.
    """

    measure: Measure
    column: str | None
    limit: float | tuple[float, float]
    against: str = "previous"
    severity: Severity = "error"

    def to_json(self) -> dict[str, Any]:
        tree: dict[str, Any] = {} if self.column is None else {"column": self.column}
        tree[self.measure] = list(self.limit) if isinstance(self.limit, tuple) else self.limit
        if self.against != "previous":
            tree["against"] = self.against
        return tree | ({"severity": "warn"} if self.severity == "warn" else {})


def drift_from_json(tree: Any) -> Drift:
    """The inverse of `Drift.to_json`."""
    measure: Measure = next(word for word in ("psi", "null_rate", "mean", "rows") if word in tree)
    limit = tree[measure]
    return Drift(
        measure,
        tree.get("column"),
        tuple(limit) if isinstance(limit, list) else limit,
        tree.get("against", "previous"),
        tree.get("severity", "error"),
    )
