"""How findings are told: counts, shares and plural forms."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from wombat.data.arrow import arrow_type
from wombat.data.report import Finding
from wombat.data.told import counted, said, share
from wombat.data.validate import judge
from wombat.schema.model import schema_from_json
from wombat.schema.policy import resolve_policy


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (1, 3, "33.3 %"),
        (3, 1000, "0.3 %"),
        (412, 336_776, "0.12 %"),
        (12, 336_776, "0.0036 %"),
        (1, 10**9, "< 0.0001 %"),
        (10**9 - 1, 10**9, "> 99.9 %"),
        (999, 1000, "99.9 %"),
        (2, 100, "2 %"),
        (10, 100, "10 %"),
        (100, 300_000_000, "< 0.0001 %"),
        (0.01, 1, "1 %"),
        (-0.023, 1, "-2.3 %"),
        (1.5, 1, "150 %"),
        (9999, 10000, "> 99.9 %"),
        (997, 1000, "99.7 %"),
        (99, 120, "82.5 %"),
        (9, 1000, "0.9 %"),
        (1, 26_115, "0.0038 %"),
    ],
)
def test_a_share_is_spelled_one_way(part, whole, shown):
    assert share(part, whole) == shown


def test_one_row_fails_and_two_fail():
    def told(failing: int, checked: int, numbers: tuple[int, ...]) -> str:
        found = Finding("n", "min", "'n' is below 0", failing=failing, checked=checked)
        return said(Finding(**{**_fields(found), "rows": numbers}))

    assert told(1, 1, (0,)) == "'n' is below 0: 1 of 1 row (100 %) fails: row 0"
    assert told(2, 4, (1, 3)) == "'n' is below 0: 2 of 4 rows (50 %) fail: rows 1, 3"
    assert told(9, 10, (1, 2, 3, 4)).endswith("9 of 10 rows (90 %) fail: rows 1, 2, 3, …")
    assert (counted(1, "row"), counted(0, "row"), counted(1000, "row")) == (
        "1 row", "0 rows", "1,000 rows",
    )  # fmt: skip


def test_of_a_sample_is_told_how_much_was_looked_at():
    found = Finding("n", "min", "'n' is below 0", failing=60, checked=6000, rows=(5, 6, 7, 8))
    assert said(found, 50_000) == (
        "'n' is below 0: 60 of 6,000 looked at (1 %) fail, of 50,000 rows: rows 5, 6, 7, …"
    )
    assert said(found, 6000) == "'n' is below 0: 60 of 6,000 rows (1 %) fail: rows 5, 6, 7, …"


def test_what_counts_no_rows_is_its_message():
    assert said(Finding("n", "missing", "column 'n' is missing"), 50) == "column 'n' is missing"


def _fields(finding: Finding) -> dict:
    return {name: getattr(finding, name) for name in Finding.__slots__}


COLUMN = "price"


@pytest.mark.parametrize(
    ("words", "values", "told"),
    [
        ({"type": "float64", "max": 70.0}, [71.0], "'price' is above 70"),
        ({"type": "float64", "min": 0.5}, [0.0], "'price' is below 0.5"),
        ({"type": "int64", "gt": 0}, [0], "'price' isn't above 0"),
        ({"type": "int64", "lt": 9}, [9], "'price' isn't below 9"),
        ({"type": "bool", "equals": True}, [False], "'price' isn't true"),
        ({"type": "string", "equals": "eur"}, ["usd"], "'price' isn't 'eur'"),
        ({"type": "string", "in": ["eur"]}, ["usd"], "'price' isn't the one allowed value"),
        ({"type": "string", "not_in": ["a", "b"]}, ["a"],
         "'price' is one of the 2 excluded values"),
        ({"type": "date", "min": "2026-01-01"}, [date(2025, 1, 1)],
         "'price' is below 2026-01-01"),
        ({"type": "int64"}, [None], "'price' holds nulls"),
    ],
)  # fmt: skip
def test_a_check_is_told_in_words(words, values, told):
    (found,) = judged({COLUMN: words}, {COLUMN: values})
    assert found.message == told


@pytest.mark.parametrize(
    ("compare", "told"),
    [
        (["a", "ge", "b"], "rule later: a < b"),
        (["a", "gt", "b"], "rule later: a <= b"),
        (["a", "eq", "b"], "rule later: a != b"),
        (["a", "gt", {"value": 5, "type": "int64"}], "rule later: a <= 5"),
    ],
)
def test_a_rule_is_told_by_what_stands_in_the_rows_that_fail(compare, told):
    columns = {"a": {"type": "int64"}, "b": {"type": "int64"}}
    rules = [{"name": "later", "compare": compare}]
    (found,) = judged(columns, {"a": [1], "b": [2]}, rules=rules)
    assert found.message == told


@pytest.mark.parametrize("word", ["ne", "le", "lt"])
def test_the_other_rules(word):
    columns = {"a": {"type": "int64"}, "b": {"type": "int64"}}
    rules = [{"name": "apart", "compare": ["a", word, "b"]}]
    (found,) = judged(columns, {"a": [3], "b": [3 if word == "ne" else 2]}, rules=rules)
    assert found.message == {"ne": "rule apart: a == b", "le": "rule apart: a > b",
                             "lt": "rule apart: a >= b"}[word]  # fmt: skip


def judged(columns, values, **words):
    schema = schema_from_json({"schema": "told", "columns": columns, **words})
    fields = [(name, arrow_type(one.type)) for name, one in schema.columns.items()]
    table = pa.table(values, schema=pa.schema(fields))
    return judge(table, schema, resolve_policy("production")).report.findings
