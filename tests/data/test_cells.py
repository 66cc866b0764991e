"""Cells of CSV and JSON lines that aren't of their type: found, told by line, set aside."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.tables import schema_of
from wombat.data.artifacts import Spec, load_type
from wombat.data.cells import MOST, BadLines, BadTable, convert, parsed, shape_of
from wombat.data.tables import read_cells, read_table
from wombat.errors import DataInvalid, TaskFailed, UsageFault
from wombat.schema.policy import Policy

COLUMNS = {
    "id": {"type": {"type": "int64"}},
    "price": {"type": {"type": "float64"}, "nullable": True, "min": 0},
    "at": {"type": {"type": "timestamp", "unit": "us", "timezone": "UTC"}, "nullable": True},
}
SCHEMA = schema_of(COLUMNS)
CSV = """\
id,price,at
1,1.5,2026-01-31T10:00:00Z
two,n/a,2026-01-31T10:00:00Z

3,,
4,-1,2026-01-31 10:00:00
5,2,2026-01-31T10:00:00.25Z
"""
LINES = """\
{"id": 1, "price": 1.5, "at": "2026-01-31T10:00:00Z"}
{"id": "two", "price": "n/a", "at": "2026-01-31T10:00:00Z"}

{"id": 3}
{"id": 4, "price": -1, "at": "2026-01-31 10:00:00"}
{"id": 5, "price": 2, "at": "2026-01-31T10:00:00.25Z"}
"""
FORMATS = [("csv", CSV), ("jsonl", LINES)]


def check(folder, kind, text, policy, schema=SCHEMA):
    (folder / f"data.{kind}").write_text(text)
    rejects = folder.parent / f"{folder.name}-rejects"
    spec = Spec("out", "dataframe", schema, options={"format": kind}, rejects=rejects)
    return load_type("dataframe").check(folder, spec, policy), rejects / "data.parquet"


@pytest.mark.parametrize(("kind", "text"), FORMATS)
@pytest.mark.parametrize("on_fail", ["error", "warn"])
def test_each_is_told_by_column_and_line_and_never_kept(kind, text, on_fail, tmp_path):
    report, rejects = check(tmp_path, kind, text, Policy(on_fail=on_fail))
    assert not report.ok
    assert not report.passed
    told = {(one.column, one.check): one for one in report.findings}
    assert {key: (one.failing, one.checked, one.rows) for key, one in told.items()} == {
        ("id", "type"): (1, 5, (1,)),
        ("price", "type"): (1, 5, (1,)),
        ("at", "type"): (1, 5, (3,)),
    }
    first = 1 if kind == "csv" else 0
    assert told["id", "type"].message == f"'id' isn't int64 (line {first + 2})"
    assert told["at", "type"].message == f"'at' isn't timestamp[us, UTC] (line {first + 5})"
    assert "two" not in str(report)
    assert not rejects.exists()


@pytest.mark.parametrize(("kind", "text"), FORMATS)
def test_other_rows_are_judged_too_and_keep_their_numbers(kind, text, tmp_path):
    text = text.replace("5,2,", "5,-2,").replace('"price": 2,', '"price": -2,')
    report, _ = check(tmp_path, kind, text, Policy())
    assert [(one.column, one.check, one.rows) for one in report.findings][-1] == (
        "price", "min", (4,),
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), FORMATS)
def test_quarantine_sets_their_rows_aside_with_what_stood_there(kind, text, tmp_path):
    text = text.replace("5,2,", "5,-2,").replace('"price": 2,', '"price": -2,')
    policy = Policy(on_fail="quarantine", max_failure_rate=0.6)
    report, rejects = check(tmp_path, kind, text, policy)
    assert report.ok, report.findings
    assert (report.rows, report.rejected) == (5, 3)
    (low,) = (one for one in report.findings if one.check == "min")
    assert (low.failing, low.checked, low.rows, low.severity) == (1, 5, (4,), "warn")
    kept = pq.read_table(tmp_path / "data.parquet")
    assert kept.column("id").to_pylist() == [1, 3]
    aside = pq.read_table(rejects)
    assert aside.column_names[:3] == ["id", "price", "at"]
    assert aside.schema.field("price").type == pa.float64()
    assert aside.column_names[-1] == "rejected_because"
    assert aside.column("rejected_because").to_pylist() == [
        ["id.type", "price.type"], ["at.type"], ["price.min"],
    ]  # fmt: skip
    assert aside.column("id_as_written").to_pylist() == ["two", None, None]
    assert aside.column("price_as_written").to_pylist() == ["n/a", None, None]
    assert aside.column("at_as_written").to_pylist() == [None, "2026-01-31 10:00:00", None]
    few, rejects = tmp_path / "few", tmp_path / "few-rejects"
    few.mkdir()
    report, _ = check(few, kind, text, Policy(on_fail="quarantine", max_failure_rows=2))
    assert not report.ok
    assert report.rejected == 0
    assert report.failing == 3
    assert not rejects.exists()


@pytest.mark.parametrize(("kind", "text"), FORMATS)
def test_a_filled_null_doesn_t_hide_a_cell(kind, text, tmp_path):
    schema = schema_of({**COLUMNS, "price": {"type": {"type": "float64"}, "fill_null": 0}})
    report, _ = check(tmp_path, kind, text, Policy(), schema)
    assert ("price", "type") in {(one.column, one.check) for one in report.findings}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,price\n1,2\n3\n4,5\n6,7,8\n", "lines 3, 5 have 1 to 3 cells; expected 2"),
        ('id,price\n1,"a\nb"\n\n3\n', "line 5 has 1 cells; expected 2, as the heading"),
    ],
)
def test_ragged_rows_are_named_by_line(text, said, tmp_path):
    (tmp_path / "data.csv").write_text(text)
    with pytest.raises(BadLines, match=said):
        read_cells(tmp_path / "data.csv", "csv", SCHEMA)
    spec = Spec("out", "dataframe", SCHEMA, options={"format": "csv"})
    with pytest.raises(DataInvalid, match=f"output 'out', data.csv: {said}"):
        load_type("dataframe").check(tmp_path, spec, Policy())
    with pytest.raises(UsageFault, match=said):
        read_table(tmp_path / "data.csv", "csv")


def test_lines_that_are_no_objects_are_named(tmp_path):
    file = tmp_path / "data.jsonl"
    file.write_text('{"id": 1}\n[2]\n\n{"id": 3, "id": 4}\n{"id": "x"}\n')
    with pytest.raises(BadLines, match=r"^lines 2, 4 are no objects of JSON"):
        read_cells(file, "jsonl", SCHEMA)
    file.write_text('{"a": 1}\n{"a": null}\n{"a": "SECRET"}\n')
    with pytest.raises(BadLines, match=r"^'a' is a number on line 1 and text on line 3") as caught:
        read_cells(file, "jsonl")
    assert "SECRET" not in str(caught.value)


def test_bytes_that_are_no_text_are_named_by_line(tmp_path):
    file = tmp_path / "data.csv"
    file.write_bytes(b"id,name\n1,a\n2,\xff\n")
    schema = schema_of({"id": COLUMNS["id"], "name": {"type": {"type": "string"}}})
    with pytest.raises(BadTable, match="line 3 isn't UTF-8"):
        read_cells(file, "csv", schema)


@pytest.mark.slow
def test_a_value_may_go_over_several_lines(tmp_path):
    file = tmp_path / "data.csv"
    rows = 200_000  # more than Arrow reads at once, which then begins anywhere
    file.write_text("id,name\n" + '1,"a\nb\nc\nd\ne\nf"\n' * rows)
    cells = read_cells(file, "csv", schema_of({"id": COLUMNS["id"]}))
    assert cells.table.num_rows == rows
    file.write_text("id,name\n" + '1,"a\nb"\n' * 10 + "x,c\n")
    bad = read_cells(file, "csv", schema_of({"id": COLUMNS["id"]}))
    assert bad.lines[bad.unread[0].rows].tolist() == [22]


def test_columns_by_a_pattern_have_its_type(tmp_path):
    schema = schema_of({"id": COLUMNS["id"]}, patterns=[
        {"match": "n_[a-z]+", "type": {"type": "string"}, "nullable": True},
    ])  # fmt: skip
    (tmp_path / "data.csv").write_text("id,n_a,n_b\n1,007,x\n")
    table = read_cells(tmp_path / "data.csv", "csv", schema).table
    assert table.column("n_a").to_pylist() == ["007"]


def test_every_type_of_json_lines(tmp_path):
    wanted = {
        "day": ({"type": "date"}, "2026-01-31", date(2026, 1, 31)),
        "clock": ({"type": "time"}, "12:30:00", time(12, 30)),
        "span": ({"type": "duration", "unit": "s"}, 90, timedelta(seconds=90)),
        "paid": ({"type": "decimal", "precision": 5, "scale": 2}, "1.50", Decimal("1.50")),
        "at": ({"type": "timestamp", "unit": "ms"}, "2026-01-31T10:00:00.250",
               datetime(2026, 1, 31, 10, 0, 0, 250_000, UTC).replace(tzinfo=None)),
        "utc": (COLUMNS["at"]["type"], "2026-01-31T10:00:00Z",
                datetime(2026, 1, 31, 10, tzinfo=UTC)),
    }  # fmt: skip
    schema = schema_of({name: {"type": kind} for name, (kind, _, _) in wanted.items()})
    file = tmp_path / "data.jsonl"
    file.write_text(json.dumps({name: text for name, (_, text, _) in wanted.items()}))
    cells = read_cells(file, "jsonl", schema)
    assert not cells.unread
    assert cells.table.to_pylist() == [{name: value for name, (_, _, value) in wanted.items()}]


@pytest.mark.parametrize("moment", ["2026-01-31T10:00:00", "2026-01-31T10:00:00.123"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_moments_without_a_schema_are_in_microseconds(moment, kind, tmp_path):
    file = tmp_path / f"data.{kind}"
    file.write_text(f"at\n{moment}\n" if kind == "csv" else json.dumps({"at": moment}))
    found = read_table(file, kind).schema.field("at").type
    # Arrow takes a moment with a fraction in JSON for text
    assert found == pa.timestamp("us") or (kind == "jsonl" and found == pa.string())
    file = tmp_path / "fine.csv"
    file.write_text("at\n2026-01-31T10:00:00.123456789\n")
    assert read_table(file, "csv").schema.field("at").type == pa.timestamp("ns")


TYPES = [
    pa.int8(), pa.int64(), pa.uint64(), pa.float32(), pa.float64(), pa.bool_(), pa.date32(),
    pa.time64("ns"), pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.decimal128(5, 2),
    pa.duration("us"),
]  # fmt: skip
CELLS = st.one_of(
    st.text("0123456789+-.:eExTZ nanIiftrue", max_size=24),
    st.from_regex(r"\A *[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?"
                  r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)? *\Z"),
    st.sampled_from(["NaN", "-inf", "Infinity", "nan(7)", "TRUE", "False", "0x1F", "1e5", "12:30"]),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("wanted", TYPES, ids=str)
@given(text=CELLS)
def test_no_value_looks_unlike_its_type(wanted, text):
    """How a value looks only decides against those that Arrow doesn't read."""
    try:
        convert(pa.chunked_array([[text]]), wanted)
    except pa.ArrowInvalid:
        return
    found = pc.match_substring_regex(pa.scalar(text), shape_of(wanted)).as_py()
    assert found, text


