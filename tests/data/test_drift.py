"""Drift: the measures' laws, and what rules find in two versions."""

from __future__ import annotations

import random
from math import inf, log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.data.drift import column_change, judge_drift, psi
from wombat.data.stats import table_stats
from wombat.data.stats.merge import merged
from wombat.data.stats.model import ColumnStats, FrameStats, stats_from_json
from wombat.data.stats.shares import Shares, shares_from_json
from wombat.schema.rules import Drift

COUNT = st.integers(0, 1000)
CELLS = st.lists(st.tuples(COUNT, COUNT), min_size=1, max_size=22)


def frame(**columns):
    return table_stats(pa.table(columns))


def found(rule, now, before, **words):
    (one,) = judge_drift([rule], now, {"previous": before, **words})
    return one


@given(CELLS)
def test_psi_is_symmetric_and_never_negative(cells):
    one, other = psi(cells), psi([(b, a) for a, b in cells])
    assert (one is None) == (other is None)
    if one is not None:
        assert one == pytest.approx(other, abs=1e-12)
        assert one >= 0


@given(CELLS)
def test_the_same_counts_have_no_psi(cells):
    same = psi([(a, a) for a, _ in cells])
    assert same is None or same == pytest.approx(0, abs=1e-12)


def test_psi_is_the_formula():
    cells = [(500, 300), (500, 700)]
    p, q = 500.5 / 1001, 300.5 / 1001
    expected = (p - q) * log(p / q) + (q - p) * log((1 - p) / (1 - q))
    assert psi(cells) == pytest.approx(expected)
    assert psi([(1000, 0), (0, 1000)]) > 10


def test_few_values_say_nothing():
    assert psi([(49, 49), (0, 0)]) is None
    assert psi([(25, 25), (25, 25)]) == 0
    assert psi([(0, 0)]) is None


def test_chance_alone_seldom_looks_like_a_change():
    """Of two samples of the same values, few have more than 0.2, however small they are."""
    chance = random.Random(7)
    for size in (50, 100, 250, 1000):
        high = 0
        for _ in range(100):
            cells = [[0, 0] for _ in range(20)]
            for side in (0, 1):
                for _ in range(size):
                    cells[min(19, int(chance.gauss(10, 3)) % 20)][side] += 1
            high += psi([(a, b) for a, b in cells]) > 0.2
        assert high <= 5, size


def test_a_shift_is_found_in_numbers_texts_lengths_and_truths():
    values = [float(n % 100) for n in range(1000)]
    cases = [
        (values, [v + 30 for v in values]),
        (["a"] * 500 + ["b"] * 500, ["a"] * 900 + ["b"] * 100),
        ([f"id{n}" for n in range(999)], [f"a longer id{n}" for n in range(999)]),
        ([True, False] * 300, [True] * 599 + [False]),
        ([[1]] * 300, [[1, 2, 3]] * 300),
    ]
    for before, now in cases:
        one = found(Drift("psi", "x", 0.2), frame(x=now), frame(x=before))
        assert not one.holds
        assert one.finding().check == "drift:psi"
        assert found(Drift("psi", "x", 0.2), frame(x=before), frame(x=before)).value == 0


def test_a_value_that_was_not_tracked_counts_with_the_others():
    before = ColumnStats(0, type="string", top=(("a", 500), ("b", 300)), others=200)
    now = ColumnStats(0, type="string", top=(("a", 500), ("c", 300)), others=200)
    assert column_change(before, 1000, now, 1000).psi == pytest.approx(0, abs=1e-9)
    whole = ColumnStats(0, type="string", top=(("a", 500), ("b", 500)), others=0)
    gone = ColumnStats(0, type="string", top=(("a", 1000),), others=0)
    assert column_change(whole, 1000, gone, 1000).psi > 1


def test_days_and_numbers_are_not_compared():
    values = [n % 40 for n in range(400)]
    days = table_stats(pa.table({"x": pa.array(values, pa.date32())}))
    change = column_change(days.columns["x"], 400, frame(x=values).columns["x"], 400)
    assert (change.psi, change.mean) == (None, None)


def test_bins_that_differ_are_compared_as_well_as_they_can():
    values = [float(n % 100) for n in range(1000)]
    one, other = frame(x=values), frame(x=[*values, 149.0])
    assert not one.columns["x"].hist.same_bins(other.columns["x"].hist)
    same = column_change(one.columns["x"], 1000, other.columns["x"], 1001).psi
    moved = column_change(
        one.columns["x"], 1000, frame(x=[v + 40 for v in values]).columns["x"], 1000
    )
    assert same < 0.1 < 1 < moved.psi


