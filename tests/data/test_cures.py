"""Cures do what they say: the expression, run over a frame, makes the type that was asked for."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from wombat.data.arrow import logical_type
from wombat.data.cures import cure
from wombat.data.engines import load_engine
from wombat.schema.types import type_from_json

DOCS = Path(__file__).parents[2] / "docs" / "SCHEMAS.md"
MOMENTS = pd.Series(pd.to_datetime(["2026-01-31 10:00", None]))
FRAMES = {
    "floats": pd.Series([1.0, None]),
    "small": pd.Series([1, 0], dtype="int32"),
    "truth": pd.Series([True, False]),
    "digits": pd.Series(["1", "0"]),
    "days": pd.Series([date(2026, 1, 31), None]),
    "text": pd.Series(["2026-01-31 10:00:00", None]),
    "day texts": pd.Series(["2026-01-31", None]),
    "naive": MOMENTS.astype("datetime64[us]"),
    "fine": MOMENTS.astype("datetime64[ns]").dt.tz_localize("UTC"),
    "berlin": MOMENTS.astype("datetime64[us]").dt.tz_localize("Europe/Berlin"),
    "spans": pd.Series(pd.to_timedelta(["1h", None])).astype("timedelta64[ns]"),
    "prices": pd.Series([Decimal("1.50"), Decimal("2.00")]),
}
UTC = {"type": "timestamp", "unit": "us", "timezone": "UTC"}
NAIVE = {"type": "timestamp", "unit": "us"}
BOTH = ("pandas", "polars")
CASES = [
    *((made, wanted, BOTH) for made in ("floats", "small", "truth", "digits")
      for wanted in ("int64", "uint8", "float32")),
    *((made, "bool", BOTH) for made in ("floats", "small")),
    *((made, "string", BOTH) for made in ("floats", "small", "truth")),
    *((made, {"type": "decimal", "precision": 9, "scale": 2}, ("polars",))
      for made in ("floats", "small")),
    ("prices", "float64", BOTH),
    *((made, "date", BOTH) for made in ("naive", "berlin", "day texts")),
    *((made, wanted, BOTH) for made in ("text", "days", "naive", "fine", "berlin")
      for wanted in (UTC, NAIVE, UTC | {"unit": "ms"}, UTC | {"timezone": "Asia/Tokyo"})),
    ("spans", {"type": "duration", "unit": "us"}, BOTH),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "wanted", "library"),
    [
        pytest.param(made, wanted, library, id=f"{made}-{type_from_json(wanted)}-{library}")
        for made, wanted, libraries in CASES
        for library in libraries
    ],
)
def test_an_expression_makes_the_type(made, wanted, library):
    kind = type_from_json(wanted)
    frame = pd.DataFrame({'a "b"': FRAMES[made]})
    name = frame.columns[0]
    table = load_engine("pandas").to_arrow(frame, None)
    here = logical_type(table.schema.field(0).type)
    said = cure(name, here, kind, library)
    assert said is not None
    if library == "pandas":
        frame[name] = eval(said, {"pd": pd, "frame": frame})
        mended = load_engine("pandas").to_arrow(frame, None)
    else:
        polars = pl.from_arrow(table)
        mended = load_engine("polars").to_arrow(polars.with_columns(eval(said, {"pl": pl})), None)
    assert logical_type(mended.schema.field(0).type) == kind


@pytest.mark.parametrize(
    ("made", "wanted", "library"),
    [
        ("string", "bool", "pandas"),
        ("int64", UTC, "polars"),
        ({"type": "list", "of": "int32"}, {"type": "list", "of": "int64"}, "pandas"),
        ("int32", "int64", None),
        ("int32", "int64", "pyspark"),
        (NAIVE, {"type": "timestamp", "unit": "s"}, "polars"),
    ],
)
def test_what_would_have_to_be_guessed_has_no_cure(made, wanted, library):
    assert cure("a", type_from_json(made), type_from_json(wanted), library) is None


def test_the_page_says_what_messages_say():
    """Each row of the page's table of types is what the program would say."""
    row = re.compile(r"\| `column '(\w+)' is (\S+?(?:\[.*?\])?); expected (\S+?(?:\[.*?\])?)` \|"
                     r"[^|]*\| `([^`]+)`.*\|")  # fmt: skip
    found = [row.match(line) for line in DOCS.read_text("utf-8").splitlines()]
    rows = [one.groups() for one in found if one]
    assert len(rows) >= 7
    for name, made, wanted, written in rows:
        said = cure(name, _typed(made), _typed(wanted), "pandas")
        assert said is not None
        assert said.replace(f'frame["{name}"]', "…").removeprefix("…") == written


def _typed(text: str):
    kind, _, inner = text.partition("[")
    words = [word.strip() for word in inner.rstrip("]").split(",") if word]
    tree = {"type": kind, **dict(zip(("unit", "timezone"), words, strict=False))}
    return type_from_json(tree if words else kind)
