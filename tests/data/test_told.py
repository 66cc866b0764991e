"""How findings are told: counts, shares and plural forms."""

from __future__ import annotations

import pytest

from wombat.data.report import Finding
from wombat.data.told import counted, said, share


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
