"""A dataframe schema as it is meant: frozen values, JSON out and in, a digest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.digest import Digest, digest_json
from wombat.schema.constants import Constant, constant, constant_to_json
from wombat.schema.rules import (
    Custom,
    Drift,
    Rule,
    Severity,
    custom_from_json,
    drift_from_json,
    rule_from_json,
)
from wombat.schema.types import LogicalType, type_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

Extra = Literal["forbid", "drop", "allow"]
Length = tuple[int | None, int | None]

BOUNDS: Final = ("min", "max", "gt", "lt")
TEXTS: Final = ("match", "starts_with", "ends_with", "contains")
CHECKS: Final = (*BOUNDS, "within", "not_in", "equals", *TEXTS, "length")
"""The words of checks, in the order in which they are reported; `within` is the language's `in`."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a value that is there: its word in the language and its argument."""

    name: str
    value: Any

    def __str__(self) -> str:
        if self.name in (*BOUNDS, "equals"):
            return f"{self.name} {constant_to_json(self.value)}"
        return f"{self.name} {self.value.python}" if self.name == "python" else self.name


@dataclass(frozen=True, slots=True)
class Column:
    """What a column must hold. `within` is the language's `in`; lengths count characters, bytes
    or elements.

    `severity: warn` speaks of nulls, uniqueness and values; a wrong type is always an error.
    `default` stands in for an absent column, `fill_null` for each null: both before any check.
    """

    type: LogicalType
    nullable: bool = False
    required: bool = True
    unique: bool = False
    min: Constant | None = None
    max: Constant | None = None
    gt: Constant | None = None
    lt: Constant | None = None
    within: tuple[Constant, ...] | None = None
    not_in: tuple[Constant, ...] | None = None
    equals: Constant | None = None
    match: str | None = None
    starts_with: str | None = None
    ends_with: str | None = None
    contains: str | None = None
    length: Length | None = None
    custom: tuple[Custom, ...] = ()
    default: Constant | None = None
    fill_null: Constant | None = None
    severity: Severity = "error"
    pii: bool = False
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    _known: tuple[Check, ...] | None = field(default=None, init=False, repr=False, compare=False)

    def checks(self) -> tuple[Check, ...]:
        """Those of the language in a fixed order; an enumeration's members are a check too.

        Code of one's own stands in `custom` and isn't among them.
        """
        if self._known is None:  # asked for again and again, and never another
            object.__setattr__(self, "_known", self._checks())
        return self._known or ()

    def _checks(self) -> tuple[Check, ...]:
        found = [Check("enum", self.type.of)] if self.type.kind == "enum" else []
        for name, value in zip(CHECKS, _check_values(self), strict=True):
            if value is not None:
                found.append(Check("in" if name == "within" else name, value))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Without what holds its default."""
        tree: dict[str, Any] = {"type": self.type.to_json()}
        for name, default in _COLUMN_DEFAULTS.items():
            value = getattr(self, name)
            if value != default:
                tree[name] = value
        for name in _CONSTANTS:
            if getattr(self, name) is not None:
                tree[name] = constant_to_json(getattr(self, name))
        for name, word in _LISTS.items():
            if getattr(self, name) is not None:
                tree[word] = [constant_to_json(value) for value in getattr(self, name)]
        if self.length is not None:
            tree["length"] = list(self.length)
        if self.custom:
            tree["checks"] = [one.to_json() for one in self.custom]
        return tree | ({"tags": list(self.tags)} if self.tags else {})


_check_values: Final = attrgetter(*CHECKS)
_COLUMN_DEFAULTS: Final[dict[str, Any]] = {
    "nullable": False,
    "required": True,
    "unique": False,
    **dict.fromkeys(TEXTS),
    "severity": "error",
    "pii": False,
    "title": None,
    "description": None,
}
_CONSTANTS: Final = (*BOUNDS, "equals", "default", "fill_null")
_LISTS: Final = {"within": "in", "not_in": "not_in"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Columns whose whole name matches: each holds what `column` says, and there are `at_least` so
    many. Columns that the schema names itself belong to no pattern."""

    match: str
    column: Column
    at_least: int = 0

    def to_json(self) -> dict[str, Any]:
        """The column's own words, and `match` for the name's."""
        tree = self.column.to_json() | {"match": self.match}
        return tree | ({"at_least": self.at_least} if self.at_least else {})


def pattern_from_json(tree: Any) -> Pattern:
    """The inverse of `Pattern.to_json`."""
    rest = {word: value for word, value in tree.items() if word not in ("match", "at_least")}
    return Pattern(tree["match"], column_from_json(rest), tree.get("at_least", 0))


