"""The proof of edges: sound by generated frames, every rule by brute force, witnesses executed."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.frames import columns, domain, frames, pairs
from wombat.schema.model import Check, Column, FrameSchema, schema_from_json
from wombat.schema.proof.build import build
from wombat.schema.proof.doubt import pair_of
from wombat.schema.proof.evaluate import Frame, accepts, holds
from wombat.schema.proof.implied import unmet, values
from wombat.schema.proof.relate import doubts_of, relate
from wombat.schema.types import LogicalType

EXAMPLES = 20_000 if os.environ.get("WOMBAT_SOAK") else 400
SLACK = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLACK)
@given(st.data(), pairs())
def test_a_proven_edge_is_refuted_by_no_frame(data, pair):
    producer, consumer = pair
    if relate(producer, consumer).kind != "proven":
        return
    for _ in range(6):
        frame = data.draw(frames(producer))
        if frame is not None:
            assert not accepts(consumer, frame, side="taken"), frame


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLACK)
@given(pairs())
def test_a_refuted_edge_shows_a_frame_that_was_executed(pair):
    producer, consumer = pair
    verdict = relate(producer, consumer)
    if verdict.kind != "refuted":
        assert not verdict.witness
        return
    pair = pair_of(producer, consumer, "none")
    trials = [trial for doubt in doubts_of(pair) for trial in doubt.trials]
    made = (build(pair, replace(one, bare=bare)) for one in trials for bare in (one.bare, True))
    frame = next(one for one in made if one and one.table() == verdict.witness)
    assert not accepts(producer, frame, side="produced")
    assert accepts(consumer, frame, side="taken")


@pytest.mark.slow
@given(pairs())
@settings(max_examples=200, deadline=None, suppress_health_check=SLACK)
def test_a_schema_relates_to_itself(pair):
    for schema in pair:
        closed = FrameSchema(schema.name, schema.columns, key=schema.key, unique=schema.unique)
        assert relate(closed, closed).kind == "proven"


BOUNDS = ("min", "max", "gt", "lt")
KINDS = [LogicalType("int8"), LogicalType("uint8"), LogicalType("float64"), LogicalType("date")]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_bounds_imply_only_what_every_value_holds(kind):
    points = [v for v in domain(kind) if not isinstance(v, float) or abs(v) < 10][:6]
    singles = [{}, *({w: v} for w in BOUNDS for v in points)]
    doubles = [
        {a: x, b: y} for a, b in itertools.combinations(BOUNDS, 2) for x in points for y in points
    ]
    every = range(-128, 256) if kind.family == "integer" else domain(kind)
    every = [v for v in every if kind.kind != "uint8" or v >= 0]
    every = [v for v in every if kind.kind != "int8" or v <= 127]
    for words in singles + doubles:
        made = Column(kind, **words)
        left = [v for v in every if all(holds(c, v) for c in made.checks())]
        for check in (Check(w, v) for w in BOUNDS for v in points):
            if unmet(kind, made.checks(), check, kind) is None:
                assert all(holds(check, value) for value in left), (words, check)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), columns())
def test_checks_imply_only_what_every_value_holds(data, made):
    other = data.draw(columns([made.type]))
    left = [v for v in domain(made.type) if all(holds(c, v) for c in made.checks())]
    for check in other.checks():
        if unmet(made.type, made.checks(), check, made.type) is None:
            assert all(holds(check, value) for value in left), check


@settings(max_examples=300, deadline=None)
@given(columns())
def test_values_for_a_witness_hold_every_check(column):
    for value in values(column.type, column.checks()):
        assert all(holds(check, value) for check in column.checks())


def schema(columns: dict, **words) -> FrameSchema:
    return schema_from_json({"schema": "s.p", "columns": columns, **words})


INT = {"type": "int64"}
CASES = {
    "the same": ({"a": INT}, {"a": INT}, "proven"),
    "fewer columns": ({"a": INT, "b": INT}, {"a": INT}, "proven"),
    "any": ({"a": INT}, {"a": {"type": "any"}}, "proven"),
    "narrower bounds": ({"a": {**INT, "min": 1}}, {"a": {**INT, "gt": 0}}, "proven"),
    "a type's own range": (
        {"a": {"type": "uint8"}},
        {"a": {"type": "uint8", "max": 255}},
        "proven",
    ),
    "wider bounds": ({"a": {**INT, "min": 0}}, {"a": {**INT, "min": 1}}, "refuted"),
    "a missing column": ({"a": INT}, {"b": INT}, "refuted"),
    "maybe missing": ({"a": {**INT, "required": False}}, {"a": INT}, "refuted"),
    "another type": ({"a": INT}, {"a": {"type": "int32"}}, "refuted"),
    "another unit": (
        {"a": {"type": {"type": "timestamp", "unit": "us"}}},
        {"a": {"type": {"type": "timestamp", "unit": "ns"}}},
        "refuted",
    ),
    "nullable": ({"a": {**INT, "nullable": True}}, {"a": INT}, "refuted"),
    "nulls that only warn": ({"a": {**INT, "severity": "warn"}}, {"a": INT}, "refuted"),
    "checks that only warn": (
        {"a": {**INT, "min": 1, "nullable": True, "severity": "warn"}},
        {"a": {**INT, "min": 1, "nullable": True}},
        "refuted",
    ),
    "what only warns there": (
        {"a": {**INT, "nullable": True}},
        {"a": {**INT, "min": 5, "severity": "warn"}},
        "proven",
    ),
    "enum as text": (
        {"a": {"type": {"type": "enum", "of": ["x"]}}},
        {"a": {"type": "string", "match": "[xy]"}},
        "proven",
    ),
    "text as enum": (
        {"a": {"type": "string", "in": ["x"]}},
        {"a": {"type": {"type": "enum", "of": ["x", "y"]}}},
        "proven",
    ),
    "the same pattern": (
        {"a": {"type": "string", "match": "x+"}},
        {"a": {"type": "string", "match": "x+"}},
        "proven",
    ),
    "another pattern": (
        {"a": {"type": "string", "match": "x+"}},
        {"a": {"type": "string", "match": "x*"}},
        "proven",
    ),
    "a narrower pattern": (
        {"a": {"type": "string", "match": "x*"}},
        {"a": {"type": "string", "match": "x+"}},
        "refuted",
    ),
    "unique": ({"a": INT}, {"a": {**INT, "unique": True}}, "refuted"),
}


@pytest.mark.parametrize(("made", "wanted", "kind"), CASES.values(), ids=CASES)
def test_verdicts(made, wanted, kind):
    verdict = relate(schema(made), schema(wanted))
    assert verdict.kind == kind, verdict
    assert bool(verdict.witness) == (kind == "refuted")


def test_a_key_is_unique_with_more_columns_and_never_null():
    made = schema({"a": {**INT, "nullable": True}, "b": INT}, key=["a"])
    assert relate(made, schema({"a": INT, "b": INT}, key=["a", "b"])).kind == "proven"
    assert relate(made, schema({"a": {**INT, "unique": True}})).kind == "proven"
    assert relate(made, schema({"b": {**INT, "unique": True}})).kind == "refuted"


def test_open_frames():
    opened = schema({"a": INT}, extra="allow")
    closed = schema({"a": INT}, extra="forbid")
    assert relate(opened, closed).kind == "refuted"
    assert relate(opened, schema({"a": INT})).kind == "proven"
    assert relate(schema({"a": INT}, extra="drop"), closed).kind == "proven"
    optional = schema({"a": INT, "b": {**INT, "required": False}})
    assert relate(closed, optional).kind == "proven"
    assert relate(opened, optional).kind == "refuted"
    assert relate(schema({"a": INT, "b": INT}), closed).kind == "refuted"


def test_one_side_without_schema_is_untyped():
    assert relate(None, schema({"a": INT})).kind == "untyped"
    assert relate(schema({"a": INT}), None).kind == "untyped"


def test_the_witness_is_a_table_with_its_null():
    verdict = relate(schema({"id": INT, "age": {**INT, "nullable": True}}), schema({"age": INT}))
    assert verdict.witness == (("id", "age"), ("1", "null"))
    assert verdict.column == "age"


def test_no_witness_means_unknown():
    # no frame is said to pass code that was never run
    made = schema({"a": {**INT, "checks": [{"python": "m:f"}]}})
    assert relate(made, schema({"a": {**INT, "min": 1}})).kind == "unknown"
    assert relate(schema({"a": INT}), schema({"a": {**INT, "min": 1}})).kind == "refuted"


def test_a_frame_is_judged_row_by_row():
    frame = Frame({"a": LogicalType("int64")}, ({"a": 1}, {"a": None}, {"a": 1}))
    found = accepts(schema({"a": {**INT, "max": 0, "unique": True}}), frame)
    assert [(v.check, v.row) for v in found] == [
        ("max", 0),
        ("null", 1),
        ("max", 2),
        ("unique", 0),
        ("unique", 2),
    ]


def test_a_key_that_only_warns_promises_nothing():
    made = schema({"a": {**INT, "severity": "warn", "nullable": True}}, key=["a"])
    wanted = schema({"a": {**INT, "nullable": True, "unique": True}})
    assert relate(made, wanted).kind == "refuted"
