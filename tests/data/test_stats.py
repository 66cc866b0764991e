"""Statistics of frames: what they are, which values they may show, and that they come out alike."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.tables import schema_of
from wombat.data.arrow import canonical_table
from wombat.data.parquet import write_parquet
from wombat.data.stats import ROOM, frame_stats, table_stats
from wombat.data.stats.grid import BINS, edges_of, grid_of
from wombat.data.stats.histogram import Histogram, histogram_from_json
from wombat.data.stats.merge import merged
from wombat.data.stats.model import stats_from_json
from wombat.data.stats.sample import SAMPLE, chosen_rows, take_sample
from wombat.digest import canonical_json

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)
HISTOGRAM = st.builds(
    Histogram,
    st.integers(-100, 100),
    st.sampled_from([0.1, 0.25, 1, 5, 1000]),
    st.lists(st.integers(0, 1000), min_size=3, max_size=BINS + 2).map(tuple),
)


def stored(table, folder, schema=None, **words):
    table = canonical_table(table)
    write_parquet(table, folder / "data.parquet")
    return frame_stats(folder / "data.parquet", schema, sample=take_sample(table), **words)


def column(values, arrow=None, **words):
    return table_stats(canonical_table(pa.table({"x": pa.array(values, arrow)})), **words).columns[
        "x"
    ]


@given(NUMBERS, NUMBERS, st.booleans())
def test_bins_hold_all_values_in_few_round_steps(one, other, clock):
    low, high = sorted((one, other))
    start, step, bins = grid_of(low, high, clock=clock)
    edges = edges_of(start, step, bins)
    assert 1 <= bins <= BINS
    assert edges[0] <= low <= high < edges[-1]
    assert all(a < b for a, b in pairwise(edges))
    assert bins >= 7 or high - low < 20 * step


@given(st.integers(-(2**52), 2**52), st.integers(0, 10**6))
def test_bins_of_whole_numbers_are_whole(low, span):
    start, step, bins = grid_of(float(low), float(low + span), whole=True)
    assert isinstance(start, int)
    assert isinstance(step, int)
    assert start <= low <= low + span < start + step * bins
    assert step == 1 or span >= 7 * step


@pytest.mark.parametrize(
    ("low", "high", "whole", "clock", "expected"),
    [
        (0, 1, False, False, (0.0, 0.1, 11)),
        (0, 19, True, False, (0, 1, 20)),
        (0, 20, True, False, (0, 2, 11)),
        (-20.3, 119, False, False, (-30.0, 10.0, 15)),
        (0, 3600, False, True, (0.0, 300.0, 13)),
        (0, 15 * 86_400, False, True, (0.0, 86_400.0, 16)),
        (0, 0.004, False, True, (0.0, 0.00025, 17)),
    ],
)
def test_bins_are_those_people_would_draw(low, high, whole, clock, expected):
    assert grid_of(low, high, whole=whole, clock=clock) == expected


def test_tenths_lie_in_their_own_bins():
    found = column([n / 10 for n in range(10)] * 3).hist
    assert found.counts == (0, *[3] * 10, *[0] * (found.bins - 10), 0) or found.step < 0.1
    assert found.edges[3] == pytest.approx(found.start + 3 * found.step)
    assert edges_of(0, 0.1, 3)[-1] == 0.3


def test_extremes_of_floats_have_no_bins_or_true_ones():
    for values in ([1.7e308, -1.7e308], [5e-324, 0.0], [1e16, 1e16 + 2], [float("inf"), 1.0]):
        found = column(values).hist
        assert found is None or found.total == 2
    assert column([float("inf"), 1.0]).hist.counts[-1] == 1
    assert column([float("inf")]).hist is None


def test_whole_numbers_make_no_comb():
    for kind in (pa.float64(), pa.int32(), pa.decimal128(9, 2)):
        found = column([n % 50 for n in range(600)], kind).hist
        assert (found.start, found.step, set(found.counts[1:-1])) == (0, 5, {60})


def test_outliers_do_not_take_the_bins():
    found = column([float(n % 100) for n in range(10_000)] + [1e9] * 5).hist
    assert found.edges[-1] <= 200
    assert found.counts[-1] == 5
    assert found.bins >= 8


def test_of_every_type():
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    table = pa.table(
        {
            "i": pa.array([1, 2, 2, None], pa.int32()),
            "f": pa.array([1.5, float("nan"), 2.5, None]),
            "d": pa.array([Decimal("1.50"), Decimal("2.50"), None, None]),
            "at": pa.array([at, at, at, None], pa.timestamp("us", tz="UTC")),
            "day": pa.array([date(2026, 1, 1)] * 4),
            "yes": [True, True, False, None],
            "text": ["a", "bb", "cc", None],
            "raw": [b"1", b"1", b"2", None],
            "several": pa.array([[1], [1, 2], [], None]),
            "none": pa.nulls(4),
        }
    )
    found = table_stats(canonical_table(table)).columns
    assert {name: one.nulls for name, one in found.items()} == {
        "i": 1, "f": 2, "d": 2, "at": 1, "day": 0, "yes": 1, "text": 1, "raw": 1, "several": 1,
        "none": 4,
    }  # fmt: skip
    assert {name: one.distinct for name, one in found.items()} == {
        "i": 2, "f": 2, "d": 2, "at": 1, "day": 1, "yes": 2, "text": 3, "raw": 2, "several": None,
        "none": None,
    }  # fmt: skip
    assert (found["f"].mean, found["f"].std, found["d"].mean) == (2.0, 0.5, 2.0)
    assert found["at"].mean == at.timestamp()
    assert (found["at"].scale, found["day"].scale, found["i"].scale) == (
        "seconds",
        "days",
        "number",
    )
    assert found["day"].mean == (date(2026, 1, 1) - date(1970, 1, 1)).days
    assert found["yes"].top == ((True, 2), (False, 1))
    assert (found["text"].min, found["text"].top) == (None, None)
    assert found["text"].lengths.total == 3
    assert found["several"].lengths.total == 3
    assert (found["raw"].hist, found["raw"].top, found["raw"].lengths) == (None, None, None)
    assert found["i"].type == "int32"


def test_a_table_and_its_file_say_the_same(tmp_path):
    table = pa.table({"a": [1, 2, None], "b": [0.5, 2.5, 1.0], "s": ["x", "y", None]})
    assert stored(table, tmp_path).to_json() == table_stats(canonical_table(table)).to_json()


SECRET = [f"secret-{n % 4}" for n in range(400)]


def test_personal_columns_have_counts_alone(tmp_path):
    personal = {"type": "string", "pii": True}
    schema = schema_of({"name": personal}, patterns=[{**personal, "match": "mail_[a-z]+"}])
    table = pa.table({"name": SECRET, "mail_home": SECRET, "kind": SECRET})
    found = stored(table, tmp_path, schema, earlier=table_stats(table)).to_json()["columns"]
    for name in ("name", "mail_home"):
        assert set(found[name]) == {"nulls", "type", "nullable"}, name
    assert "secret" in json.dumps(found["kind"])


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["new"] * 50 + ["paid"] * 60, {"new", "paid"}),
        (["new"] * 50 + ["rare"] * 4, {"new"}),
        ([f"user{n}" for n in range(60)] * 10, None),
        (["x" * 41] * 100, None),
        (["once", "twice"], None),
    ],
)
def test_texts_show_values_only_where_these_are_few_short_and_frequent(values, shown):
    top = column(values).top
    assert (None if top is None else {value for value, _ in top}) == shown
    found = column(values)
    assert (found.min, found.max) == (None, None)
    assert found.top is None or sum(n for _, n in top) + found.others == len(values)


def test_members_of_an_enumeration_are_no_secret(tmp_path):
    schema = schema_of({"s": {"type": {"type": "enum", "of": ["rare", "new"]}}})
    found = stored(pa.table({"s": ["rare"] + ["new"] * 99}), tmp_path, schema).columns["s"]
    assert found.top == (("new", 99), ("rare", 1))


def test_nullability_is_the_schema_s(tmp_path):
    schema = schema_of(
        {"a": {"type": "int64", "nullable": True}, "b": {"type": "int64", "nullable": True}},
        key=["b"],
    )
    found = stored(pa.table({"a": [1], "b": [1], "c": [1]}), tmp_path, schema).columns
    assert [found[name].nullable for name in "abc"] == [True, False, None]


def test_bins_are_handed_on_while_they_suit():
    first = column([float(n) for n in range(100)])
    earlier = table_stats(pa.table({"x": [float(n) for n in range(100)]}))
    near = column([float(n + 30) for n in range(100)], earlier=earlier).hist
    assert near.same_bins(first.hist)
    assert near.counts[-1] == 30
    far = column([float(n + 1000) for n in range(100)], earlier=earlier).hist
    assert not far.same_bins(first.hist)
    assert far.counts[0] == far.counts[-1] == 0
    shrunk = column([n / 100 for n in range(100)], earlier=earlier).hist
    assert not shrunk.same_bins(first.hist)


def test_a_constant_that_moved_away_has_a_bin_again():
    earlier = table_stats(pa.table({"x": [5.0] * 90}))
    found = column([700.0] * 90, earlier=earlier).hist
    assert (found.counts[0], found.counts[-1]) == (0, 0)


def test_a_footer_tells_no_text_and_nothing_personal(tmp_path):
    schema = schema_of({"wage": {"type": "int64", "pii": True}})
    table = pa.table({"name": ["Ada"] * 9, "wage": [7] * 9, "n": [1] * 9, "raw": [b"x"] * 9})
    found = stored(table, tmp_path, schema).columns
    assert {name: one.min for name, one in found.items() if one.min is not None} == {"n": 1}


@pytest.mark.parametrize(
    "counts", [[1, -1, 1], [1, 1], [0] * 30, [1, "2", 3], [1, True, 1], None, {}]
)
def test_what_is_no_histogram(counts):
    assert histogram_from_json({"start": 0, "step": 1, "counts": counts}) is None
    assert histogram_from_json({"start": 0, "step": 0, "counts": [1, 1, 1]}) is None
    assert histogram_from_json({"start": 1e300, "step": 1e-9, "counts": [1, 1, 1]}) is None


def test_tracked_values_are_handed_on():
    old = ["gone"] * 30 + [f"v{n}" for n in range(12) for _ in range(20)]
    new = ["gone"] * 6 + [f"v{n}" for n in range(12) for _ in range(20)]
    earlier = table_stats(pa.table({"x": old}))
    assert dict(column(old).top)["gone"] == 30
    assert "gone" not in dict(column(new).top)
    assert dict(column(new, earlier=earlier).top)["gone"] == 6


def splitmix(number):
    """SplitMix64 as it is written everywhere."""
    word = number * 0x9E3779B97F4A7C15 % 2**64
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
    return word ^ (word >> 31)


def test_rows_are_drawn_by_their_number_alone():
    for rows in (11, 1000, 10**9):
        expected = {int((splitmix(n) >> 11) / 2**53 * rows) for n in range(1, 11)}
        assert chosen_rows(rows, 10).to_pylist() == sorted(expected)
    found = chosen_rows(200_000).to_pylist()
    assert found == sorted(set(found))
    assert 50_000 < len(found) <= SAMPLE
    assert 0 <= found[0] < 50
    assert 199_950 < found[-1] < 200_000
    counts = [
        sum(start <= one < start + 20_000 for one in found) for start in range(0, 200_000, 20_000)
    ]
    assert max(counts) < 1.05 * min(counts)


ROWS = st.lists(st.tuples(st.none() | st.floats(allow_nan=True), st.none() | st.text(max_size=3)),
                max_size=60)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(1, 7))
def test_the_same_rows_have_the_same_statistics_in_any_chunks(rows, size):
    import pandas as pd
    import polars as pl

    from wombat.data.engines import load_engine

    whole = pa.table({"x": pa.array([x for x, _ in rows], pa.float64()),
                      "t": pa.array([t for _, t in rows], pa.string())})  # fmt: skip
    cut = pa.Table.from_batches(whole.to_batches(max_chunksize=size), whole.schema)
    polars = load_engine("polars").to_arrow(pl.from_arrow(cut), None)
    frame = pd.DataFrame({"x": pd.array(whole["x"].to_pylist(), "Float64"),
                          "t": pd.array(whole["t"].to_pylist(), "str")})  # fmt: skip
    pandas = load_engine("pandas").to_arrow(frame, None)
    expected = canonical_json(table_stats(canonical_table(whole)).to_json())
    for other in (canonical_table(cut), polars, pandas):
        assert canonical_json(table_stats(other).to_json()) == expected


@pytest.mark.slow
def test_a_sample_is_the_same_in_any_chunks_and_nearly_right():
    n = 3 * SAMPLE
    whole = pa.table(
        {"id": range(n), "k": [v % 1000 for v in range(n)], "c": [v // 3 for v in range(n)]}
    )
    cut = pa.Table.from_batches(whole.to_batches(max_chunksize=7777))
    one, other = table_stats(whole), table_stats(cut)
    assert canonical_json(one.to_json()) == canonical_json(other.to_json())
    assert one.sampled < SAMPLE < one.rows == n
    found = one.columns
    assert found["id"].distinct == n
    assert found["k"].distinct == 1000
    assert found["c"].distinct == pytest.approx(n / 3, rel=0.1)
    assert found["id"].mean == pytest.approx(n / 2, rel=0.01)
    assert (found["id"].min, found["id"].max) == (0, n - 1)


@pytest.mark.slow
def test_a_record_has_room_for_many_columns(tmp_path):
    table = pa.table({f"c{n}": [float(v * n) for v in range(50)] for n in range(800)})
    found = stored(table, tmp_path, first=["c799"])
    size = len(json.dumps(found.to_json()))
    assert size < 2 * ROOM
    sketched = [name for name, one in found.columns.items() if one.sketched]
    assert "c799" in sketched
    assert 500 < len(sketched) < 800
    assert found.columns["c798"].max == 49.0 * 798
    few = stored(table, tmp_path, first=["c799"], room=0)
    assert [name for name, one in few.columns.items() if one.sketched] == ["c799"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=30), min_size=1, max_size=4))
def test_histograms_of_parts_are_that_of_the_whole(parts):
    every = [value for part in parts for value in part]
    earlier = table_stats(pa.table({"x": [-1e9, 0.0, 1.0, 1e9]}))
    known = earlier.columns["x"].hist
    found = [table_stats(pa.table({"x": part}), earlier=earlier) for part in parts]
    whole = table_stats(pa.table({"x": every}), earlier=earlier)
    if all(one.columns["x"].hist.same_bins(known) for one in (*found, whole)):
        assert merged(found).columns["x"].hist == whole.columns["x"].hist
    together = merged(found).columns["x"]
    assert together.hist.total == pytest.approx(len(every))
    assert together.mean == pytest.approx(sum(every) / len(every), rel=1e-6, abs=1e-3)
    assert together.std == pytest.approx(whole.columns["x"].std, rel=1e-5, abs=1e-2)
    assert (together.min, together.max) == (min(every), max(every))


def test_samples_of_parts_weigh_as_many_rows_as_they_stand_for():
    parts = [table_stats(pa.table({"x": [value] * 100})) for value in (1.0, 3.0)]
    large = stats_from_json({**parts[1].to_json(), "rows": 900, "sampled": 100})
    found = merged([parts[0], large])
    assert (found.rows, found.sampled) == (1000, 200)
    assert found.columns["x"].mean == pytest.approx(2.8)


def test_parts_of_texts_add_up():
    parts = [table_stats(pa.table({"x": ["a"] * n + ["b"] * 9})) for n in (10, 20)]
    assert merged(parts).columns["x"].top == (("a", 30), ("b", 18))
    hidden = table_stats(pa.table({"x": [str(n) for n in range(99)]}))
    assert merged([parts[0], hidden]).columns["x"].top is None


@given(HISTOGRAM)
def test_histograms_come_back(one):
    assert histogram_from_json(json.loads(json.dumps(one.to_json()))) == one


@given(HISTOGRAM, HISTOGRAM)
def test_counts_over_other_edges_keep_their_sum(one, other):
    moved = one.on(other.edges)
    assert len(moved) == len(other.counts)
    assert sum(moved) == pytest.approx(one.total)
    assert one.on(one.edges) == one.counts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["rows", "columns", "nulls", "hist", "start", "step", "counts", "top",
                         "mean", "x", "min", "sampled", "others", "lengths"]), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_records_of_others_are_read_as_far_as_they_go(tree):
    found = stats_from_json(tree)
    found = stats_from_json({"rows": 1, "columns": {"x": tree}}) if found is None else found
    canonical_json(found.to_json())
    assert stats_from_json(found.to_json()) == found


def test_statistics_come_back(tmp_path):
    table = pa.table({"a": [1, 2, None], "b": ["x"] * 3, "c": [True, False, None], "d": [[1]] * 3})
    found = stored(table, tmp_path)
    assert stats_from_json(json.loads(canonical_json(found.to_json()))) == found