@given(st.lists(st.none() | st.sampled_from(["1", "127", "128", "x", "-1", ""]), max_size=40))
def test_exactly_what_arrow_doesn_t_read_is_unread(values):
    column, bad = parsed("n", pa.chunked_array([values], pa.string()), pa.int8())
    wrong = [n for n, one in enumerate(values) if one in ("128", "x", "")]
    assert (bad.rows.tolist() if bad else []) == wrong
    assert column.to_pylist() == [
        None if one is None or n in wrong else int(one) for n, one in enumerate(values)
    ]


@pytest.mark.slow
def test_as_many_as_can_be_looked_for(tmp_path):
    text = pa.chunked_array([[str(number) for number in range(1000, 1000 + MOST + 1)]])
    with pytest.raises(BadLines, match=f"more than {MOST:,} cells of 'n' aren't of its type"):
        parsed("n", text, pa.int8())
    alike = pa.chunked_array([[f"v{number}" for number in range(50_000)]])
    _, bad = parsed("n", alike, pa.int8())
    assert len(bad.rows) == 50_000
    assert np.array_equal(bad.rows, np.arange(50_000))


def test_a_list_has_no_cell(tmp_path):
    schema = schema_of({"tags": {"type": {"type": "list", "of": "string"}}})
    (tmp_path / "data.csv").write_text("tags\na\n")
    spec = Spec("out", "dataframe", schema, options={"format": "csv"})
    with pytest.raises(TaskFailed, match=r"'tags' is list.* which no cell of CSV can hold"):
        load_type("dataframe").check(tmp_path, spec, Policy())


