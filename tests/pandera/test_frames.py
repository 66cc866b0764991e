"""What a schema says beyond single columns: pandera's verdict on its own schema is our judge's."""

from __future__ import annotations

import pyarrow as pa
import pytest

from wombat.data.arrow import canonical_table
from wombat.data.engines import load_engine
from wombat.data.pandera import described, to_pandera, verdict
from wombat.data.pandera.yaml import read_yaml, to_yaml
from wombat.data.validate import judge
from wombat.errors import CheckFailed
from wombat.schema.model import schema_from_json
from wombat.schema.policy import Policy

N = {"type": "int64"}
MAYBE = {"type": "int64", "nullable": True}
WARN = {"type": "int64", "min": 5, "unique": True, "severity": "warn"}
EVEN = {"python": "tests.pandera.checks:even"}
LATE = {"name": "late", "python": "tests.pandera.checks:paid_in_time", "args": {"days": 3}}
UP = {"name": "r", "compare": ["a", "le", "b"]}
A = {"a": [1, 2]}
SEVERAL = {"key": ["a"], "unique": [["b", "c"]]}
ENUM = {"type": {"type": "enum", "of": ["x", "y"]}}

CASES = {
    "rows": ({"columns": {"a": N}, "rows": [1, 2]}, A, {"a": [1, 2, 3]}),
    "no-rows": ({"columns": {"a": N}, "rows": [1, None]}, A, {"a": []}),
    "extra": ({"columns": {"a": N}}, A, {"a": [1], "z": [1]}),
    "allowed": ({"columns": {"a": N}, "extra": "allow"}, {"a": [1], "z": [1]}, {"z": [1]}),
    "order": (
        {"columns": {"a": N, "b": N}, "ordered": True},
        {"a": [1], "b": [1]},
        {"b": [1], "a": [1]},
    ),
    "order-open": (
        {"columns": {"a": N, "b": N}, "ordered": True, "extra": "allow"},
        {"z": [1], "a": [1], "b": [1]},
        {"a": [1], "z": [1], "b": [1]},
    ),
    "pattern": (
        {"columns": {"a": N}, "patterns": [{"match": "x_\\d", "type": "int64", "min": 2}]},
        {"a": [1], "x_1": [2], "x_2": [3]},
        {"a": [1], "x_1": [2], "x_2": [1]},
    ),
    "pattern-whole": (
        {"columns": {"a": N}, "patterns": [{"match": "x_\\d", "type": "int64"}]},
        {"a": [1], "x_1": [2]},
        {"a": [1], "x_12": [2]},
    ),
    "pattern-least": (
        {"columns": {"a": N}, "patterns": [{"match": "x|y", "type": "int64", "at_least": 2}]},
        {"a": [1], "x": [2], "y": [2]},
        {"a": [1], "x": [2]},
    ),
    "compare": (
        {"columns": {"a": MAYBE, "b": MAYBE}, "rules": [UP]},
        {"a": [1, None, 3], "b": [1, 0, None]},
        {"a": [2], "b": [1]},
    ),
    "compare-value": (
        {
            "columns": {"a": MAYBE},
            "rules": [{"name": "r", "compare": ["a", "ne", {"value": 3, "type": "int64"}]}],
        },
        {"a": [1, None]},
        {"a": [1, 3]},
    ),
    "compare-absent": (
        {
            "columns": {"a": N, "b": {**N, "required": False}},
            "rules": [{"name": "r", "compare": ["a", "lt", "b"]}],
        },
        {"a": [1]},
        {"a": [1], "b": [0]},
    ),
    "compare-enum": (
        {"columns": {"a": ENUM, "b": ENUM}, "rules": [{"name": "r", "compare": ["a", "eq", "b"]}]},
        {"a": ["x"], "b": ["x"]},
        {"a": ["x"], "b": ["y"]},
    ),
    "warn": ({"columns": {"a": WARN}}, {"a": [1, 1, 1]}, {"a": ["x"]}),
    "warn-null": ({"columns": {"a": WARN}}, {"a": [1, None]}, {"b": [1]}),
    "key": ({"columns": {"a": MAYBE}, "key": ["a"]}, A, {"a": [1, None]}),
    "key-twice": ({"columns": {"a": N}, "key": ["a"]}, A, {"a": [1, 1]}),
    "several": (
        {"columns": {"a": N, "b": MAYBE, "c": MAYBE}, **SEVERAL},
        {"a": [1, 2], "b": [None, None], "c": [1, 2]},
        {"a": [1, 2], "b": [None, None], "c": [None, None]},
    ),
    "code": ({"columns": {"a": {**MAYBE, "checks": [EVEN]}}}, {"a": [2, None]}, {"a": [2, 3]}),
    "code-rule": (
        {"columns": {"due": N, "paid": N}, "rules": [LATE]},
        {"due": [1], "paid": [4]},
        {"due": [1], "paid": [5]},
    ),
}  # fmt: skip


