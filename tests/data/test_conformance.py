"""One verdict: our evaluator, pandera on pandas and pandera on polars, type by type."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.tables import expected_of, found_by, table_of
from tests.schema.frames import PATTERNS, TYPES, domain, pairs
from wombat.data.engines import load_engine
from wombat.schema.model import Column, FrameSchema
from wombat.schema.policy import Policy
from wombat.schema.proof.evaluate import Frame
from wombat.schema.proof.witness import stored_type
from wombat.schema.types import LogicalType

ENGINES = ["pandas", "polars"]
FULL = Policy()
KNOWN = [kind for kind in TYPES if kind.kind != "any"]
ROUNDS = 1500 if os.environ.get("WOMBAT_SOAK") else 40


def checks_of(kind: LogicalType) -> dict[str, dict]:
    """Every check that a type has, each with a few constants."""
    inner = [v for v in domain(kind) if not isinstance(v, float) or abs(v) < 1e9]
    found: dict[str, dict] = {"null": {}, "unique": {"unique": True, "nullable": True}}
    if kind.family in ("integer", "float", "decimal", "temporal"):
        for word in ("min", "max", "gt", "lt"):
            for number, value in enumerate(inner):
                found[f"{word}-{number}"] = {word: value, "nullable": True}
    if kind.family not in ("float", "binary"):
        found["in"] = {"within": tuple(inner[::2]), "nullable": True}
    if kind.kind in ("string", "binary"):
        for length in ((0, 0), (1, 2), (2, None), (None, 1)):
            found[f"length-{length}"] = {"length": length, "nullable": True}
    if kind.kind == "string":
        for pattern in [*PATTERNS, "a|b", "^a$", ".", "[^a]", "\\w+", "\\W", "\\s?a\\s?", "é"]:
            found[f"match-{pattern}"] = {"match": pattern, "nullable": True}
    return found


@pytest.mark.parametrize("kind", KNOWN, ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_each_check_of_each_type(engine, kind):
    """All checks of a type in one frame: one column a check, the same values in each."""
    pool = [*domain(kind), None, *domain(kind)[:1]]
    if kind.kind == "enum":
        pool = [*pool, "foreign"]
    checks = checks_of(kind)
    schema = FrameSchema("s", {word: Column(kind, **words) for word, words in checks.items()})
    rows = tuple(dict.fromkeys(checks, value) for value in pool)
    frame = Frame(dict.fromkeys(checks, stored_type(kind)), rows)
    expected = expected_of(schema, frame)
    assert ("null", "null") in expected
    assert ("unique", "unique") in expected
    report = load_engine(engine).validate(table_of(frame), schema, FULL)
    assert found_by(report) == expected
    assert all(one.checked == len(pool) for one in report.findings)


@settings(max_examples=ROUNDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), pairs())
def test_generated_schemas_and_frames(data, pair):
    """Keys, nulls, missing, extra and mistyped columns: any frame against any schema."""
    made, schema = pair
    types = {name: stored_type(column.type) for name, column in made.columns.items()}
    count = data.draw(st.integers(0, 4))
    values = {name: st.sampled_from([*domain(kind), None]) for name, kind in types.items()}
    rows = tuple({n: data.draw(values[n]) for n in types} for _ in range(count))
    frame = Frame(types, rows)
    expected = expected_of(schema, frame)
    for engine in ENGINES:
        report = load_engine(engine).validate(table_of(frame), schema, FULL)
        assert found_by(report) == expected, engine
        assert report.ok == (not expected)


def test_the_engines_report_the_same():
    kind = LogicalType("float64")
    schema = FrameSchema("s", {"f": Column(kind, max=1.0, severity="warn")}, key=("f",))
    frame = Frame({"f": kind}, ({"f": 0.0}, {"f": -0.0}, {"f": None}, {"f": 2.0}))
    reports = [load_engine(name).validate(table_of(frame), schema, FULL) for name in ENGINES]
    assert reports[0] == reports[1]
    assert reports[0].ok
    assert {one.check for one in reports[0].findings} == {"max", "null", "key"}
