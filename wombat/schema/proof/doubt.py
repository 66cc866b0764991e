"""What a rule of the proof can't rule out, and the frames that are tried to show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.casts import castable, same_storage
from wombat.schema.model import Check
from wombat.schema.proof.budget import spend
from wombat.schema.proof.shape import column_of, stored

if TYPE_CHECKING:
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Cast
    from wombat.schema.rules import Rule
    from wombat.schema.types import LogicalType

_AS_CHECK: Final = {"eq": "equals", "le": "max", "ge": "min", "lt": "lt", "gt": "gt"}


@dataclass(frozen=True, slots=True)
class Trial:
    """A frame to be built: of the columns that the producer names, but those in `without`.

    `cells` are given in the first row, `second` in the second, and `types` where the producer says
    none; further `rows` are equal to the first in the columns `same` and differ in others as far as
    they can. Columns may stand in `reverse`, or `turn` so that the last is the first; `bare` is
    without optional ones, but those that are to be `present`.
    """

    cells: tuple[tuple[str, Any], ...] = ()
    types: tuple[tuple[str, LogicalType], ...] = ()
    without: tuple[str, ...] = ()
    rows: int | None = None
    same: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    second: tuple[tuple[str, Any], ...] = ()
    reverse: bool = False
    turn: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a rule doesn't prove, of which column and check, and what would change it.

    `names` are the columns that a set or a rule is of, `wanted` completes "'x' may be 3; …".
    """

    reason: str
    column: str | None
    check: str
    trials: tuple[Trial, ...] = ()
    advice: str | None = None
    names: tuple[str, ...] = ()
    wanted: str | None = None


@dataclass(frozen=True)
class Pair:
    """Both sides of an edge: `made` as frames of the producer are stored."""

    producer: FrameSchema
    consumer: FrameSchema
    cast: Cast
    made: FrameSchema
    known: dict[str, tuple[Check, ...]] = field(default_factory=dict, compare=False)

    def may_be_null(self, name: str) -> bool:
        """Whether a stored column may hold nulls; those that only warn promise nothing."""
        own, column = column_of(self.producer, name), column_of(self.made, name)
        if own is None or column is None:
            return True
        if own.fill_null is not None:
            return False
        return column.severity == "warn" or (column.nullable and name not in self.producer.key)

    def may_be_absent(self, name: str) -> bool:
        return name not in self.made.columns or not self.made.columns[name].required

    def mistyped(self, name: str) -> bool:
        """Whether a column comes in a type that the consumer doesn't take."""
        made, wanted = column_of(self.made, name), column_of(self.consumer, name)
        if made is None or wanted is None or same_storage(made.type, wanted.type):
            return False
        return self.cast != "safe" or not castable(made.type, wanted.type)

    def never_comes(self, name: str) -> bool:
        return self.made.extra != "allow" and column_of(self.made, name) is None

    def checks_made(self, name: str) -> tuple[Check, ...]:
        """What is sure of each value of a column, its comparisons with constants too."""
        if name not in self.known:
            column = column_of(self.made, name)
            found = column.checks() if column and column.severity == "error" else ()
            self.known[name] = (*found, *_constants(self.made, name)) if self.made.rules else found
        return self.known[name]

    def filled(self, name: str) -> bool:
        """Whether the consumer may put values where there were nulls."""
        wanted = column_of(self.consumer, name)
        return wanted is not None and wanted.fill_null is not None and self.may_be_null(name)

    def added(self, name: str) -> bool:
        """Whether the consumer may add the whole column."""
        wanted = self.consumer.columns.get(name)
        return wanted is not None and wanted.default is not None and self.may_be_absent(name)

    def kept(self, name: str) -> bool:
        """Whether a column that comes is seen as it was stored: the same type, nothing filled."""
        made, wanted = column_of(self.made, name), column_of(self.consumer, name)
        if wanted is None:
            return True
        same = made is not None and (made.type == wanted.type or wanted.type.kind == "any")
        return same and not self.filled(name) and not self.added(name)


def pair_of(producer: FrameSchema, consumer: FrameSchema, cast: Cast) -> Pair:
    """Both sides as the rules look at them."""
    return Pair(producer, consumer, cast, stored(producer))


def _constants(schema: FrameSchema, name: str) -> tuple[Check, ...]:
    spend(len(schema.rules))
    return tuple(
        as_check(rule)
        for rule in schema.rules
        if rule.left == name and rule.value is not None and rule.severity == "error"
    )


def as_check(rule: Rule) -> Check:
    """A comparison with a constant as a check of its column."""
    if rule.operator == "ne":
        return Check("not_in", (rule.value,))
    return Check(_AS_CHECK[rule.operator or "eq"], rule.value)