def table(columns):
    return pa.table({n: pa.array(v, None if v else pa.int64()) for n, v in columns.items()})


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("word", CASES)
def test_pandera_says_the_same_of_frames(library, word):
    tree, good, bad = CASES[word]
    schema = schema_from_json({"schema": "s", **tree})
    theirs = to_pandera(schema, library)
    for columns, expected in ((good, True), (bad, False)):
        given = canonical_table(table(columns), schema)
        assert judge(given, schema, Policy(), library=library).report.ok is expected
        assert verdict(load_engine(library).from_arrow(given, schema), theirs) is expected


def test_no_variable_turns_it_off(monkeypatch):
    import pandera.config

    schema = schema_from_json({"schema": "s", "columns": {"a": {**N, "min": 1}}})
    theirs = to_pandera(schema, "pandas")
    frame = load_engine("pandas").from_arrow(table({"a": [0]}), schema)
    with pandera.config.config_context(validation_enabled=False):
        assert not verdict(frame, theirs)


@pytest.mark.parametrize(
    ("library", "tree", "said"),
    [
        ("pandas", {"columns": {"a": {"type": {"type": "list", "of": "int64"}}}}, "columns.a.type"),
        ("polars", {"columns": {"^a$": N}}, "columns.^a$ (polars reads the name as a pattern)"),
        (
            "pandas",
            {"columns": {"xa": N}, "patterns": [{"match": "x.", "type": "int64"}]},
            "patterns[0] (it also fits the column 'xa')",
        ),
        ("pyspark", {"columns": {"a": {"type": "uint8"}}}, "columns.a.type (Spark has no uint8)"),
        (
            "polars",
            {"columns": {"a": {**N, "checks": [{"python": "m:Orders", "args": {"check": "x"}}]}}},
            "columns.a.checks (one that stands in m:Orders)",
        ),
    ],
)
def test_what_a_library_can_t_say_is_refused_by_name(library, tree, said):
    schema = schema_from_json({"schema": "s", **tree})
    assert said in " ".join(described(schema, library).losses)
    with pytest.raises(CheckFailed, match="can't say all of s: ") as told:
        to_pandera(schema, library)
    assert told.value.code == "schema-unsayable"


AT = {"type": {"type": "timestamp", "unit": "us"}, "min": "2026-01-01T00:00:00.000001"}
TEXT = {"type": "string", "match": "a|b", "length": [1, 2], "in": ["a", "b"]}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_yaml_says_what_it_can_and_nothing_else(library):
    """pandera writes moments to the second: what would come back otherwise isn't written."""
    tree = {"schema": "s", "columns": {"at": AT, "t": TEXT, "n": {**N, "gt": 3, "unique": True}}}
    text, losses = to_yaml(schema_from_json(tree), library)
    assert "columns.at.min" in losses
    assert "000001" not in text
    back = read_yaml(text, "s.yml").schema
    assert back.columns["at"].min is None
    assert back.columns["n"].gt == 3
    assert back.columns["n"].unique
    assert (back.columns["t"].within, back.columns["t"].length) == (("a", "b"), (1, 2))


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize(
    ("names", "good"),
    [(["x_1", "a", "b"], True), (["a", "b", "x_1"], True), (["a", "x_1", "b"], False),
     (["b", "a", "x_1"], False)],
)  # fmt: skip
def test_an_order_is_of_the_columns_that_are_named(library, names, good):
    """pandera alone wants columns by a pattern behind all others."""
    tree = {
        "schema": "s",
        "ordered": True,
        "columns": {"a": {"type": "int64"}, "b": {"type": "int64"}},
        "patterns": [{"match": "x_\\d", "type": "int64"}],
    }
    schema = schema_from_json(tree)
    assert schema.ordered
    frame = load_engine(library).from_arrow(pa.table({name: [1] for name in names}), schema)
    assert verdict(frame, to_pandera(schema, library)) == good
