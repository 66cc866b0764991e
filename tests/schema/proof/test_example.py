"""What people are told of a refuted edge: what clashes, and the cells at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wombat.errors import Diagnostics, Guilty
from wombat.language.source import parse_documents
from wombat.schema.load import read_schema
from wombat.schema.proof.relate import relate

if TYPE_CHECKING:
    from wombat.schema.model import FrameSchema


def read(name: str, *columns: str, more: str = "") -> FrameSchema:
    lines = "".join(f"  {one}\n" for one in columns)
    sink = Diagnostics()
    text = f"schema: {name}\n{more}columns:\n{lines}"
    (document,) = parse_documents(text.encode(), "s.yml", sink)
    found = read_schema(document, sink)
    assert found is not None, sink.found
    return found


MADE = (
    "id: int64",
    "status: {type: string, in: [new, sent, lost]}",
    'country: {type: string, match: "[a-z]{2}"}',
    "age: {type: int64, min: 0, max: 130}",
    "name: {type: string, length: [0, 50]}",
    'mail: {type: string, pii: true, match: "[^@]+@[^@]+"}',
    "tags: {type: list, of: string, length: [0, 5]}",
    "paid: bool",
    "kind: {type: enum, of: [a, b]}",
    "note: string?",
    "sent: date",
    "back: date",
)

SAID = {
    "status: {type: string, in: [new, sent]}": (
        "'status' may be 'lost'; need allows new, sent",
        "'in: [new, sent]' of 'status' in raw, or a wider 'in' in need",
    ),
    'country: {type: string, match: "[a-y]{2}"}': (
        "'country' may be 'az'; need wants match [a-y]{2}",
        "'match: \"[a-y]{2}\"' of 'country' in raw, or another 'match' in need",
    ),
    "age: {type: int64, max: 120}": (
        "'age' may be 121; need wants max 120",
        "'max: 120' of 'age' in raw, or a wider 'max' in need",
    ),
    "age: {type: int64, not_in: [7, 8]}": (
        "'age' may be 7; need forbids 7, 8",
        "'not_in: [7, 8]' of 'age' in raw, or a shorter 'not_in' in need",
    ),
    "name: {type: string, length: [1, 10]}": (
        "'name' may have 0 characters; need wants length from 1 to 10",
        "'length: [1, 10]' of 'name' in raw, or a wider 'length' in need",
    ),
    "tags: {type: list, of: string, length: [0, 3]}": (
        "'tags' may have 4 elements; need wants length at most 3",
        "'length: [0, 3]' of 'tags' in raw, or a wider 'length' in need",
    ),
    "mail: {type: string, ends_with: .com}": (
        "'mail' may be 'a@a'; need wants ends_with .com",
        "'ends_with: \".com\"' of 'mail' in raw, or another 'ends_with' in need",
    ),
    "paid: {type: bool, equals: true}": (
        "'paid' may be false; need wants equals true",
        "'equals: true' of 'paid' in raw, or another 'equals' in need",
    ),
    "kind: {type: enum, of: [a]}": (
        "'kind' may be 'b'; need allows a",
        "'in: [a]' of 'kind' in raw, or a wider 'of' in need",
    ),
    "note: string": (
        "'note' may be null, need forbids it",
        "'fill_null' in need, or not null in raw",
    ),
}


@pytest.mark.parametrize(("column", "said"), SAID.items())
def test_a_reason_says_what_clashes(column: str, said: tuple[str, str]) -> None:
    verdict = relate(read("raw", *MADE), read("need", column))
    assert (verdict.kind, verdict.reason, verdict.suggestion) == ("refuted", *said)
    header, row = verdict.example
    assert header == (verdict.column, f"… {len(MADE) - 1} more columns")
    assert isinstance(row[0], Guilty)
    assert row[1] == ""
    assert len(verdict.witness[0]) == len(MADE)


def test_long_lists_are_cut_in_sentences() -> None:
    many = f"status: {{type: string, in: [{', '.join(f'state{n}' for n in range(20))}]}}"
    verdict = relate(read("raw", "status: string"), read("need", many))
    told = "state0, state1, state2, state3, state4, state5, … 14 more"
    assert verdict.reason == f"'status' may be ''; need allows {told}".replace("''", '""')
    assert verdict.suggestion == "'in' of 'status' in raw, or a wider 'in' in need"


def test_a_rule_shows_the_columns_that_it_compares_and_the_key() -> None:
    rule = "rules: [{name: later, compare: [back, ge, sent]}]\n"
    verdict = relate(
        read("raw", *MADE, more="key: [id]\n"), read("need", "sent: date", "back: date", more=rule)
    )
    assert verdict.kind == "refuted"
    assert verdict.reason.endswith("; rule 'later' of need wants 'back' >= 'sent'")
    assert verdict.reason.startswith("'back' may be ")
    header, row = verdict.example
    assert header == ("id", "sent", "back", "… 9 more columns")
    assert [isinstance(cell, Guilty) for cell in row] == [False, True, True, False]


def test_a_rule_with_a_constant_says_it() -> None:
    rule = "rules: [{name: old, compare: [age, ge, {value: 18}]}]\n"
    verdict = relate(read("raw", *MADE), read("need", "age: int64", more=rule))
    assert verdict.reason.endswith("; rule 'old' of need wants 'age' >= 18")


def test_what_stands_twice_is_marked_in_both_rows() -> None:
    verdict = relate(read("raw", *MADE), read("need", "id: int64", more="key: [id]\n"))
    assert verdict.reason == "the same 'id' may stand in two rows; need has it as its key"
    header, *rows = verdict.example
    assert header == ("id", "… 11 more columns")
    assert [isinstance(row[0], Guilty) for row in rows] == [True, True]
    assert rows[0][0] == rows[1][0]


def test_an_absent_column_is_shown_as_absent() -> None:
    verdict = relate(read("raw", "a: int64"), read("need", "a: int64", "b: int64"))
    assert verdict.example == (("a", "b"), ("1", "(absent)"))
    assert verdict.witness == (("a",), ("1",))
    assert [isinstance(cell, Guilty) for cell in verdict.example[1]] == [False, True]


def test_a_lossy_cast_names_the_value() -> None:
    verdict = relate(read("raw", "a: int64"), read("need", "a: int32"), cast="safe")
    assert verdict.kind == "refuted"
    assert verdict.reason.endswith("; need needs int32, which doesn't hold that")


def test_small_frames_are_shown_whole() -> None:
    four = ("a: int64", "b: int64", "c: int64", "d: int64?")
    assert relate(read("raw", *four), read("need", "d: int64")).example[0] == tuple("abcd")
    five = (*four, "e: int64")
    assert relate(read("raw", *five), read("need", "d: int64")).example[0] == (
        "d",
        "… 4 more columns",
    )


def test_of_several_rows_the_one_at_fault_is_marked() -> None:
    made = read("raw", "a: {type: int64, max: 9}", more="rows: {min: 2}\n")
    value = relate(made, read("need", "a: {type: int64, max: 5}"))
    assert [isinstance(row[0], Guilty) for row in value.example[1:]] == [True, False]
    kind = relate(made, read("need", "a: string"))
    assert [isinstance(row[0], Guilty) for row in kind.example[1:]] == [True, True]