@pytest.mark.parametrize(
    ("rule", "before", "now", "said"),
    [
        (Drift("null_rate", "x", 0.1), [1.0, 2.0], [1.0, None], "moved by 50 %; at most 10 %"),
        (Drift("null_rate", "x", 0.5), [1.0, 2.0], [1.0, None], None),
        (Drift("null_rate", "x", 0.1), [1.0, None], [1.0, 2.0], "moved by 50 %; at most 10 %"),
        (Drift("mean", "x", 0.5), [1.0, 3.0], [1.0, 5.0], "mean moved by 1 > 0.5 standard"),
        (Drift("mean", "x", 1.0), [1.0, 3.0], [1.0, 5.0], None),
        (Drift("mean", "x", 9.0), [1.0, 1.0], [2.0, 2.0], "mean moved by infinitely > 9"),
        (Drift("mean", "x", 0.0), [1.0, 1.0], [1.0], None),
        (Drift("rows", None, (0.5, 2.0)), [1.0] * 4, [1.0], "rows are 0.25 times those of"),
        (Drift("rows", None, (0.5, 2.0)), [1.0] * 4, [1.0] * 9, "expected 0.5 to 2"),
        (Drift("rows", None, (0.5, 2.0)), [1.0] * 4, [1.0] * 8, None),
        (Drift("rows", None, (0.5, 2.0)), [], [1.0], "rows are infinitely times"),
        (Drift("rows", None, (0.5, 2.0)), [], [], None),
        (Drift("psi", "x", 0.2), [1.0] * 90, [5.0] * 90, "'x' psi"),
    ],
)  # fmt: skip
def test_rules(rule, before, now, said):
    one = found(rule, frame(x=pa.array(now, pa.float64())), frame(x=pa.array(before, pa.float64())))
    assert one.holds == (said is None)
    if said is not None:
        assert said in one.finding().message
        assert one.finding().check == f"drift:{rule.measure}"
        assert "against the previous version" in one.finding().message or rule.measure == "rows"


@pytest.mark.parametrize(
    ("rule", "before", "why"),
    [
        (Drift("psi", "x", 0.2), None, "no earlier version"),
        (Drift("psi", "y", 0.2), frame(x=[1.0]), "this version has no such column"),
        (Drift("psi", "x", 0.2), frame(z=[1.0]), "the earlier version has no such column"),
        (Drift("psi", "x", 0.2), frame(x=[1.0]), "too few values"),
        (Drift("psi", "x", 0.2), FrameStats(5, {"x": ColumnStats(0)}), "have no such numbers"),
        (Drift("mean", "x", 0.2), FrameStats(5, {"x": ColumnStats(0)}), "have no such numbers"),
    ],
)
def test_what_cannot_be_measured_fails_nothing_and_says_so(rule, before, why):
    one = found(rule, frame(x=[5.0] * 100), before)
    assert one.holds
    assert why in one.to_json()["why"].replace("has no such numbers", "have no such numbers")


def test_a_finding_has_the_rule_s_severity_and_ref():
    rule = Drift("mean", "x", 0.1, against="main", severity="warn")
    (one,) = judge_drift(
        [rule], frame(x=[9.0, 9.5]), {"previous": None, "main": frame(x=[1.0, 2.0])}
    )
    finding = one.finding()
    assert (finding.severity, finding.column) == ("warn", "x")
    assert finding.message.endswith("against main")
    assert one.to_json() == {**rule.to_json(), "value": 15.5, "holds": False}


def test_a_limit_is_never_shown_as_more_than_itself():
    rule = Drift("null_rate", "x", 0.2)
    before = FrameStats(10**6, {"x": ColumnStats(0)})
    now = FrameStats(10**6, {"x": ColumnStats(200_001)})
    assert "20.0001 %; at most 20 %" in found(rule, now, before).finding().message


def test_infinite_changes_are_json():
    one = found(Drift("mean", "x", 9.0), frame(x=[2.0]), frame(x=[1.0]))
    assert one.value == inf
    assert one.to_json()["value"] == "infinitely"


def true_psi(before, now):
    """Over the deciles of both versions together, by numpy."""
    edges = np.quantile(np.concatenate([before, now]), np.linspace(0, 1, 11)[1:-1])
    sides = [np.bincount(np.searchsorted(edges, one), minlength=10) / len(one)
             for one in (before, now)]  # fmt: skip
    return float(((sides[0] - sides[1]) * np.log(sides[0] / sides[1])).sum())


