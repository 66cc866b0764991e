"""A written type as it is meant: its parameters, and what stands in lists and structs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.language.decode import decode
from wombat.language.scalars import resolve, shown
from wombat.language.source import Document, Mapping, Scalar, Sequence
from wombat.schema.foreign_types import meant_type, needed
from wombat.schema.types import (
    KINDS,
    MAX_PRECISION,
    NEEDED,
    PARAMETERS,
    Element,
    LogicalType,
    type_from_json,
)
from wombat.schema.written import WrittenElement
from wombat.schema.written_words import is_nothing, rejoined
from wombat.schema.zones import canonical_zone, wrong_zone

if TYPE_CHECKING:
    from wombat.schema.spot import Spot
    from wombat.schema.written import WrittenColumn

_WORDS: Final = ("unit", "timezone", "precision", "scale", "of", "fields")
_BARRED: Final = {
    "enum": "list the members in a rule or a column of its own; here it is a string",
    "any": "say the type that is there",
}


def logical_type(written: WrittenColumn | WrittenElement, spot: Spot) -> LogicalType | None:
    """The type that a mapping at `spot` says, or None with every mistake told."""
    kind, allowed = written.type, PARAMETERS.get(written.type, ())
    wrong = False
    for word in _WORDS:
        if getattr(written, word) is not None and word not in allowed:
            wrong = True
            said = f"'{word}' is no parameter of {kind}"
            expected = f"; expected {' and '.join(allowed)}" if allowed else "; it has none"
            spot.error("type-parameters", said + expected, word)
    lacking = NEEDED.get(kind)
    if lacking and getattr(written, lacking) is None:
        wrong = True
        spot.error("type-parameters", f"{kind} needs '{lacking}'", "type", hint=needed(kind))
    if wrong or not _fits(written, spot):
        return None
    return _made(written, spot)


def _fits(written: WrittenColumn | WrittenElement, spot: Spot) -> bool:
    scale, precision = written.scale or 0, written.precision or MAX_PRECISION
    if written.type == "decimal" and scale > precision:
        spot.error("type-parameters", f"scale {scale} exceeds precision {precision}", "scale")
        return False
    fault = wrong_zone(written.timezone) if written.timezone is not None else None
    if fault:
        spot.error("type-parameters", fault[0], "timezone", hint=fault[1])
    return fault is None


def _made(written: WrittenColumn | WrittenElement, spot: Spot) -> LogicalType | None:
    kind = written.type
    if kind in ("timestamp", "duration"):
        zone = canonical_zone(written.timezone)
        return LogicalType(kind, unit=written.unit or "us", timezone=zone)
    if kind == "decimal":
        return LogicalType(kind, precision=written.precision, scale=written.scale or 0)
    if kind == "enum":
        members = _members(written.of, spot)
        return None if members is None else LogicalType(kind, of=members)
    if kind == "list":
        item = _element(written.of, spot.below("of"), "a list")
        return None if item is None else LogicalType(kind, item=item)
    if kind == "struct":
        fields = _fields(written.fields, spot.below("fields"))
        return None if fields is None else LogicalType(kind, fields=fields)
    return type_from_json(kind)


def _members(node: Any, spot: Spot) -> tuple[str, ...] | None:
    if not isinstance(node, Sequence | list) or not node:
        said = f"{shown(node)} stands here; expected a list of members"
        spot.error("wrong-type", said, "of", hint="for example of: [new, paid]")
        return None
    found: dict[str, None] = {}
    for number, one in enumerate(node):
        if not isinstance(one, str) or is_nothing(one):
            spot.error("wrong-type", f"{shown(one)} stands here; expected text", "of", number)
            return None
        if str(one) in found:
            said = f"member '{one}' stands twice; expected each once"
            spot.error("type-parameters", said, "of", number)
            return None
        found[str(one)] = None
    return tuple(found)


def _element(node: Any, spot: Spot, inside: str) -> Element | None:
    if isinstance(node, Mapping):
        return _long(node, spot, inside)
    if not isinstance(node, Scalar) or not isinstance(resolve(node), str):
        said = f"{shown(node)} stands here; expected a type, like int64 or {{type: decimal, …}}"
        hint = "one type for all elements: of: string" if isinstance(node, Sequence) else None
        spot.error("wrong-type", said, hint=hint)
        return None
    text = str(node).removesuffix("?")
    if text not in KINDS:
        said = f"unknown type '{node}'; expected {', '.join(KINDS)}"
        spot.error("unknown-type", said, hint=meant_type(str(node)))
        return None
    if text in _BARRED:
        _barred(text, spot, inside)
        return None
    if text in NEEDED:
        said = f"'{text}' needs parameters; expected a mapping"
        spot.error("type-parameters", said, hint=needed(text))
        return None
    return Element(_plain(text), str(node).endswith("?"))


def _plain(kind: str) -> LogicalType:
    return LogicalType(kind, unit="us" if "unit" in PARAMETERS.get(kind, ()) else None)


def _barred(kind: str, spot: Spot, inside: str, *steps: str) -> None:
    said = f"'{kind}' can't stand in {inside}; expected a type without checks of its own"
    spot.error("type-parameters", said, *steps, hint=_BARRED[kind])


def _long(node: Mapping, spot: Spot, inside: str) -> Element | None:
    document = Document(spot.place().path, rejoined(node))
    written = decode(document, WrittenElement, spot.sink)
    if written is None:
        return None
    if written.type in _BARRED:
        _barred(written.type, spot, inside, "type")
        return None
    kind = logical_type(written, spot)
    return None if kind is None else Element(kind, written.nullable)


def _fields(node: Any, spot: Spot) -> tuple[tuple[str, Element], ...] | None:
    node = rejoined(node)
    if not isinstance(node, Mapping) or not node:
        said = f"{shown(node)} stands here; expected the fields by name, each with its type"
        spot.error("wrong-type", said, hint="for example fields: {street: string, zip: string?}")
        return None
    found = []
    for name, below in node.items():
        if not name:
            spot.error("wrong-type", "a field has no name; expected some text", name)
            return None
        found.append((str(name), _element(below, spot.below(str(name)), "a struct")))
    good = tuple((name, one) for name, one in found if one is not None)
    return good if len(good) == len(found) else None
