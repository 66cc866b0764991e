"""Edges that collect parts: sound against parts by chance, put together."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.frames import consumers, pairs, schemas
from tests.schema.parts import KINDS, foreach, gather, parts, takers
from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.proof import collected, relate
from wombat.schema.proof.evaluate import Frame, accepts
from wombat.schema.types import LogicalType

EXAMPLES = 20_000 if os.environ.get("WOMBAT_SOAK") else 600
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@pytest.mark.slow
@law
@given(st.data(), schemas(KINDS))
def test_what_is_collected_meets_its_schema(data: Any, schema: FrameSchema) -> None:
    keys = data.draw(foreach(schema))
    frame = gather(data.draw(parts(schema, keys)))
    if frame is not None:
        assert not accepts(collected(schema, list(keys)), frame), frame


@pytest.mark.slow
@law
@given(st.data(), schemas(KINDS))
def test_a_proven_edge_is_refuted_by_no_parts(data: Any, schema: FrameSchema) -> None:
    keys = data.draw(foreach(schema))
    whole = collected(schema, list(keys))
    consumer = data.draw(takers(whole) | consumers(whole))
    if relate(whole, consumer, loose=list(keys)).kind != "proven":
        return
    for _ in range(4):
        frame = gather(data.draw(parts(schema, keys)))
        if frame is not None:
            assert not accepts(consumer, frame, side="taken"), frame


@pytest.mark.slow
@law
@given(pairs(), st.sampled_from("abcde"))
def test_a_loose_column_only_takes_refutations_away(
    pair: tuple[FrameSchema, FrameSchema], name: str
) -> None:
    strict, loose = relate(*pair), relate(*pair, loose=[name])
    assert loose.kind == strict.kind or (strict.kind, loose.kind) == ("refuted", "unknown")


INT = {"type": "int64"}
TEXT = {"type": "string"}
MAYBE = {"required": False}
NULLS = {"nullable": True}
WARNS = {"severity": "warn"}
ID = {"id": INT}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the key as text": (
        {"columns": ID},
        {"columns": {**ID, "region": TEXT}},
        "proven",
    ),
    "the key as a number": (
        {"columns": ID},
        {"columns": {**ID, "region": INT}},
        "refuted",
    ),
    "values of the key": (
        {"columns": ID},
        {"columns": {"region": {**TEXT, "in": ["us"]}}},
        "unknown",
    ),
    "the key is forbidden": (
        {"columns": ID},
        {"columns": ID, "extra": "forbid"},
        "refuted",
    ),
    "a column of its name": (
        {"columns": {**ID, "region": INT}},
        {"columns": {"region": INT}},
        "proven",
    ),
    "a column of its name, of another type": (
        {"columns": {**ID, "region": INT}},
        {"columns": {"region": TEXT}},
        "refuted",
    ),
    "a column of its name that may be absent": (
        {"columns": {**ID, "region": INT | MAYBE}},
        {"columns": {"region": INT | MAYBE}},
        "unknown",
    ),
    "text of its name that may be absent": (
        {"columns": {**ID, "region": {**TEXT, **MAYBE, "in": ["us"]}}},
        {"columns": {"region": TEXT}},
        "proven",
    ),
    "values of text of its name that may be absent": (
        {"columns": {**ID, "region": {**TEXT, **MAYBE, "in": ["us"]}}},
        {"columns": {"region": {**TEXT, "in": ["us"]}}},
        "unknown",
    ),
    "nulls in text of its name that may be absent": (
        {"columns": {**ID, "region": TEXT | MAYBE | NULLS}},
        {"columns": {"region": TEXT}},
        "unknown",
    ),
    "any column may come": (
        {"columns": ID, "extra": "allow"},
        {"columns": {"region": TEXT}},
        "unknown",
    ),
    "nulls in a column of its name": (
        {"columns": {**ID, "region": TEXT | NULLS}, "key": ["id"]},
        {"columns": {**ID, "region": TEXT}, "key": ["id", "region"]},
        "unknown",
    ),
    "unique with the key": (
        {"columns": {"id": {**INT, "unique": True}}},
        {"columns": {**ID, "region": TEXT}, "key": ["id", "region"]},
        "proven",
    ),
    "unique without the key": (
        {"columns": {"id": {**INT, "unique": True}}},
        {"columns": {"id": {**INT, "unique": True}}},
        "unknown",
    ),
    "unique that only warned": (
        {"columns": {"id": {**INT, **WARNS, "unique": True}}},
        {"columns": {"id": INT | NULLS, "region": TEXT}, "unique": [["id", "region"]]},
        "unknown",
    ),
    "a key that only warned": (
        {"columns": {"id": INT | WARNS}, "key": ["id"]},
        {"columns": {"id": INT | NULLS, "region": TEXT}, "unique": [["id", "region"]]},
        "unknown",
    ),
    "unique by a column that the key stands in for": (
        {"columns": {**ID, "region": {**TEXT, **MAYBE, "unique": True}}},
        {"columns": {"region": {**TEXT, "unique": True}}},
        "unknown",
    ),
    "nulls in a key": (
        {"columns": {"id": INT | NULLS}, "key": ["id"]},
        {"columns": ID},
        "proven",
    ),
}


@pytest.mark.parametrize(("made", "wanted", "kind"), CASES.values(), ids=CASES)
def test_verdicts(made: dict[str, Any], wanted: dict[str, Any], kind: str) -> None:
    producer = schema_from_json({"schema": "s.p", **made})
    consumer = schema_from_json({"schema": "s.c", **wanted})
    verdict = relate(collected(producer, ["region"]), consumer, loose=["region"])
    assert verdict.kind == kind, verdict


@pytest.mark.slow
def test_gathering_is_what_collecting_does(tmp_path: Any) -> None:
    """The gathering that these tests judge by, against the real one."""
    from tests.data.tables import table_of
    from wombat.data.collect import collect_table
    from wombat.data.parquet import NAME, write_parquet
    from wombat.errors import TaskFailed

    number = iter(range(10**6))
    seen = []

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data(), schemas())
    def agree(data: Any, schema: FrameSchema) -> None:
        keys = data.draw(foreach(schema))
        found = data.draw(parts(schema, keys))
        if not found or any("None" in values.values() for values, _ in found):
            return
        folders = []
        for values, frame in found:
            folder = tmp_path / str(next(number))
            folder.mkdir()
            write_parquet(table_of(frame), folder / NAME)
            folders.append((values, folder))
        whole = gather(found)
        if whole is None:
            with pytest.raises(TaskFailed):
                collect_table(folders)
        else:
            assert collect_table(folders).equals(table_of(whole))
            seen.append(whole)

    agree()
    assert len(seen) > 10


def test_gathering_refuses_parts_that_differ() -> None:
    one = Frame({"a": LogicalType("int64")}, ())
    two = Frame({"a": LogicalType("string")}, ())
    assert gather([({"k": "1"}, one), ({"k": "2"}, two)]) is None
