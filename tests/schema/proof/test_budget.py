"""What one edge may cost: beyond it an edge is unknown, and the same every time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.proof import relate
from wombat.schema.proof.budget import Spent, budget, remembered, spend
from wombat.schema.proof.machines import ALL, Seen, Words

LONG = 60_000
SLOW_MACHINE = 15


def schema(columns: dict[str, Any], **words: Any) -> FrameSchema:
    return schema_from_json({"schema": "s.p", "columns": columns, **words})


def text(**words: Any) -> FrameSchema:
    return schema({"a": {"type": "string", **words}})


def named(count: int, end: str) -> FrameSchema:
    patterns = [{"match": f"c{n}_{end}", "type": "int8", "at_least": 1} for n in range(count)]
    return schema({"k": {"type": "int8"}}, patterns=patterns)


def wide(least: int) -> FrameSchema:
    columns = {f"c{n}": {"type": "int8"} for n in range(2000)}
    return schema(columns, rows=[least, None])


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (named(40, ".*"), named(40, "[0-9]*")),
        (text(match="x*"), text(not_in=["x" * LONG])),
        (text(ends_with="y" * LONG), text(contains="x" * LONG)),
        (text(starts_with="ab" * LONG), text(ends_with="ba" * LONG)),
        (wide(2000), wide(2001)),
    ],
    ids=["patterns", "long texts", "ends", "starts", "rows"],
)
def test_what_costs_too_much_is_unknown(made: FrameSchema, wanted: FrameSchema) -> None:
    start = time.process_time()
    found = relate(made, wanted)
    assert found.kind == "unknown"
    assert not found.reason.startswith("the proof failed"), found
    assert time.process_time() - start < SLOW_MACHINE
    assert relate(made, wanted) == found


def test_what_is_spent_is_said() -> None:
    found = relate(named(40, ".*"), named(40, "[0-9]*"))
    assert found.reason.endswith("; the search is larger than what is spent on one edge")


def test_what_is_remembered_costs_the_same_again() -> None:
    @remembered(4)
    def costly(steps: int) -> int:
        spend(steps)
        return steps

    for _ in range(2):
        with budget(0) as limit:
            assert costly(limit - 1) == limit - 1
            spend(1)
            with pytest.raises(Spent):
                spend(1)
    assert costly(10**12) == 10**12  # without a budget nothing is counted
    with budget(0), pytest.raises(Spent):
        costly(10**12)


@given(st.text("ab", min_size=1, max_size=7), st.text("abc", max_size=12))
def test_what_ends_with_or_contains_a_text_is_read_so(text: str, read: str) -> None:
    for end, said in ((True, read.endswith(text)), (False, text in read)):
        machine = Seen(text, end=end)
        state: Any = machine.start
        for char in read:
            state = state if state is ALL else machine.step(state, ord(char))
        assert machine.accepting(state) is said


@given(st.lists(st.text("ab", max_size=3), max_size=4), st.text("ab", max_size=4))
def test_listed_texts_are_read_so(words: list[str], read: str) -> None:
    for out in (True, False):
        machine = Words(words, out=out)
        state: Any = machine.start
        for char in read:
            state = state if state in (ALL, None) else machine.step(state, ord(char))
        assert (state is not None and machine.accepting(state)) is ((read in words) != out)
