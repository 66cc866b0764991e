"""Rules that a grid of values can't show: code of one's own, masks, the proof's own failures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.proof import collected, evolve, relate
from wombat.schema.proof.doubt import pair_of
from wombat.schema.proof.frame import Frame
from wombat.schema.proof.member import is_of
from wombat.schema.proof.relate import doubts_of
from wombat.schema.types import LogicalType, type_from_json

INT = {"type": "int64"}
CODE = {"python": "shop.checks:even", "digest": "sha256:" + "a" * 64}


def schema(columns: dict[str, Any], **words: Any) -> FrameSchema:
    return schema_from_json({"schema": "s.p", "columns": columns, **words})


def test_the_same_code_of_the_same_column_is_proven() -> None:
    made = schema({"a": {**INT, "checks": [CODE]}})
    assert relate(made, made).kind == "proven"
    assert relate(schema({"a": INT}), made).kind == "unknown"
    unread = schema({"a": {**INT, "checks": [{"python": CODE["python"]}]}})
    assert relate(unread, unread).kind == "unknown"
    filled = schema({"a": {**INT, "nullable": True, "fill_null": 0, "checks": [CODE]}})
    nulls = schema({"a": {**INT, "nullable": True, "checks": [CODE]}})
    assert relate(nulls, filled).kind == "unknown"


def test_the_same_code_of_a_frame_needs_the_same_frame() -> None:
    rule = {"name": "r", **CODE}
    made = schema({"a": INT, "b": INT}, rules=[rule])
    assert relate(made, made).kind == "proven"
    assert relate(made, schema({"a": INT}, rules=[rule])).kind == "unknown"
    assert (
        relate(made, schema({"a": INT, "b": INT, "c": {**INT, "default": 1}}, rules=[rule])).kind
        == "unknown"
    )


def test_nothing_is_refuted_by_a_frame_of_a_producer_whose_code_was_not_run() -> None:
    made = schema({"a": {**INT, "checks": [CODE]}})
    found = relate(made, schema({"a": {**INT, "min": 0}}))
    assert (found.kind, found.column, found.check) == ("unknown", "a", "min")
    assert found.reason.endswith("; no frame shows it, as 'check' doesn't run s.p's code")


@pytest.mark.parametrize(
    ("wanted", "words", "check"),
    [
        ({"a": {"type": "string"}}, {}, "type"),
        ({"a": INT, "b": INT}, {}, "missing"),
        ({"b": {**INT, "required": False}}, {"extra": "forbid"}, "extra"),
    ],
)
def test_what_fails_in_every_frame_is_refuted_whatever_code_says(
    wanted: Any, words: Any, check: str
) -> None:
    coded = {**INT, "checks": [CODE]}
    found = relate(schema({"a": coded}), schema(wanted, **words))
    assert (found.kind, found.check, found.witness) == ("refuted", check, ())
    assert found.reason.endswith("; so in every frame")
    optional = schema({"a": {**coded, "required": False}}, extra="allow")
    assert relate(optional, schema(wanted, **words)).kind == "unknown"
    anything = schema({"a": {"type": "any"}, "c": coded}, extra="allow")
    assert check == "extra" or relate(anything, schema(wanted, **words)).kind == "unknown"


def test_values_of_personal_columns_are_made_up_like_all_others() -> None:
    made = schema({"a": {**INT, "pii": True}, "b": {**INT, "nullable": True}})
    assert relate(made, schema({"b": INT})).witness == (("a", "b"), ("1", "null"))


def test_texts_of_a_witness_stand_in_one_line() -> None:
    frame = Frame({"a": LogicalType("string")}, ({"a": "x\n\0"}, {"a": ""}, {"a": "y"}))
    assert frame.table() == (("a",), ('"x\\n\\u0000"',), ('""',), ("y",))


def test_what_the_proof_fails_at_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    from wombat.schema.proof import relate as package

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    module = __import__("sys").modules["wombat.schema.proof.relate"]
    monkeypatch.setattr(module, "pair_of", fails)
    found = package(schema({"a": INT}), schema({"a": INT}))
    assert (found.kind, found.reason) == ("unknown", "the proof failed: ZeroDivisionError")


def test_a_verdict_names_the_check_and_what_to_say() -> None:
    found = relate(schema({"a": {**INT, "nullable": True}}), schema({"a": INT}))
    assert (found.column, found.check) == ("a", "null")
    assert found.suggestion == "'fill_null' in s.p, or not null in s.p"


def test_evolution_goes_both_ways() -> None:
    old = schema({"a": {**INT, "min": 1}})
    found = evolve(old, schema({"a": {**INT, "min": 0}}))
    assert (found.consumers_safe.kind, found.old_data_readable.kind) == ("refuted", "proven")
    assert found.consumers_safe.witness == (("a",), ("0",))
    more = evolve(old, schema({"a": {**INT, "min": 1}, "b": INT}))
    assert (more.consumers_safe.kind, more.old_data_readable.kind) == ("proven", "refuted")
    filled = evolve(old, schema({"a": {**INT, "min": 1}, "b": {**INT, "default": 0}}))
    assert filled.old_data_readable.kind == "proven"


def test_parts_put_together_have_more_rows_and_their_rules() -> None:
    rule = {"name": "r", "compare": ["a", "le", "b"]}
    whole = collected(schema({"a": INT, "b": INT}, rules=[rule], rows=[2, 5]), ["k"])
    assert whole.rows == (2, None)
    wanted = schema({"a": INT, "b": INT}, rules=[rule], rows=[1, None])
    assert relate(whole, wanted, loose=["k"]).kind == "proven"
    coded = collected(schema({"a": {**INT, "checks": [CODE]}}), ["k"])
    assert relate(coded, schema({"a": {**INT, "checks": [CODE]}}), loose=["k"]).kind == "unknown"


@pytest.mark.parametrize(
    ("made", "wanted", "kind"),
    [("ab", "a\\bb", "refuted"), ("a\\bb", "z", "proven"), ("ab", "a$b", "refuted")],
)
def test_anchors_within_a_pattern(made: str, wanted: str, kind: str) -> None:
    texts = [schema({"a": {"type": "string", "match": one}}) for one in (made, wanted)]
    assert relate(*texts).kind == kind


def test_what_is_filled_is_compared_too() -> None:
    made = schema({"a": {**INT, "nullable": True, "max": 1}})
    rule = {"name": "r", "compare": ["a", "le", {"value": 1, "type": "int64"}]}
    assert relate(made, schema({"a": {**INT, "fill_null": 2}}, rules=[rule])).kind == "refuted"
    assert relate(made, schema({"a": {**INT, "fill_null": 1}}, rules=[rule])).kind == "proven"


def test_digits_behind_the_point_are_lost_however_many_values_there_are() -> None:
    fine, coarse = (
        schema({"a": {"type": {"type": "decimal", "precision": 12, "scale": n}}}) for n in (2, 0)
    )
    assert relate(fine, coarse, cast="safe").kind == "refuted"
    assert relate(fine, schema({"a": INT}), cast="safe").kind == "refuted"


def test_what_a_column_cannot_hold_is_no_witness() -> None:
    made = schema({"a": {"type": "int8", "nullable": True, "unique": True}})
    filled = {"type": "float64", "unique": True}
    beyond = relate(made, schema({"a": {**filled, "fill_null": 300.0}}), cast="safe")
    assert beyond.kind == "unknown"  # no second row can hold 300
    within = relate(made, schema({"a": {**filled, "fill_null": 3.0}}), cast="safe")
    assert within.witness == (("a",), ("null",), ("3",))


def test_rules_and_sets_of_columns_in_another_type_raise_nothing() -> None:
    made = schema(
        {"a": {"type": "int8", "nullable": True}, "b": {"type": "string"}}, unique=[["a"]]
    )
    rules = [{"name": "r", "compare": ["a", "lt", "b"]}]
    day = {"type": "date", "fill_null": "2026-01-01"}
    for wanted in (
        schema({"a": {"type": "int8"}, "b": {"type": "int8"}}, rules=rules),
        schema({"a": day, "b": {"type": "string"}}, unique=[["a"]]),
    ):
        assert any(one.check == "type" for one in doubts_of(pair_of(made, wanted, "safe")))
        assert relate(made, wanted, cast="safe").kind == "refuted"


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (127, "int8", True),
        (128, "int8", False),
        (1.0, "int8", False),
        (True, "int8", False),
        (0.1, "float32", False),
        (1e300, "float32", False),
        (0.5, "float32", True),
        (1, "float64", False),
        ("a", "string", True),
        (b"a", "string", False),
        (date(2026, 1, 1), "date", True),
        (datetime(2026, 1, 1, tzinfo=UTC), "date", False),
        (datetime(2026, 1, 1, tzinfo=UTC), {"type": "timestamp", "unit": "us"}, False),
        (Decimal("9.99"), {"type": "decimal", "precision": 3, "scale": 2}, True),
        (Decimal("99.9"), {"type": "decimal", "precision": 3, "scale": 2}, False),
        (Decimal("0.001"), {"type": "decimal", "precision": 3, "scale": 2}, False),
        ([1, None], {"type": "list", "of": "int8"}, True),
        ([300], {"type": "list", "of": "int8"}, False),
        ({"x": 1}, {"type": "struct", "fields": [["x", "int8"]]}, True),
        ({"y": 1}, {"type": "struct", "fields": [["x", "int8"]]}, False),
    ],
)
def test_what_a_type_holds(value: Any, kind: Any, said: bool) -> None:
    assert is_of(value, type_from_json(kind)) is said


def test_a_lost_value_is_an_error_where_all_else_only_warns() -> None:
    warns = {"type": "int8", "severity": "warn"}
    found = relate(schema({"a": INT}), schema({"a": warns}), cast="safe")
    assert (found.kind, found.check, found.column) == ("refuted", "cast", "a")
    loose = relate(schema({"a": {**INT, "severity": "warn"}}), schema({"a": warns}), cast="safe")
    assert loose.kind == "refuted"
    fitting = schema({"a": {**INT, "min": 0, "max": 9}})
    assert relate(fitting, schema({"a": {**warns, "min": 5}}), cast="safe").kind == "proven"


def test_a_column_may_have_the_empty_name() -> None:
    made = schema({"k": INT, "x": {**INT, "required": False}}, extra="allow")
    wanted = schema(
        {"k": INT, "x": {**INT, "required": False}}, patterns=[{"match": "x?", "type": "int64"}]
    )
    found = relate(made, wanted)
    assert (found.kind, found.column, found.check) == ("refuted", "", "type")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("string", "proven"), ("int8", "proven"), ("float64", "unknown"), ("any", "unknown")],
)
def test_texts_of_a_key_may_be_one_value(kind: str, said: str) -> None:
    """0.0 and -0.0 are two parts and one number."""
    unique = {"type": "string", "unique": True}
    whole = collected(schema({"k": {"type": kind}, "x": unique}), ["k"])
    plain = schema({"k": {"type": kind}, "x": {"type": "string"}}, unique=[["k", "x"]])
    assert relate(whole, plain, loose=["k"]).kind == said
    open_ = collected(schema({"x": unique}, extra="allow"), ["k"])
    wanted = schema({"k": {"type": "any"}, "x": {"type": "string"}}, unique=[["k", "x"]])
    assert relate(open_, wanted, loose=["k"]).kind == "unknown"


def test_patterns_that_no_file_may_have_are_unknown() -> None:
    """Old records may hold them."""
    plain = {"match": "s_.*", **INT}
    for word in ({"unique": True}, {"default": 1}):
        odd = schema({"k": INT}, patterns=[{**plain, **word}])
        usual = schema({"k": INT}, patterns=[plain])
        assert relate(odd, usual).kind == relate(usual, odd).kind == "unknown"


def test_a_witness_is_a_frame_that_there_can_be() -> None:
    small = {"type": {"type": "decimal", "precision": 2, "scale": 2}}
    found = relate(schema({"d": small, "e": INT}), schema({"e": {**INT, "min": 0}}))
    assert (found.kind, found.witness) == ("refuted", (("d", "e"), ("0.99", "-1")))
    anything = schema({"a": {"type": "any"}}, rows=[2, None])
    texts = relate(anything, schema({"a": {"type": "bool"}}))
    assert (texts.kind, texts.witness[1:]) == ("refuted", (("a",), ("b",)))
    optional = schema({"c": {**INT, "required": False}}, rows=[1, None])
    assert relate(optional, schema({"c": INT})).kind == "unknown"  # no columns, no rows


def test_without_a_column_that_is_seen_rows_are_not_known() -> None:
    optional = {**INT, "required": False}
    made = schema({"k": INT, "a": optional}, rows=[1, None])
    wanted = schema({"a": optional}, rows=[1, None])
    found = relate(made, wanted)  # how many rows it has, is told by no column
    assert (found.kind, found.check) == ("unknown", "rows")
    assert relate(made, schema({"k": optional}, rows=[1, None])).kind == "proven"
    assert relate(made, schema({"a": optional}, rows=[1, None], extra="allow")).kind == "proven"
    filled = schema({"a": {**INT, "default": 1}}, rows=[1, None])
    assert relate(made, filled).kind == "unknown"  # of how many rows is told by no column


def test_a_rule_over_a_type_that_no_cast_reaches_raises_nothing() -> None:
    text = {"type": "string"}
    patterns = [
        {"match": ".*", "type": "int16", "gt": -32767, "nullable": True},
        {"match": "..+", "type": "uint64", "fill_null": 2, "at_least": 2},
    ]
    made = schema(
        {
            "s_1": {**text, "required": False},
            "a": {**text, "match": ".+", "nullable": True},
            "c": {"type": "int32", "default": -2147483648},
        },
        patterns=patterns,
    )
    members = {"type": {"type": "enum", "of": ["ab", "", "é"]}, "in": ["", ""]}
    wanted = schema(
        {
            "a": {**text, "length": [None, 3]},
            "c": members,
            "s_1": {"type": {"type": "list", "of": "string"}},
        },
        extra="forbid",
        rules=[{"name": "r", "compare": ["c", "ne", "a"]}],
    )
    for cast in ("none", "safe"):
        found = relate(made, wanted, cast=cast)  # type: ignore[arg-type]  # one of two words
        assert not found.reason.startswith("the proof failed"), found
        assert found.kind != "proven"
    just = schema({"a": text, "c": members}, rules=[{"name": "r", "compare": ["c", "ne", "a"]}])
    plain = schema({"a": text, "c": {"type": "int32"}})
    assert relate(plain, just, cast="safe").kind == "refuted"


def test_a_witness_holds_no_null_that_its_producer_fills() -> None:
    """A column that only warns may be anything, but what is filled is never null."""
    tied = {"name": "r", "compare": ["a", "eq", "b"]}
    warns = {"type": "int8", "severity": "warn", "fill_null": 3}
    made = schema({"a": {"type": "int8", "equals": -5}, "b": warns}, rules=[tied])
    found = relate(made, schema({"b": {"type": "int16"}}))
    assert (found.kind, found.witness) == ("refuted", (("a", "b"), ("-5", "-5")))
    assert relate(schema({"b": warns}), schema({"b": {"type": "int8"}})).kind == "proven"
