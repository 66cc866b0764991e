"""A dataframe schema as it is meant: frozen values, JSON out and in, a digest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.digest import Digest, digest_json
from wombat.schema.constants import Constant, constant, constant_to_json
from wombat.schema.types import LogicalType, type_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["error", "warn"]
Extra = Literal["forbid", "drop", "allow"]
Length = tuple[int | None, int | None]

BOUNDS: Final = ("min", "max", "gt", "lt")


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a value that is there: its word in the language and its argument."""

    name: str
    value: Any

    def __str__(self) -> str:
        if self.name in BOUNDS:
            return f"{self.name} {constant_to_json(self.value)}"
        return self.name


@dataclass(frozen=True, slots=True)
class Column:
    """What a column must hold. `within` is the language's `in`; lengths count characters or bytes.

    `severity: warn` speaks of nulls, uniqueness and values; a wrong type is always an error.
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
    match: str | None = None
    length: Length | None = None
    severity: Severity = "error"
    pii: bool = False
    title: str | None = None
    description: str | None = None

    def checks(self) -> tuple[Check, ...]:
        """In a fixed order; an enumeration's members are a check too."""
        found = [Check("enum", self.type.of)] if self.type.kind == "enum" else []
        for name in (*BOUNDS, "within", "match", "length"):
            value = getattr(self, name)
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
        for name in BOUNDS:
            if getattr(self, name) is not None:
                tree[name] = constant_to_json(getattr(self, name))
        if self.within is not None:
            tree["in"] = [constant_to_json(value) for value in self.within]
        if self.length is not None:
            tree["length"] = list(self.length)
        return tree


_COLUMN_DEFAULTS: Final[dict[str, Any]] = {
    "nullable": False,
    "required": True,
    "unique": False,
    "match": None,
    "severity": "error",
    "pii": False,
    "title": None,
    "description": None,
}


@dataclass(frozen=True, slots=True)
class FrameSchema:
    """A frame's columns and what holds between its rows.

    `extra` None means the default of the side: forbid where a frame is made, drop where it is
    taken. `policies` are layers as written, by profile.
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
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)

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
        columns = {name: column.to_json() for name, column in self.columns.items()}
        tree: dict[str, Any] = {"schema": self.name, "columns": columns}
        for name in ("version", "title", "description", "owner", "extra", "policies"):
            if value := getattr(self, name):
                tree[name] = value
        if self.tags:
            tree["tags"] = list(self.tags)
        if self.key:
            tree["key"] = list(self.key)
        if self.unique:
            tree["unique"] = [list(group) for group in self.unique]
        # JSON objects have no order that lasts, columns do
        return tree | {"order": list(self.columns)}

    @property
    def digest(self) -> Digest:
        """Of what is checked: titles, owners, tags, policies and the columns' order don't count."""
        tree = self.to_json()
        for word in ("title", "description", "owner", "tags", "policies", "order"):
            tree.pop(word, None)
        for column in tree["columns"].values():
            for word in ("title", "description"):
                column.pop(word, None)
        return digest_json(tree)

    def with_columns(self, columns: Mapping[str, Column]) -> FrameSchema:
        return replace(self, columns=dict(columns))


def schema_from_json(tree: Any) -> FrameSchema:
    """The inverse of `FrameSchema.to_json`; KeyError, TypeError or ValueError where it is none."""
    order = tree.get("order", list(tree["columns"]))
    return FrameSchema(
        name=tree["schema"],
        columns={name: column_from_json(tree["columns"][name]) for name in order},
        tags=tuple(tree.get("tags", ())),
        key=tuple(tree.get("key", ())),
        unique=tuple(tuple(group) for group in tree.get("unique", ())),
        policies=dict(tree.get("policies", {})),
        **{w: tree.get(w) for w in ("version", "title", "description", "owner", "extra")},
    )


def column_from_json(tree: Any) -> Column:
    """The inverse of `Column.to_json`."""
    kind = type_from_json(tree["type"])
    given = {name: tree[name] for name in _COLUMN_DEFAULTS if name in tree}
    bounds: dict[str, Any] = {n: constant(tree[n], kind) for n in BOUNDS if n in tree}
    within = tuple(constant(value, kind) for value in tree["in"]) if "in" in tree else None
    length = (tree["length"][0], tree["length"][1]) if "length" in tree else None
    return Column(kind, within=within, length=length, **given, **bounds)
