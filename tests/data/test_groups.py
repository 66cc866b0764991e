"""Row groups end where the rows say so."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat.data.arrow import canonical_table
from wombat.data.groups import LARGEST, SMALLEST, group_lengths
from wombat.data.parquet import write_parquet

ROWS = 600_000
SOURCE = np.random.default_rng(1)
NUMBERS = pa.table({"a": SOURCE.integers(0, 1 << 40, ROWS), "b": SOURCE.random(ROWS)})
TEXTS = pa.table({"id": np.char.add("id-", NUMBERS["a"].to_numpy().astype("U13"))})


def spans(table):
    """Each group's rows."""
    ends = [0, *itertools.accumulate(group_lengths(table))]
    assert ends[-1] == table.num_rows
    return [table.slice(a, b - a).combine_chunks() for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize("table", [NUMBERS, TEXTS], ids=["numbers", "texts"])
def test_rows_that_are_inserted_move_one_group(table):
    before = spans(table)
    assert len(before) > 3
    for at in (0, 200_000, ROWS):
        more = pa.concat_tables([table.slice(0, at), table.slice(1000, 6000), table.slice(at)])
        after = spans(more)
        kept = sum(any(one.equals(other) for other in before) for one in after)
        assert kept >= len(before) - 2


def test_groups_are_neither_small_nor_large():
    *most, last = group_lengths(NUMBERS)
    assert all(SMALLEST <= length <= LARGEST for length in most)
    assert 0 < last <= LARGEST


@pytest.mark.parametrize(
    "value", [1, 0.5, "x", "", None, True, b"y", Decimal("1.5"), [1], {"a": 1}, datetime.now(UTC)]
)
def test_equal_rows_are_cut_by_their_number_alone(value):
    table = canonical_table(pa.table({"x": pa.array([value] * 3).take([0] * ROWS)}))
    lengths = group_lengths(table)
    assert sum(lengths) == ROWS
    assert len(set(lengths[:-1])) == 1


@pytest.mark.parametrize("rows", [0, 1, SMALLEST])
def test_a_small_table_is_one_group(rows, tmp_path):
    assert group_lengths(NUMBERS.slice(0, rows)) == [rows]
    write_parquet(canonical_table(NUMBERS.slice(0, rows)), tmp_path / "a")
    assert pq.read_metadata(tmp_path / "a").num_row_groups == 1


def test_the_file_has_them(tmp_path):
    write_parquet(canonical_table(NUMBERS), tmp_path / "a")
    found = pq.read_metadata(tmp_path / "a")
    lengths = [found.row_group(n).num_rows for n in range(found.num_row_groups)]
    assert lengths == group_lengths(canonical_table(NUMBERS))


def columns(rows):
    yield [None if n % 3 else n for n in rows]
    yield [None if n % 5 else f"text {n * 7919 % 104_729}" for n in rows]
    yield [n / 7 for n in rows]
    yield [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n * n) for n in rows]


@pytest.mark.parametrize("kind", range(4), ids=["null", "text", "float", "time"])
def test_the_maker_s_chunks_and_what_lies_below_a_null_do_not_count(kind):
    few = pa.array(list(columns(range(20_000)))[kind])
    whole = pa.table({"x": pa.concat_arrays([few] * 20)})
    parts = pa.concat_tables([whole.slice(n * 7_000, 7_000) for n in range(58)])
    other = pa.table({"x": parts["x"].take(pa.array(range(parts.num_rows)))})
    assert parts.num_rows == whole.num_rows
    assert len({tuple(group_lengths(canonical_table(t))) for t in (whole, parts, other)}) == 1