@dataclass(frozen=True, slots=True)
class FrameSchema:
    """A frame's columns and what holds between its rows.

    `extra` None means the default of the side: forbid where a frame is made, drop where it is
    taken. `ordered`: the columns stand in this order, none between them. `rows` are the least and
    the greatest number of rows. `policies` are layers as written, by profile, without what changes
    the schema itself: that is in `variants`, whole schemas by profile. `python` names the pandera
    class that it was imported from, `source` the digest of that class's code.
    """

    name: str
    columns: dict[str, Column]
    version: str | None = None
    title: str | None = None
    description: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    extra: Extra | None = None
    ordered: bool = False
    rows: Length | None = None
    patterns: tuple[Pattern, ...] = ()
    rules: tuple[Rule, ...] = ()
    drift: tuple[Drift, ...] = ()
    python: str | None = None
    source: str | None = None
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    variants: dict[str, FrameSchema] = field(default_factory=dict)
    allow_divergence: str | None = None

    def in_profile(self, profile: str) -> FrameSchema:
        """What holds in a profile: the schema itself where no policy changes its columns."""
        return self.variants.get(profile, self)

    def nulls_allowed(self, name: str) -> bool:
        """Key columns never hold nulls."""
        return self.columns[name].nullable and name not in self.key

    def unique_sets(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every set of columns whose values stand once, each once, with the word that says so."""
        keys = [("key", self.key)] if self.key else []
        groups = [("unique", group) for group in self.unique]
        single = [("unique", (name,)) for name, column in self.columns.items() if column.unique]
        found: dict[frozenset[str], tuple[str, tuple[str, ...]]] = {}
        for word, names in (*keys, *groups, *single):
            found.setdefault(frozenset(names), (word, names))
        return tuple(found.values())

    def severity_of(self, names: tuple[str, ...]) -> Severity:
        """Of a check over several columns: it warns where all of them do."""
        found = {self.columns[name].severity for name in names}
        return "warn" if found == {"warn"} else "error"

    def to_json(self) -> dict[str, Any]:
        """The inverse of `schema_from_json`; without what holds its default."""
        tree = self._own_json()
        if self.variants:
            tree["variants"] = {name: one.to_json() for name, one in self.variants.items()}
        # JSON objects have no order that lasts, columns do
        return tree | {"order": list(self.columns)}

    def _own_json(self) -> dict[str, Any]:
        """Without variants: there may be many, each with all columns."""
        columns = {name: column.to_json() for name, column in self.columns.items()}
        tree: dict[str, Any] = {"schema": self.name, "columns": columns}
        for name in _PLAIN:
            if value := getattr(self, name):
                tree[name] = value
        for name in ("tags", "key", "rows"):
            if getattr(self, name):
                tree[name] = list(getattr(self, name))
        if self.unique:
            tree["unique"] = [list(group) for group in self.unique]
        for name in ("patterns", "rules", "drift"):
            if getattr(self, name):
                tree[name] = [one.to_json() for one in getattr(self, name)]
        return tree

    @property
    def digest(self) -> Digest:
        """Of what is checked: names of people, policies, drift and variants don't count, nor does
        the order of columns where it isn't asked for."""
        tree = self._own_json() | {"order": list(self.columns)}
        for word in _NOT_CHECKED if not self.ordered else _NOT_CHECKED[:-1]:
            tree.pop(word, None)
        for column in (*tree["columns"].values(), *tree.get("patterns", ())):
            for word in ("title", "description", "tags"):
                column.pop(word, None)
        return digest_json(tree)

    def with_columns(self, columns: Mapping[str, Column]) -> FrameSchema:
        return replace(self, columns=dict(columns))


_PLAIN: Final = (
    "version", "title", "description", "owner", "extra", "ordered", "python", "source",
    "policies", "allow_divergence",
)  # fmt: skip
_NOT_CHECKED: Final = (
    "title", "description", "owner", "tags", "policies", "drift", "variants", "allow_divergence",
    "order",
)  # fmt: skip


def schema_from_json(tree: Any) -> FrameSchema:
    """The inverse of `FrameSchema.to_json`; KeyError, TypeError or ValueError where it is none."""
    order = tree.get("order", list(tree["columns"]))
    return FrameSchema(
        name=tree["schema"],
        columns={name: column_from_json(tree["columns"][name]) for name in order},
        tags=tuple(tree.get("tags", ())),
        key=tuple(tree.get("key", ())),
        unique=tuple(tuple(group) for group in tree.get("unique", ())),
        ordered=tree.get("ordered", False),
        rows=(tree["rows"][0], tree["rows"][1]) if "rows" in tree else None,
        patterns=tuple(map(pattern_from_json, tree.get("patterns", ()))),
        rules=tuple(map(rule_from_json, tree.get("rules", ()))),
        drift=tuple(map(drift_from_json, tree.get("drift", ()))),
        policies=dict(tree.get("policies", {})),
        variants={name: schema_from_json(one) for name, one in tree.get("variants", {}).items()},
        **{word: tree.get(word) for word in _PLAIN if word not in ("ordered", "policies")},
    )


def column_from_json(tree: Any) -> Column:
    """The inverse of `Column.to_json`."""
    kind = type_from_json(tree["type"])
    given = {name: tree[name] for name in _COLUMN_DEFAULTS if name in tree}
    values: dict[str, Any] = {n: constant(tree[n], kind) for n in _CONSTANTS if n in tree}
    for name, word in _LISTS.items():
        if word in tree:
            values[name] = tuple(constant(value, kind) for value in tree[word])
    length = (tree["length"][0], tree["length"][1]) if "length" in tree else None
    custom = tuple(map(custom_from_json, tree.get("checks", ())))
    tags = tuple(tree.get("tags", ()))
    return Column(kind, length=length, custom=custom, tags=tags, **given, **values)
