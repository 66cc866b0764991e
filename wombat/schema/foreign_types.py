"""Types in the notation of other tools: recognised, and said in ours."""

from __future__ import annotations

import re
from typing import Final

from wombat.language.near import near
from wombat.schema.types import KINDS, NEEDED

_USUAL: Final = {
    "int": "int64", "integer": "int64", "long": "int64", "bigint": "int64", "smallint": "int16",
    "tinyint": "int8", "byte": "int8", "short": "int16", "number": "float64", "float": "float64",
    "double": "float64", "real": "float32", "half": "float32", "str": "string", "text": "string",
    "varchar": "string", "char": "string", "utf8": "string", "large_string": "string",
    "uuid": "string", "boolean": "bool", "datetime": "timestamp", "timestamptz": "timestamp",
    "timedelta": "duration", "interval": "duration", "bytes": "binary", "bytea": "binary",
    "blob": "binary", "numeric": "decimal", "decimal128": "decimal", "category": "enum",
    "categorical": "enum", "array": "list", "object": "any", "record": "struct",
}  # fmt: skip
_UNIT: Final = {"timestamp": "timestamp", "datetime64": "timestamp", "datetime": "timestamp",
                "timedelta64": "duration", "duration": "duration"}  # fmt: skip
_NEEDS: Final = {
    "decimal": "precision: 12, scale: 2",
    "enum": "of: [a, b]",
    "list": "of: string",
    "struct": "fields: {a: string}",
}
_DIGITS: Final = re.compile(r"(decimal\w*|numeric)[(\[](\d+)(?:, ?(\d+))?[)\]]")
_SIZED: Final = re.compile(r"(?:var)?char\((\d+)\)|(?:string|str|text)[(\[](\d+)[)\]]")
_IN_UNITS: Final = re.compile(r"(\w+)\[(s|ms|us|ns)(?:, ?([^\]]+))?\]")
_LISTED: Final = re.compile(r"(?:list|array)[<\[(](.+)[>\])]|(.+)\[\]")
_OPTIONAL: Final = re.compile(
    r"optional\[(.+)\]|(.+?) *\| *none|none *\| *(.+)|union\[(.+), *none\]|(\w+) +\?"
)
_BRACKETS: Final = re.compile(r"(struct|record|enum|map|dict)[<\[({].*")


def needed(kind: str) -> str:
    """The hint for a type that stands without the parameter it needs."""
    return f"write {{type: {kind}, {_NEEDS[kind]}}}"


def meant_type(text: str) -> str | None:
    """A hint for a type that we don't have: the right form, or a name that is near."""
    lower = text.lower()
    if (inner := _OPTIONAL.fullmatch(lower)) is not None:
        plain = next(one for one in inner.groups() if one).strip()
        name = _USUAL.get(plain, plain)
        return f"write {name}?" if name in KINDS and name not in NEEDED else meant_type(plain)
    if found := _form(lower, text):
        return f"write {found}"
    plain = lower.removesuffix("?")
    if plain in ("map", "dict", "json"):
        return "a struct has named fields: {type: struct, fields: {a: string}}"
    name = plain if plain in KINDS else _USUAL.get(plain)
    if name is None:
        return near(text, KINDS)
    return needed(name) if name in NEEDED else f"did you mean '{name}'?"


def _form(lower: str, text: str) -> str | None:
    """The mapping that a type with brackets stands for."""
    if found := _DIGITS.fullmatch(lower):
        return f"{{type: decimal, precision: {found[2]}, scale: {found[3] or 0}}}"
    if found := _SIZED.fullmatch(lower):
        return f"{{type: string, length: [0, {found[1] or found[2]}]}}"
    if (found := _IN_UNITS.fullmatch(lower)) and found[1] in _UNIT:
        zone = f", timezone: {text[found.start(3) : found.end(3)]}" if found[3] else ""
        return f"{{type: {_UNIT[found[1]]}, unit: {found[2]}{zone}}}"
    if found := _LISTED.fullmatch(lower):
        inner = found[1] or found[2]
        below = _form(inner, inner) or _USUAL.get(inner, inner)
        return f"{{type: list, of: {below}}}"
    if found := _BRACKETS.fullmatch(lower):
        return needed("enum" if found[1] == "enum" else "struct").removeprefix("write ")
    return None
