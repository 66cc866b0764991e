"""What pandera can say comes back the same: model, pandera, model; model, Arrow, model."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pandera.whole import whole_schemas
from wombat.data.arrow_schema import arrow_of_schema, schema_of_arrow
from wombat.data.pandera import described, to_pandera
from wombat.data.pandera.reading import from_pandera
from wombat.schema.model import Column, FrameSchema

ROUNDS = 3000 if os.environ.get("WOMBAT_SOAK") else 60
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def said(schema: FrameSchema) -> FrameSchema:
    """Without what pandera has no place for; what isn't said means what it means of an output."""
    columns = {
        name: replace(column, default=None, fill_null=None)
        for name, column in schema.columns.items()
    }
    return replace(
        schema, columns=columns, extra=schema.extra or "forbid", drift=(), policies={}, variants={}
    )


@pytest.mark.slow
@settings(max_examples=ROUNDS, **QUIET)
@given(whole_schemas(), st.sampled_from(["pandas", "polars"]))
def test_pandera_gives_back_what_it_got(schema, library):
    if described(schema, library).losses:
        return
    back = from_pandera(to_pandera(schema, library), schema.name)
    assert back.schema == said(schema)
    assert back.losses == []


@pytest.mark.slow
@settings(max_examples=ROUNDS, **QUIET)
@given(whole_schemas())
def test_arrow_gives_back_types_nullability_and_order(schema):
    arrow, _ = arrow_of_schema(schema)
    back, losses = schema_of_arrow(arrow, schema.name)
    assert list(back.columns) == [n for n, c in schema.columns.items() if c.type.kind != "any"]
    for name, column in back.columns.items():
        wanted = schema.columns[name].type
        kind = "string" if wanted.kind == "enum" else wanted.kind
        assert (column.type == wanted) or (column.type.kind == kind == "string")
        assert column == Column(column.type, nullable=schema.nulls_allowed(name))
    assert losses == []
    assert arrow_of_schema(back) == (arrow, [])
