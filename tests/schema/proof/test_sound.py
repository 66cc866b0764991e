"""Proven edges against frames by chance, refuted ones against their own witness."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.parts import gather
from tests.schema.proof.wide import NAMES, near, stored_frames, wide_pairs, wide_schemas
from wombat.schema.model import FrameSchema
from wombat.schema.proof import collected, evolve, relate
from wombat.schema.proof.build import build
from wombat.schema.proof.doubt import pair_of
from wombat.schema.proof.evaluate import accepts
from wombat.schema.proof.relate import doubts_of
from wombat.schema.proof.shape import shape, stored

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
SLACK = list(HealthCheck)
Three = tuple[FrameSchema, FrameSchema, Any]


def law(few: int, many: int) -> Any:
    return settings(max_examples=many if SOAK else few, deadline=None, suppress_health_check=SLACK)


@pytest.mark.slow
@law(500, 20_000)
@given(st.data(), wide_pairs())
def test_a_proven_edge_is_refuted_by_no_frame(data: Any, edge: Three) -> None:
    producer, consumer, cast = edge
    verdict = relate(producer, consumer, cast=cast)
    assert not verdict.reason.startswith("the proof failed"), verdict
    for _ in range(6 if verdict.kind == "proven" else 0):
        frame = data.draw(stored_frames(producer))
        if frame is not None:
            assert not accepts(consumer, frame, side="taken", cast=cast), frame


@pytest.mark.slow
@law(500, 20_000)
@given(wide_pairs())
def test_a_witness_passes_the_producer_and_fails_the_consumer(edge: Three) -> None:
    producer, consumer, cast = edge
    verdict = relate(producer, consumer, cast=cast)
    assert bool(verdict.witness) == (verdict.kind == "refuted")
    if verdict.kind != "refuted":
        return
    pair = pair_of(producer, consumer, cast)
    trials = [trial for doubt in doubts_of(pair) for trial in doubt.trials]
    made = [build(pair, one) or build(pair, replace(one, bare=True)) for one in trials]
    shown = [one for one in made if one and one.table() == verdict.witness]
    for frame in shown:
        assert not accepts(producer, frame)
        assert shape(producer, frame) == (frame, [])
    assert any(accepts(consumer, frame, side="taken", cast=cast) for frame in shown)


@pytest.mark.slow
@law(300, 3000)
@given(wide_schemas())
def test_a_schema_relates_to_what_it_stores(schema: FrameSchema) -> None:
    """Closed, with nothing that a consumer would change."""
    assert relate(schema, stored(schema)).kind == "proven"


@law(60, 3000)
@given(wide_pairs(), st.sampled_from(NAMES))
def test_a_loose_column_only_takes_refutations_away(edge: Three, name: str) -> None:
    producer, consumer, cast = edge
    strict = relate(producer, consumer, cast=cast)
    loose = relate(producer, consumer, cast=cast, loose=[name])
    assert loose.kind == strict.kind or (strict.kind, loose.kind) == ("refuted", "unknown")


@law(60, 2000)
@given(st.data(), wide_schemas())
def test_old_data_is_read_where_evolution_says_so(data: Any, old: FrameSchema) -> None:
    new = data.draw(near(old))
    found = evolve(old, new)
    frame = data.draw(stored_frames(old))
    if frame is not None and found.old_data_readable.kind == "proven":
        assert not accepts(new, frame, side="taken")
    fresh = data.draw(stored_frames(new))
    if fresh is not None and found.consumers_safe.kind == "proven":
        promised = stored(old) if old.extra == "forbid" else replace(stored(old), extra="drop")
        assert not accepts(promised, fresh, side="taken")


@law(60, 5000)
@given(st.data(), wide_schemas(), st.sampled_from(["k", "x2"]))
def test_parts_put_together_meet_what_is_said_of_them(
    data: Any, schema: FrameSchema, key: str
) -> None:
    parts = [({key: value}, data.draw(stored_frames(schema))) for value in ("us", "eu")]
    known = [(value, frame) for value, frame in parts if frame and key not in frame.types]
    whole = gather(known) if len(known) == len(parts) else None
    if whole is not None and set(whole.types) != {key}:
        assert not accepts(collected(schema, [key]), whole), whole


ALIKE = (
    ("min", "max", "gt", "lt"),
    ("in", "not_in", "equals", "enum"),
    ("match", "starts_with", "ends_with", "contains"),
)


@pytest.mark.slow
def test_the_generators_reach_every_verdict_and_check() -> None:
    kinds: Counter[str] = Counter()
    checks: Counter[str] = Counter()

    @settings(max_examples=800, deadline=None, suppress_health_check=SLACK, derandomize=True)
    @given(wide_pairs())
    def look(edge: Three) -> None:
        kinds[relate(*edge[:2], cast=edge[2]).kind] += 1
        checks.update(one.check.split(":")[0] for one in doubts_of(pair_of(*edge)))

    look()
    assert min(kinds[kind] for kind in ("proven", "refuted", "unknown")) > 2, kinds
    wanted = {"missing", "extra", "type", "null", "cast", "length", "key", "unique", "rule", "rows"}
    wanted |= {"order", "pattern"}
    assert wanted <= set(checks), wanted - set(checks)
    for family in ALIKE:  # single words of a family are rare: the grid has each of them
        assert sum(checks[word] for word in family) > 2, (family, checks)
