"""A policy as it is written: in a schema, where it may change columns too, and elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from wombat.language.decode import Written
from wombat.language.names import Name
from wombat.language.scalars import Number, Whole, Words, wrong_type
from wombat.language.source import Mapping
from wombat.schema.policy import MAX_CASES


class WrittenSample(Written):
    """How many rows a sampled check looks at."""

    head: Annotated[Whole, Field(ge=0)] | None = None
    random: Annotated[Whole, Field(ge=0)] | None = None
    seed: Whole | None = None


class WrittenPolicy(Written):
    """What a profile changes in the policy before it."""

    check: Literal["none", "types", "sample", "full"] | None = None
    sample: WrittenSample | None = None
    cast: Literal["none", "safe"] | None = None
    on_fail: Literal["error", "warn", "quarantine"] | None = None
    max_failure_rate: Annotated[Number, Field(ge=0, le=1)] | None = None
    max_failure_rows: Annotated[Whole, Field(ge=0)] | None = None
    cases: Annotated[Whole, Field(ge=0, le=MAX_CASES)] | None = None


def _patch(node: Any) -> Any:
    if not isinstance(node, Mapping | dict) or not node:
        raise wrong_type(node, "a mapping of columns and the words that change")
    return node


PATCH = ("extra", "columns")
"""The words of a policy that change the schema itself."""


class PatchWords(Written):
    """What a profile changes in the schema itself."""

    extra: Literal["forbid", "drop", "allow"] | None = None
    columns: Annotated[dict[Words, Any], BeforeValidator(_patch), WithJsonSchema({})] | None = None


class WrittenSchemaPolicy(WrittenPolicy, PatchWords):
    """A policy within a schema."""


class WrittenPolicies(Written):
    """Policies that stand outside a schema: a layer {PROFILE: words}."""

    policies: dict[Name, WrittenPolicy] = Field(default_factory=dict)