GERMAN = {"delimiter": ";", "decimal": ",", "nulls": ["", "k. A."], "encoding": "windows-1252"}
PRICES = schema_of(
    {
        "name": {"type": {"type": "string"}, "nullable": True},
        "price": {"type": {"type": "float64"}, "nullable": True},
        "exact": {"type": {"type": "decimal", "precision": 5, "scale": 2}},
    }
)


def german(folder, text, policy, words=GERMAN, schema=PRICES):
    (folder / "data.csv").write_bytes(text.encode(words.get("encoding", "utf-8")))
    rejects = folder.parent / f"{folder.name}-rejects"
    options = {"format": "csv", "dialect": words}
    spec = Spec("out", "dataframe", schema, options=options, rejects=rejects)
    report = load_type("dataframe").check(folder, spec, policy)
    return report, rejects / "data.parquet"


def test_a_dialect_says_how_csv_is_written(tmp_path):
    text = 'name;price;exact\n"Müller; Söhne";1,5;2,25\nk. A.;k. A.;-1,50\n"k. A.";2;3\n'
    report, _ = german(tmp_path, text, Policy())
    assert report.ok
    assert pq.read_table(tmp_path / "data.parquet").to_pydict() == {
        "name": ["Müller; Söhne", None, "k. A."],
        "price": [1.5, None, 2.0],
        "exact": [Decimal("2.25"), Decimal("-1.50"), Decimal("3.00")],
    }


