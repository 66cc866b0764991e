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
from wombat.schema.proof.evaluate import Frame, accepts, holds

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
