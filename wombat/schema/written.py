"""A schema as it is written in YAML."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from wombat.language.decode import Written
from wombat.language.names import SCHEMA_NAME, Name
from wombat.language.near import listed, near
from wombat.language.scalars import Flag, Text, Whole, Words, mistake, resolve, shown, wrong_type
from wombat.language.source import Mapping, Scalar, Sequence
from wombat.schema.policy import MAX_CASES
from wombat.schema.types import KINDS, MAX_PRECISION

LATER: Final = {
    "extends": "a schema that extends another",
    "python": "a pandera class",
    "rules": "rules between columns",
    "patterns": "patterns of column names",
    "drift": "drift against the version before",
    "rows": "bounds on the number of rows",
    "order": "the order of columns",
    "quarantine": "quarantine",
    "cast": "casts",
}


def _schema_name(node: Any) -> Any:
    import re

    text = str(node)
    if not isinstance(node, str) or not re.fullmatch(SCHEMA_NAME, text):
        raise mistake(
            "invalid-name",
            f"{shown(node)} is no schema's name; expected lower-case words joined by dots",
            "for example shop.orders",
        )
    return text


def _kind(node: Any) -> Any:
    if not isinstance(node, str):
        raise wrong_type(node, "a type")
    text = str(node)
    if text.endswith("?") and text[:-1] in KINDS:
        raise mistake(
            "unknown-type",
            f"'{text}' is the short form; expected the type alone",
            f"write {{type: {text[:-1]}, nullable: true}}",
        )
    if text not in KINDS:
        raise unknown_type(text)
    return text


def unknown_type(text: str) -> Exception:
    later = "lists and structs are not available yet" if text in ("list", "struct") else None
    usual = {"int": "int64", "float": "float64", "str": "string", "datetime": "timestamp"}
    hint = f"did you mean '{usual[text]}'?" if text in usual else near(text, KINDS)
    return mistake(
        "unknown-type", f"unknown type '{text}'; expected {listed(KINDS)}", later or hint
    )


def _column(node: Any) -> Any:
    """The short form `TYPE?` as the mapping that it stands for."""
    if not isinstance(node, Scalar):
        return node
    text = str(node).removesuffix("?")
    if text not in KINDS:
        raise unknown_type(text)
    if text in ("decimal", "enum"):
        needs = {"decimal": "precision: 12, scale: 2", "enum": "of: [a, b]"}[text]
        raise mistake(
            "type-parameters",
            f"'{text}' needs parameters; expected a mapping",
            f"write {{type: {text}, {needs}}}",
        )
    return {"type": text, "nullable": str(node).endswith("?")}


def _length(node: Any) -> Any:
    ends = list(node) if isinstance(node, Sequence | list) else [node, node]
    found = [resolve(end) if isinstance(end, Scalar) else end for end in ends]
    whole = [end for end in found if end is not None]
    if (
        len(found) != 2
        or not whole
        or any(type(end) is not int or end < 0 for end in whole)
        or whole != sorted(whole)
    ):
        raise mistake(
            "invalid-length",
            f"{shown(node)} is no length; expected a whole number, or [least, most]",
            "without a limit: [1, null]",
        )
    return found[0], found[1]


def _raw(node: Any) -> Any:
    if isinstance(node, Mapping | Sequence):
        raise wrong_type(node, "a constant of the column's type")
    return node


def _raw_list(node: Any) -> Any:
    if not isinstance(node, Sequence | list) or not node:
        raise wrong_type(node, "a list of constants of the column's type, not empty")
    return [_raw(item) for item in node]


_CONSTANT: Final = {"type": ["string", "number", "boolean"]}
SchemaName = Annotated[
    str,
    BeforeValidator(_schema_name),
    WithJsonSchema({"type": "string", "pattern": f"^{SCHEMA_NAME}$"}),
]
Kind = Annotated[
    str, BeforeValidator(_kind), WithJsonSchema({"type": "string", "enum": list(KINDS)})
]
Raw = Annotated[Any, BeforeValidator(_raw), WithJsonSchema(_CONSTANT)]
RawList = Annotated[
    list[Any],
    BeforeValidator(_raw_list),
    WithJsonSchema({"type": "array", "minItems": 1, "items": _CONSTANT}),
]
LengthWord = Annotated[
    tuple[int | None, int | None],
    BeforeValidator(_length),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": ["integer", "null"], "minimum": 0},
                },
            ]
        }
    ),
]


class WrittenColumn(Written):
    """A column: its type, the type's parameters, and checks."""

    type: Kind
    unit: Literal["s", "ms", "us", "ns"] | None = None
    timezone: Words | None = None
    precision: Annotated[Whole, Field(ge=1, le=MAX_PRECISION)] | None = None
    scale: Annotated[Whole, Field(ge=0, le=MAX_PRECISION)] | None = None
    of: Annotated[list[Words], Field(min_length=1)] | None = None
    nullable: Flag = False
    required: Flag = True
    unique: Flag = False
    min: Raw = None
    max: Raw = None
    gt: Raw = None
    lt: Raw = None
    within: RawList | None = Field(None, alias="in")
    match: Words | None = None
    length: LengthWord | None = None
    severity: Literal["error", "warn"] = "error"
    pii: Flag = False
    title: Words | None = None
    description: Words | None = None


class WrittenSample(Written):
    """How many rows a sampled check looks at."""

    head: Annotated[Whole, Field(ge=0)] | None = None
    random: Annotated[Whole, Field(ge=0)] | None = None
    seed: Whole | None = None


class WrittenPolicy(Written):
    """What a profile changes in the policy before it."""

    check: Literal["none", "types", "sample", "full"] | None = None
    sample: WrittenSample | None = None
    on_fail: Literal["error", "warn"] | None = None
    cases: Annotated[Whole, Field(ge=0, le=MAX_CASES)] | None = None


SHORT_COLUMN: Final = {
    "type": "string",
    "pattern": "^(" + "|".join(k for k in KINDS if k not in ("decimal", "enum")) + r")\??$",
}
ColumnWord = Annotated[WrittenColumn, BeforeValidator(_column)]


class WrittenSchema(Written):
    """One document of a schema file."""

    name: SchemaName = Field(alias="schema")
    version: Annotated[Text, Field(pattern=r"^\d+\.\d+$")] | None = None
    title: Words | None = None
    description: Words | None = None
    owner: Words | None = None
    tags: list[Words] = Field(default_factory=list)
    extra: Literal["forbid", "drop", "allow"] | None = None
    key: Annotated[list[Words], Field(min_length=1)] | None = None
    unique: list[Annotated[list[Words], Field(min_length=1)]] = Field(default_factory=list)
    columns: Annotated[dict[Words, ColumnWord], Field(min_length=1)]
    policies: dict[Name, WrittenPolicy] = Field(default_factory=dict)


class WrittenPolicies(Written):
    """Policies that stand outside a schema: a layer {PROFILE: words}."""

    policies: dict[Name, WrittenPolicy] = Field(default_factory=dict)
