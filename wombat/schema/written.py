"""A schema as it is written in YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from wombat.language.decode import Written
from wombat.language.names import Name
from wombat.language.scalars import Flag, Whole, Words, wrong_type
from wombat.language.source import Mapping
from wombat.schema.types import MAX_PRECISION
from wombat.schema.written_policy import WrittenSchemaPolicy
from wombat.schema.written_rules import WrittenCheck, WrittenDrift, WrittenRows, WrittenRule
from wombat.schema.written_words import (
    FunctionName,
    Kind,
    LengthWord,
    Raw,
    RawList,
    SchemaName,
    SchemaRef,
    SomeText,
    Version,
    is_nothing,
    long_form,
    rejoined,
)


def _node(node: Any) -> Any:
    if is_nothing(node):
        raise wrong_type(node, "members, elements or fields")
    return node


Below = Annotated[Any, BeforeValidator(_node), WithJsonSchema({})]
"""What a type holds; read where the type is known."""


class WrittenElement(Written):
    """What stands in a list or in a field of a struct: a type, its parameters, maybe nulls."""

    type: Kind
    unit: Literal["s", "ms", "us", "ns"] | None = None
    timezone: Words | None = None
    precision: Annotated[Whole, Field(ge=1, le=MAX_PRECISION)] | None = None
    scale: Annotated[Whole, Field(ge=0, le=MAX_PRECISION)] | None = None
    of: Below | None = None
    fields: Below | None = None
    nullable: Flag = False


class WrittenColumn(Written):
    """A column: its type, the type's parameters, and checks."""

    type: Kind
    unit: Literal["s", "ms", "us", "ns"] | None = None
    timezone: Words | None = None
    precision: Annotated[Whole, Field(ge=1, le=MAX_PRECISION)] | None = None
    scale: Annotated[Whole, Field(ge=0, le=MAX_PRECISION)] | None = None
    of: Below | None = None
    fields: Below | None = None
    nullable: Flag = False
    required: Flag = True
    unique: Flag = False
    default: Raw = None
    fill_null: Raw = None
    min: Raw = None
    max: Raw = None
    gt: Raw = None
    lt: Raw = None
    within: RawList | None = Field(None, alias="in")
    not_in: RawList | None = None
    equals: Raw = None
    match: SomeText | None = None
    starts_with: SomeText | None = None
    ends_with: SomeText | None = None
    contains: SomeText | None = None
    length: LengthWord | None = None
    checks: list[WrittenCheck] = Field(default_factory=list)
    severity: Literal["error", "warn"] = "error"
    pii: Flag = False
    title: Words | None = None
    description: Words | None = None
    tags: list[Words] = Field(default_factory=list)


class WrittenPattern(WrittenColumn):
    """Columns by the pattern of their names: `match` is of the name, the rest as of a column."""

    match: SomeText
    at_least: Annotated[Whole, Field(ge=0)] = 0


def _some(node: Any) -> Any:
    if isinstance(node, Mapping) and not node:
        raise wrong_type(node, "at least one column")
    return rejoined(node)


ColumnWord = Annotated[WrittenColumn, BeforeValidator(long_form)]
PatternWord = Annotated[WrittenPattern, BeforeValidator(rejoined)]


class WrittenSchema(Written):
    """One document of a schema file, what it extends put in."""

    name: SchemaName = Field(alias="schema")
    version: Version | None = None
    title: Words | None = None
    description: Words | None = None
    owner: Words | None = None
    tags: list[Words] = Field(default_factory=list)
    extends: SchemaRef | None = None
    python: FunctionName | None = None
    source: Words | None = None
    extra: Literal["forbid", "drop", "allow"] | None = None
    order: Literal["any", "exact"] = "any"
    key: Annotated[list[Words], Field(min_length=1)] | None = None
    unique: list[Annotated[list[Words], Field(min_length=1)]] = Field(default_factory=list)
    rows: WrittenRows | None = None
    columns: Annotated[dict[Words, ColumnWord], BeforeValidator(_some)] | None = None
    patterns: list[PatternWord] = Field(default_factory=list)
    rules: list[WrittenRule] = Field(default_factory=list)
    drift: list[WrittenDrift] = Field(default_factory=list)
    policies: dict[Name, WrittenSchemaPolicy] = Field(default_factory=dict)
    allow_divergence: SomeText | None = None
