"""Generated pandera schemas: pandera's own verdict is that of our evaluator."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.tables import table_of
from tests.schema.frames import domain, pairs, stored_type
from wombat.data.engines import load_engine
from wombat.data.pandera import to_pandera, verdict
from wombat.schema.model import Column, FrameSchema, Pattern
from wombat.schema.proof.evaluate import Frame, accepts, holds
from wombat.schema.rules import Rule
from wombat.schema.types import LogicalType

ROUNDS = 2000 if os.environ.get("WOMBAT_SOAK") else 100
LIBRARIES = ["pandas", "polars"]
OBJECTS = ("binary", "date", "time", "decimal")
"""Types that pandas holds as objects: without a value such a column has no type."""


@st.composite
def judged(draw):
    """A schema, and a frame that often has what it asks for."""
    made, schema = draw(pairs())
    like = made if draw(st.integers(0, 3)) == 0 else schema
    types = {name: stored_type(column.type) for name, column in like.columns.items()}
    pools = {}
    for name, kind in types.items():
        column = schema.columns.get(name)
        same = column is not None and stored_type(column.type) == kind
        good = [v for v in domain(kind) if same and all(holds(c, v) for c in column.checks())]
        pools[name] = st.sampled_from([*domain(kind), None, *good * 4])
    count = draw(st.integers(0, 4))
    rows = tuple({name: draw(pools[name]) for name in types} for _ in range(count))
    return schema, Frame(types, rows)


def untyped(schema, frame):
    """Whether pandas can't know a column's type: objects, none of them there."""
    return any(
        kind.kind in OBJECTS and name in schema.columns and schema.columns[name].type != kind
        and all(row[name] is None for row in frame.rows)
        for name, kind in frame.types.items()
    )  # fmt: skip


NUMBERS = ("int64", "float64")


@st.composite
def compared(draw):
    """A schema with rules between columns, patterns of names, bounds of rows and an order, and a
    frame that now and then is as it says."""
    kind = LogicalType(draw(st.sampled_from(NUMBERS)))
    names = ["a", "b"]
    columns = {
        name: Column(kind, nullable=draw(st.booleans()), required=draw(st.booleans()))
        for name in names
    }
    signs = st.sampled_from(
        ["lt", "le", "gt", "ge", *(["eq", "ne"] if kind.kind == "int64" else [])]
    )
    rules = [Rule("two", "a", draw(signs), "b")] if draw(st.booleans()) else []
    if draw(st.booleans()):
        rules.append(Rule("one", "b", draw(signs), None, draw(st.sampled_from([0, 1])), kind))
    patterns = ()
    if draw(st.booleans()):
        column = Column(kind, nullable=draw(st.booleans()), min=draw(st.sampled_from([None, 0])))
        patterns = (Pattern(draw(st.sampled_from(["x_\\d", "x|y", "x_\\d+|z"])), column,
                            draw(st.integers(0, 2))),)  # fmt: skip
    schema = FrameSchema(
        "s",
        columns,
        rules=tuple(rules),
        patterns=patterns,
        rows=draw(st.sampled_from([None, (1, None), (None, 2), (1, 2)])),
        ordered=draw(st.booleans()),
        extra=draw(st.sampled_from([None, "forbid", "allow"])),
    )
    more = st.lists(st.sampled_from(["x_1", "x_12", "x", "y", "z"]), max_size=2, unique=True)
    there = draw(st.permutations([*names, *draw(more)]))
    there = there if draw(st.integers(0, 2)) else there[1:]
    if not there or draw(st.booleans()):
        there = sorted(there) or ["a"]
    values = st.sampled_from([None, -1, 0, 1, 2])
    number = int if kind.kind == "int64" else float
    rows = tuple(
        {name: None if (one := draw(values)) is None else number(one) for name in there}
        for _ in range(draw(st.integers(0, 3)))
    )
    return schema, Frame(dict.fromkeys(there, kind), rows)


@pytest.mark.slow
@settings(max_examples=ROUNDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(compared())
def test_rules_patterns_rows_and_orders_too(case):
    schema, frame = case
    expected = not accepts(schema, frame)
    for library in LIBRARIES:
        given_ = load_engine(library).from_arrow(table_of(frame), schema)
        assert verdict(given_, to_pandera(schema, library)) == expected, library


@pytest.mark.slow
def test_generated_cases_hold_and_fail_alike():
    """Neither verdict is too rare to be tested, nor is any word."""
    seen = {True: 0, False: 0}
    words = set()

    @settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck))
    @given(compared())
    def count(case):
        schema, frame = case
        found = list(accepts(schema, frame))
        seen[not found] += 1
        words.update(one.check for one in found)

    count()
    assert min(seen.values()) > 20, seen
    assert {"rule:two", "rule:one", "pattern", "rows", "order", "missing", "extra"} <= words, words


@pytest.mark.slow
@settings(max_examples=ROUNDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(judged())
def test_pandera_judges_frames_as_we_do(case):
    schema, frame = case
    expected = not accepts(schema, frame)
    for library in LIBRARIES:
        if library == "pandas" and untyped(schema, frame):
            continue
        given_ = load_engine(library).from_arrow(table_of(frame), schema)
        assert verdict(given_, to_pandera(schema, library)) == expected, library
