"""The logical types of columns, independent of any library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from wombat.digest import Json

Family = Literal[
    "integer", "float", "bool", "text", "binary", "temporal", "decimal", "nested", "any"
]

INTEGERS: Final[dict[str, tuple[int, int]]] = {
    **{f"int{bits}": (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, (1 << bits) - 1) for bits in (8, 16, 32, 64)},
}
FAMILIES: Final[dict[str, Family]] = {
    **dict.fromkeys(INTEGERS, "integer"),
    "float32": "float",
    "float64": "float",
    "bool": "bool",
    "string": "text",
    "enum": "text",
    "binary": "binary",
    "date": "temporal",
    "time": "temporal",
    "timestamp": "temporal",
    "duration": "temporal",
    "decimal": "decimal",
    "list": "nested",
    "struct": "nested",
    "any": "any",
}
KINDS: Final = tuple(FAMILIES)
UNITS: Final = ("s", "ms", "us", "ns")
PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "timestamp": ("unit", "timezone"),
    "duration": ("unit",),
    "decimal": ("precision", "scale"),
    "enum": ("of",),
    "list": ("of",),
    "struct": ("fields",),
}
NEEDED: Final = {"decimal": "precision", "enum": "of", "list": "of", "struct": "fields"}
"""The parameter without which a kind means nothing."""
MAX_PRECISION: Final = 38


@dataclass(frozen=True, slots=True)
class Element:
    """What stands in a list, or in a field of a struct. Enumerations and `any` can't."""

    type: LogicalType
    nullable: bool = False

    def __str__(self) -> str:
        return f"{self.type}{'?' if self.nullable else ''}"

    def to_json(self) -> Json:
        """A short form where the type has no parameters, else its mapping."""
        tree = self.type.to_json()
        if isinstance(tree, str):
            return f"{tree}?" if self.nullable else tree
        return {**tree, "nullable": True} if self.nullable else tree  # type: ignore[dict-item]  # a mapping by now


@dataclass(frozen=True, slots=True)
class LogicalType:
    """What a column holds. Parameters are set for the kinds in `PARAMETERS` alone.

    `of` are an enumeration's members, `item` a list's elements, `fields` a struct's, in order.
    """

    kind: str
    unit: str | None = None
    timezone: str | None = None
    precision: int | None = None
    scale: int | None = None
    of: tuple[str, ...] = ()
    item: Element | None = None
    fields: tuple[tuple[str, Element], ...] = ()

    @property
    def family(self) -> Family:
        return FAMILIES[self.kind]

    def __str__(self) -> str:
        given = [str(v) for v in (self.unit, self.timezone, self.precision, self.scale) if v]
        if self.kind == "decimal":
            given = [str(self.precision), str(self.scale)]
        if self.kind == "enum":
            given = list(self.of[:5]) + (["…"] if len(self.of) > 5 else [])
        if self.kind == "list":
            given = [str(self.item)]
        if self.kind == "struct":
            given = [f"{name}: {one}" for name, one in self.fields]
        return f"{self.kind}[{', '.join(given)}]" if given else self.kind

    def to_json(self) -> Json:
        """The kind alone where it has no parameters, else a mapping."""
        if self.kind not in PARAMETERS:
            return self.kind
        tree: dict[str, Any] = {"type": self.kind}
        if self.item is not None:
            return {**tree, "of": self.item.to_json()}
        if self.kind == "struct":
            # JSON objects have no order that lasts, fields do
            return {**tree, "fields": [[name, one.to_json()] for name, one in self.fields]}
        for name in PARAMETERS[self.kind]:
            value = getattr(self, name)
            if value is not None:
                tree[name] = list(value) if name == "of" else value
        return tree


_PLAIN: Final = {kind: LogicalType(kind) for kind in KINDS if kind not in PARAMETERS}


def type_from_json(tree: Any) -> LogicalType:
    """The inverse of `LogicalType.to_json`; ValueError where it is none."""
    if isinstance(tree, str):
        if tree in _PLAIN:
            return _PLAIN[tree]
        tree = {"type": tree}
    kind = tree.get("type")
    if kind not in FAMILIES:
        raise ValueError(f"{kind!r} is no logical type")
    if kind == "list":
        return LogicalType(kind, item=element_from_json(tree["of"]))
    if kind == "struct":
        fields = tuple((name, element_from_json(one)) for name, one in tree["fields"])
        return LogicalType(kind, fields=fields)
    given = {name: tree.get(name) for name in PARAMETERS.get(kind, ())}
    if "of" in given:
        given["of"] = tuple(tree.get("of", ()))
    return LogicalType(kind, **given)


def element_from_json(tree: Any) -> Element:
    """The inverse of `Element.to_json`."""
    if isinstance(tree, str):
        return Element(type_from_json(tree.removesuffix("?")), tree.endswith("?"))
    return Element(type_from_json(tree), tree.get("nullable") is True)
