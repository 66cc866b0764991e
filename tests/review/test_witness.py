"""Witnesses as text: aligned, no wider than the terminal, cells at fault marked."""

from __future__ import annotations

import pytest

from wombat.errors import Diagnostic, Guilty, Place
from wombat.review.codequality import as_codequality
from wombat.review.diagnostics import plain_style
from wombat.review.witness import text_width, witness_lines


def lines(*rows: tuple[str, ...], width: int = 140) -> list[str]:
    return list(witness_lines(rows, plain_style, width))


def test_a_caret_stands_below_what_is_at_fault():
    shown = lines(("id", "age"), ("1", "20"), ("20", Guilty("130")))
    assert shown == ["id  age", "1   20", "20  130", "    ^^^"]


def test_on_a_terminal_the_cell_has_a_style():
    table = (("id", "age"), ("1", Guilty("x")))
    shown = list(witness_lines(table, lambda text, role: f"<{role}>{text}</>", 80))
    assert shown == ["id  age", "1   <caret>x  </>", "<caret>    ^</>"]


def test_wide_characters_take_two_columns():
    assert lines(("名", "b"), ("x", Guilty("1"))) == ["名  b", "x   1", "    ^"]


@pytest.mark.parametrize("width", [30, 60, 100])
def test_long_cells_are_cut_to_the_width(width: int):
    shown = lines(("id", "text", "more"), ("1", "x" * 200, Guilty("y" * 90)), width=width)
    assert all(text_width(line) <= width for line in shown)
    assert "…" in shown[1]
    assert shown[2].strip().strip("^") == ""


def test_nothing_in_a_cell_or_a_name_steers_a_terminal():
    assert lines(("a\x1b[2J", "b\nc"), ("x\r", "y")) == [r"a\x1b[2J  b\nc", r"x\r       y"]


def test_code_quality_tells_what_is_at_fault_first():
    one = Diagnostic(
        "edge-refuted",
        "no",
        Place("p.yml"),
        table=(("id", "age", "… 3 more columns"), ("1", Guilty("130"), "")),
    )
    said = as_codequality([one])[0]["description"]
    assert said == "no · for example age: 130, id: 1, … 3 more columns"
