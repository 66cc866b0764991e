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
from wombat.data.pandera.yaml import read_yaml, to_yaml
from wombat.schema.model import CHECKS, Column, FrameSchema, schema_from_json

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
@given(whole_schemas(), st.sampled_from(["pandas", "polars"]))
def test_yaml_gives_back_all_that_it_doesn_t_name(schema, library):
    """Types and checks, whatever constants they have."""
    text, losses = to_yaml(schema, library)
    named = {one.partition(" (")[0] for one in losses}
    back = read_yaml(text, "s.yml").schema
    assert list(back.columns) == list(schema.columns)
    for name, column in schema.columns.items():
        came = back.columns[name]
        if f"columns.{name}.type" not in named:
            assert came.type == column.type
        for check in CHECKS:
            word = "in" if check == "within" else check
            mine, theirs = getattr(column, check), getattr(came, check)
            if mine is not None and f"columns.{name}.{word}" not in named:
                assert theirs == mine or word in ("match", "contains"), (name, word)
            assert mine is not None or theirs is None or word == "match"


CONSTANTS = {
    "paid": {"type": {"type": "decimal", "precision": 9, "scale": 2}, "min": "0", "max": "1.50"},
    "took": {"type": {"type": "duration", "unit": "us"}, "lt": "90m"},
    "day": {"type": "date", "max": "2030-12-31"},
    "at": {"type": {"type": "timestamp", "unit": "us", "timezone": "UTC"},
           "min": "2020-01-01T00:00:00Z"},
    "clock": {"type": "time", "max": "12:30:00"},
}  # fmt: skip


def test_yaml_leaves_out_patterns_that_python_can_t_read():
    tree = {"schema": "a", "columns": {"code": {"type": "string", "match": "^a$"}}}
    text, losses = to_yaml(schema_from_json(tree), "pandas")
    assert losses == ["columns.code.match"]
    assert read_yaml(text, "s.yml").schema.columns["code"].match is None


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_yaml_leaves_out_constants_that_it_has_no_word_for(library):
    schema = schema_from_json({"schema": "a", "columns": CONSTANTS})
    text, losses = to_yaml(schema, library)
    named = {one.partition(" (")[0] for one in losses}
    assert {"columns.paid.min", "columns.took.lt", "columns.clock.max"} <= named
    assert not {"columns.day.max", "columns.at.min"} & named
    back = read_yaml(text, "s.yml").schema
    assert back.columns["day"].max == schema.columns["day"].max
    assert ("columns.took.type" in named) == (
        library == "pandas"
    )  # it writes ns, whatever is meant


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
