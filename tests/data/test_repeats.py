"""Rows that stand twice: every way to find them against plain counting."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.generated import TYPES, domain, odd, stored
from wombat.data import distinct
from wombat.data.arrow import arrow_type, canonical_table
from wombat.data.repeats import load_repeats, numpy

WAYS = ("polars", "numpy")
each_way = pytest.mark.parametrize("name", WAYS)
WHOLE = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(distinct, "BLOCK", 3)
    monkeypatch.setattr(numpy, "BLOCK", 3)


def plain(table):
    """Of each row whether its text stands twice; both zeros have one."""
    rows = [repr(_zero(list(row.values()))) for row in table.to_pylist()]
    counts = Counter(rows)
    return [counts[row] > 1 for row in rows]


def _zero(value):
    if isinstance(value, list):
        return [_zero(one) for one in value]
    if isinstance(value, dict):
        return {name: _zero(one) for name, one in value.items()}
    return value + 0.0 if isinstance(value, float) else value


def check(name, table):
    found = load_repeats(name).rows(table)
    expected = plain(table)
    assert (found is None) == (not any(expected))
    if found is not None:
        assert found.tolist() == expected


@pytest.mark.usefixtures("small_blocks")
@each_way
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whole_numbers_near_and_far(name, data):
    """Some lie so close together that marks are kept, and at the ends of their type."""
    kind = data.draw(st.sampled_from(sorted(WHOLE)))
    low, high = WHOLE[kind]
    end = data.draw(st.sampled_from([low, high - 20, (low + high) // 2]))
    near = st.integers(end, end + 20)
    numbers = data.draw(
        st.lists(near | st.integers(low, high) if data.draw(st.booleans()) else near)
    )
    values = pa.chunked_array([pa.array(numbers, kind), pa.array([], kind)])
    cut = data.draw(st.integers(0, len(numbers)))
    parts = [pa.table({"a": values}).slice(0, cut), pa.table({"a": values}).slice(cut)]
    check(name, pa.concat_tables(parts))


@each_way
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_each_type_alone_and_in_pairs(name, kind):
    kind = stored(kind)
    pool = [*domain(kind), *odd(kind)]
    for values in (pool, pool + pool[1:2], pool + pool[-1:], pool[::2] + pool, [None] * 3, []):
        column = pa.array(values, arrow_type(kind))
        numbers = pa.array([n % 3 for n in range(len(values))], pa.int64())
        single = canonical_table(pa.table({"a": column}))
        for table in (
            single,
            canonical_table(pa.table({"a": column, "b": numbers})),
            canonical_table(pa.table({"b": numbers, "a": column, "c": column})),
        ):
            check(name, table)
            check(name, table.slice(1))
            check(name, pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2)]))


@each_way
def test_both_zeros_are_one_within_lists_and_structs(name):
    lists = pa.array([[1.0, 0.0], [1.0, -0.0], [0.0, 1.0]])
    structs = pa.array([{"x": [-0.0]}, {"x": [0.0]}, {"x": []}])
    for column in (lists, structs):
        table = canonical_table(pa.table({"a": column}))
        assert load_repeats(name).rows(table).tolist() == [True, True, False]


def test_rows_whose_numbers_meet_are_compared_themselves(monkeypatch):
    """Numbers that stand for rows may meet by chance; here all of them do."""
    monkeypatch.setattr(numpy, "_codes", _colliding(numpy._codes))
    table = pa.table({"a": ["x", "x", "x", "z"], "b": ["1", "2", "1", "1"]})
    check("numpy", table)


def _colliding(codes):
    """Two columns have one number for all values; when rows are compared, each has its own."""
    seen = []

    def collide(column):
        seen.append(column)
        return codes(column) * (len(seen) > 2)

    return collide