TAILS = {
    "lognormal 1": lambda chance: (chance.lognormal(0, 1, 30000), chance.lognormal(0.5, 1, 30000)),
    "lognormal 2": lambda chance: (chance.lognormal(0, 2, 30000), chance.lognormal(1, 2, 30000)),
    "lognormal 3": lambda chance: (chance.lognormal(0, 3, 30000), chance.lognormal(1.5, 3, 30000)),
    "lognormal 5": lambda chance: (chance.lognormal(0, 5, 30000), chance.lognormal(2.5, 5, 30000)),
    "pareto": lambda chance: (chance.pareto(1, 30000), 2 * chance.pareto(1, 30000)),
    "pareto, back": lambda chance: (2 * chance.pareto(1, 30000), chance.pareto(1, 30000)),
    "normal": lambda chance: (chance.normal(0, 1, 30000), chance.normal(0.5, 1, 30000)),
    "the same": lambda chance: (chance.lognormal(0, 3, 30000), chance.lognormal(0, 3, 30000)),
}


@pytest.mark.parametrize("name", TAILS)
def test_psi_is_that_of_the_values_however_long_their_tails(name):
    before, now = TAILS[name](np.random.default_rng(3))
    first = frame(x=before)
    second = table_stats(pa.table({"x": now}), earlier=stats_from_json(first.to_json()))
    value = found(Drift("psi", "x", 0.2), second, first).value
    assert value == pytest.approx(true_psi(before, now), rel=0.12, abs=0.01)


def test_edges_of_an_odd_first_version_are_left():
    chance = np.random.default_rng(3)
    odd = frame(x=[0.0] * 60 + [1.0])
    values = [chance.lognormal(mean, 3, 30000) for mean in (9, 10.5)]
    second = table_stats(pa.table({"x": values[0]}), earlier=odd)
    third = table_stats(pa.table({"x": values[1]}), earlier=second)
    value = found(Drift("psi", "x", 0.2), third, second).value
    assert value == pytest.approx(true_psi(*values), rel=0.12)


@pytest.mark.parametrize("measure", ["psi", "mean"])
@pytest.mark.parametrize("follows", [True, False])
def test_infinite_values_are_a_change(measure, follows):
    before = frame(x=[float(n) for n in range(100)])
    values = pa.table({"x": [inf] * 100})
    now = stats_from_json(table_stats(values, earlier=before if follows else None).to_json())
    one = found(Drift(measure, "x", 0.5), now, before)
    assert not one.holds
    some = frame(x=[*map(float, range(99)), -inf])
    assert not found(Drift("mean", "x", 0.5), some, before).holds
    assert found(Drift("psi", "x", 0.5), some, before).holds


def test_the_largest_floats_have_a_mean_and_a_deviation():
    before = frame(x=[float(n) for n in range(100)])
    now = frame(x=[*map(float, range(99)), 1e300])
    assert not found(Drift("mean", "x", 0.5), now, before).holds
    assert found(Drift("mean", "x", 0.5), now, now).value == 0
    one = now.columns["x"]
    assert one.mean == pytest.approx(1e298)
    assert one.std == pytest.approx(9.9498744e298)


@pytest.mark.parametrize("measure", ["psi", "mean"])
def test_what_cannot_be_measured_is_a_warning(measure):
    now = frame(x=[float(n) for n in range(100)])
    bare = FrameStats(100, {"x": ColumnStats(0, type="float64")})
    one = found(Drift(measure, "x", 0.5), now, bare)
    assert (one.holds, one.lacking, one.finding().severity) == (True, True, "warn")
    assert one.finding().message.startswith(f"{measure} of 'x' can't be measured: ")
    assert not found(Drift("psi", "x", 0.5), frame(x=[1.0] * 9), frame(x=[2.0] * 9)).lacking
    assert not found(Drift(measure, "x", 0.5), frame(x=pa.nulls(99, pa.float64())), now).lacking


def test_shares_of_others_are_read_with_care():
    good = Shares((1.0, 2.0), (3, 4, 5))
    assert shares_from_json(good.to_json()) == good
    for bad in (None, {}, {"edges": [1.0], "counts": [1]}, {"edges": [2, 1], "counts": [1, 1, 1]},
                {"edges": [1], "counts": [1, -1]}, {"edges": ["a"], "counts": [1, 1]},
                {"edges": list(range(99)), "counts": [1] * 100}):  # fmt: skip
        assert shares_from_json(bad) is None


def test_parts_over_the_same_edges_are_added():
    values = np.random.default_rng(3).lognormal(0, 3, 3000)
    first = frame(x=values)
    again = table_stats(pa.table({"x": values * 2}), earlier=first)
    both = merged([first, again]).columns["x"]
    assert both.shares.edges == first.columns["x"].shares.edges
    assert both.shares.total == 6000
    assert merged([first, frame(x=values * 2)]).columns["x"].shares is None