def test_cells_of_another_dialect_are_found_and_kept_as_written(tmp_path):
    text = "name;price;exact\na;1,5;1\nb;1.5;2\nc;1.000,5;3\n"
    report, rejects = german(tmp_path, text, Policy(on_fail="quarantine", max_failure_rate=1.0))
    assert [(one.column, one.check, one.failing, one.rows) for one in report.findings] == [
        ("price", "type", 2, (1, 2))
    ]
    assert pq.read_table(tmp_path / "data.parquet")["price"].to_pylist() == [1.5]
    assert pq.read_table(rejects)["price_as_written"].to_pylist() == ["1.5", "1.000,5"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"quote": "'"}, "name,price,exact\n'a,b',1,1\n"),
        ({"delimiter": "\t"}, "name\tprice\texact\na,b\t1\t1\n"),
        ({"delimiter": "|", "encoding": "utf-16"}, "name|price|exact\na,b|1|1\n"),
    ],
)
def test_each_word_of_a_dialect(words, text, tmp_path):
    report, _ = german(tmp_path, text, Policy(), words)
    assert report.ok
    assert pq.read_table(tmp_path / "data.parquet")["name"].to_pylist() == ["a,b"]


def test_another_encoding_or_delimiter_is_told(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"name;price;exact\na;1;1\n\xff;1;1\n")
    spec = Spec(
        "out", "dataframe", PRICES, options={"format": "csv", "dialect": {"delimiter": ";"}}
    )
    with pytest.raises(TaskFailed, match="line 3 isn't UTF-8"):
        load_type("dataframe").check(tmp_path, spec, Policy())
    text = "name;price;exact\na;1;1\nb;1\n"
    with pytest.raises(DataInvalid, match="line 3 has 2 cells; expected 3"):
        german(tmp_path, text, Policy())
