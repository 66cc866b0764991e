"""Data diffs: what counts as a change, and how it looks. The pictures in `diffs/` are what people
see: `WOMBAT_UPDATE=1` writes them anew; look at them before you commit."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wombat.data.stats import table_stats
from wombat.data.stats.model import ColumnStats, FrameStats
from wombat.data.told import share
from wombat.review.data_diff import Side, compare, diff_as_json
from wombat.review.diff_markdown import diff_markdown
from wombat.review.diff_text import diff_text
from wombat.review.diff_words import figure, place
from wombat.review.histogram import BLOCKS, bar, row

HERE = Path(__file__).parent / "diffs"
CONTENT = "ab" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)


def flights(shift: int) -> pa.Table:
    """Two thousand flights without any chance in them; `shift` moves some of their columns."""
    numbers = range(2000)
    delays = [None if n % 50 < shift else float((n * n) % 97 * (n % 5) / 4 - 15) for n in numbers]
    carriers = ["UA", "DL", "AA", "B6", "WN"]
    columns = {
        "flight": list(numbers),
        "delay": [d if d is None or not shift else d * 1.5 + 10 for d in delays],
        "carrier": [carriers[(n % 11) % 5 if n % 3 or not shift else 1] for n in numbers],
        "departed": pa.array([START + timedelta(minutes=11 * n * (1 + shift)) for n in numbers],
                             pa.timestamp("us", tz="UTC")),
        "day": [(START + timedelta(days=n % 31)).date() for n in numbers],
        "tail": [f"N{n % 400:0{3 + shift}}" for n in numbers],
        "night": [n % (4 - shift) == 0 for n in numbers],
        "stops": [[0] * (n % 3 + shift) for n in numbers],
        "distance": pa.array([n % 700 for n in numbers], pa.float64() if shift else pa.int64()),
    }  # fmt: skip
    columns |= {"gate": ["A"] * 2000} if not shift else {"wind": [float(n % 9) for n in numbers]}
    return pa.table(columns)


def side(shift, label="flights/late@main, run 41", **words):
    earlier = table_stats(flights(0)) if shift else None
    stats = table_stats(flights(shift), earlier=earlier)
    return Side(label, {"": f"{shift:064x}"}, "dataframe", "flights.late", "s" * 64, 9000, stats,
                **words)  # fmt: skip


@pytest.fixture(scope="module")
def drifted():
    return compare(side(0), side(1, "flights/late@main, run 42"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("text-80.txt", {}), ("text-120.txt", {"width": 120, "every": True}),
     ("ascii-60.txt", {"width": 60, "plain": True})],
)  # fmt: skip
def test_text_is_as_it_was_looked_at(name, words, drifted):
    same_as_golden(name, diff_text(drifted, **words))


def test_markdown_is_as_it_was_looked_at(drifted):
    same_as_golden("markdown.md", diff_markdown(drifted))


def same_as_golden(name, text):
    file = HERE / name
    if os.environ.get("WOMBAT_UPDATE"):
        HERE.mkdir(exist_ok=True)
        file.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    assert text.rstrip("\n") + "\n" == file.read_text(encoding="utf-8")


def test_what_changed_most_comes_first(drifted):
    states = [one.state for one in drifted.columns]
    order = ["removed", "added", "retyped", "changed", "little", "same"]
    assert states == sorted(states, key=order.index)
    changed = drifted.of("changed")
    assert [one.score for one in changed] == sorted((one.score for one in changed), reverse=True)
    assert {one.name for one in drifted.of("same")} == {"flight", "day"}
    assert [one.name for one in drifted.of("retyped")] == ["distance"]


def test_the_same_content_is_the_same_data_whatever_was_recorded():
    one = side(0)
    diff = compare(one, replace(one, stats=None, label="elsewhere"))
    assert diff.same
    assert "the same data" in diff_text(diff)
    assert "The same data" in diff_markdown(diff)
    assert diff_as_json(diff)["columns"] == []


def test_other_content_with_the_same_statistics_is_not_the_same(drifted):
    diff = compare(side(0), replace(side(0), contents={"": CONTENT}))
    assert not diff.same
    assert {one.state for one in diff.columns} == {"same"}
    assert "unchanged (10)" in diff_text(diff)
    nothing = Side("a"), Side("b")
    assert not compare(*nothing).same


def test_old_records_are_compared_by_their_counts():
    old = FrameStats(100, {"x": ColumnStats(0, 1, 9), "y": ColumnStats(50)})
    new = FrameStats(100, {"x": ColumnStats(20, 1, 30), "y": ColumnStats(50)})
    diff = compare(Side("a", {"": "1"}, stats=old), Side("b", {"": "2"}, stats=new))
    assert [(one.name, one.state) for one in diff.columns] == [("x", "changed"), ("y", "same")]
    text = diff_text(diff)
    assert "nulls 0 % → 20 %" in text
    assert "max 9 → 30" in text
    assert "psi" not in text


def test_a_range_that_grew_is_a_change_though_few_values_are_there():
    old, new = (FrameStats(100, {"x": ColumnStats(0, 0, most)}) for most in (10, 1000))
    diff = compare(Side("a", {"": "1"}, stats=old), Side("b", {"": "2"}, stats=new))
    assert [one.state for one in diff.columns] == ["changed"]


def test_without_statistics_it_says_so():
    left, right = Side("a", {"": "1"}), side(0)
    assert "no statistics were recorded of a" in diff_text(compare(left, right))
    assert "No statistics were" not in diff_markdown(compare(left, right))
    assert "records hold no statistics" in diff_text(compare(left, Side("b", {"": "2"}, bytes=7)))
    assert compare(left, right).columns == ()


def test_parts_by_what_became_of_them():
    one = Side("a", {"us": "1", "eu": "2", "old": "3"})
    other = Side("b", {"us": "1", "eu": "9", "new": "4"})
    assert compare(one, other).parts == {"added": ["new"], "removed": ["old"], "changed": ["eu"]}
    assert "parts   1 added (new), 1 removed (old), 1 changed (eu)" in diff_text(
        compare(one, other)
    )


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("plain", [False, True])
def test_no_line_is_longer_than_the_terminal(width, plain, drifted):
    text = diff_text(drifted, width=width, plain=plain, every=True)
    assert max(map(len, text.split("\n"))) <= min(width, 100)
    assert not plain or text.isascii()


def test_styles_are_for_terminals_and_change_no_words(drifted):
    styled = diff_text(drifted, style=lambda text, role: f"<{role}>{text}</>")
    assert re.sub(r"<\w+>|</>", "", styled) == diff_text(drifted)


HOSTILE = st.text(min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
@example("a|b", "c|d", "e|f")
@example("<img src=x>", "<b>1", "<i>2")
def test_names_and_values_steer_nothing(name, value, label):
    def frame(count):
        top = ((value, count), ("other", 500))
        kept = ColumnStats(0, min=value, max=label, type=name, top=top, others=9)
        return FrameStats(1000, {name: kept, f"{name}!": replace(kept, top=None, nulls=count)})

    def told(count):
        return Side(label, {value: str(count)}, name, label, stats=frame(count))

    diff = compare(told(100), replace(told(900), type=value, schema=name))
    text = diff_text(diff)
    assert text.replace("\n", "").isprintable()
    assert text.count("\n") <= 20
    html = MarkdownIt("commonmark").enable("table").render(diff_markdown(diff))
    assert not {*re.findall(r"<(\w+)", html)} - {
        "h3", "p", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong",
    }  # fmt: skip
    body = html.partition("<tbody>")[2]
    assert body.count("<td>") == 12


def test_a_bar_in_a_name_ends_no_cell():
    frames = [FrameStats(9, {"a|b": ColumnStats(0, type=kind)}) for kind in ("x|y", "z")]
    diff = compare(*(Side("s", {"": str(n)}, stats=one) for n, one in enumerate(frames)))
    html = MarkdownIt("commonmark").enable("table").render(diff_markdown(diff))
    assert "<td><code>a|b</code></td>" in html
    assert "<td><code>x|y</code> → <code>z</code></td>" in html


@pytest.mark.slow
def test_json_is_json_and_says_all(drifted):
    tree = json.loads(json.dumps(diff_as_json(drifted), allow_nan=False))
    assert {one["name"] for one in tree["columns"]} == {*flights(0).column_names, "wind"}
    (delay,) = (one for one in tree["columns"] if one["name"] == "delay")
    assert delay["psi"] > 0.1
    assert delay["null_rate"] == pytest.approx(0.02)
    assert delay["now"]["hist"]["counts"]
    constant = [FrameStats(9, {"x": ColumnStats(0, mean=float(n), std=0.0)}) for n in (1, 2)]
    diff = compare(*(Side(str(n), {"": str(n)}, stats=one) for n, one in enumerate(constant)))
    json.dumps(diff_as_json(diff), allow_nan=False)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=22), st.floats(0.01, 1), st.booleans())
def test_rows_have_a_sign_a_share_and_nothing_only_for_nothing(of, most, plain):
    drawn = row(of, most, wide=2, plain=plain)
    assert len(drawn) == 2 * len(of)
    assert all((drawn[2 * n] == " ") == (one == 0) for n, one in enumerate(of))
    assert len(bar(of[0], most, 10, plain=plain)) <= 10
    assert bool(bar(of[0], most, 10, plain=plain)) == (of[0] > 0)


def test_the_highest_is_full():
    assert row([0.5, 0.25, 0.0], 0.5) == f"{BLOCKS[-1]}{BLOCKS[4]} "
    assert row([0.0, 0.0], 0.0) == "  "
    assert bar(0.5, 0.5, 4) == "████"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 %"), (0.024, "2.4 %"), (0.5, "50 %"), (1, "100 %"), (0.99999, "> 99.9 %"),
     (0.000036, "0.0036 %"), (0.0009, "0.09 %")],
)  # fmt: skip
def test_shares(value, shown):
    assert share(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1301, "1,301"), (12.6400001, "12.64"), (3.2e-7, "3.2e-07"), (-0.5, "-0.5"), (2.0, "2"),
     (12345.678, "12,345.7"), (1e20, "1.000e+20")],
)  # fmt: skip
def test_figures(value, shown):
    assert figure(value) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("date", 20454, "2026-01-01"), ("timestamp[us, UTC]", 1767225600, "2026-01-01"),
     ("timestamp[us]", 1767225601.5, "2026-01-01 00:00:01"), ("time", 3600, "1:00:00"),
     ("duration[s]", 90061, "1 day, 1:01:01"), ("date", 1e12, "1,000,000,000,000"),
     (None, 1.5, "1.5")],
)  # fmt: skip
def test_places(kind, value, shown):
    assert place(value, ColumnStats(0, type=kind)) == shown
