"""The traps of dataframe libraries and of pandera: one answer in every library of frames."""

from __future__ import annotations

import json
import pickle
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.data.libraries import LIBRARIES, Library
from tests.data.tables import schema_of
from wombat.data.engines import load_engine
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy

INT, TEXT, FLOAT = {"type": "int64"}, {"type": "string"}, {"type": "float64"}
SAFE = Policy(cast="safe")
PANDAS = Library("pandas", "pandas")
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001  # the local time of no place is a type too


def found(judged):
    return [(one.column, one.check, one.rows) for one in judged.report.findings]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.name)
class TestTraps:
    """Each is a frame that some library or pandera would take, or change, without a word."""

    @pytest.mark.parametrize(
        ("value", "kind", "check"),
        [
            (2.7, "int64", "cast"),
            (1e20, "uint8", "cast"),
            (-1.0, "uint8", "cast"),
            ("False", "bool", "type"),
            ("1", "int64", "type"),
            (True, "int64", "type"),
            (1e300, "float32", "cast"),
            (0.1, "float32", "cast"),
            (2**53 + 1, "float64", "cast"),
        ],
    )
    def test_a_cast_never_changes_a_value(self, library, value, kind, check):
        judged = library.judge({"a": [value]}, schema_of({"a": {"type": kind}}), SAFE)
        assert [(one.column, one.check) for one in judged.report.findings] == [("a", check)]
        assert judged.table.column("a").to_pylist() == [value]

    def test_a_cast_that_keeps_every_value(self, library):
        columns = {"a": [2.0, None, -0.0], "b": pa.array([0.5, None, 1.0], pa.float64())}
        schema = schema_of(
            {"a": {**INT, "nullable": True}, "b": {"type": "float32", "nullable": True}}
        )
        judged = library.judge(columns, schema, SAFE)
        assert judged.report.ok
        assert judged.report.cast == ("a", "b")
        assert judged.table.to_pydict() == {"a": [2, None, 0], "b": [0.5, None, 1.0]}

    def test_units_of_time_are_exact(self, library):
        moment = {"a": pa.array([NAIVE], pa.timestamp("us"))}
        one = library.engine == "pyspark"  # Spark has no other: the schema says which was meant
        for unit, ok in (("us", True), ("ns", one), ("ms", one)):
            schema = schema_of({"a": {"type": {"type": "timestamp", "unit": unit}}})
            assert library.judge(moment, schema).report.ok is ok
        aware = schema_of({"a": {"type": {"type": "timestamp", "unit": "us", "timezone": "UTC"}}})
        assert not library.judge(moment, aware, SAFE).report.ok

    def test_a_pattern_is_of_the_whole_value(self, library):
        schema = schema_of({"a": {**TEXT, "match": "a|b"}})
        values = ["a", "xb", "ax", "b", "a\n", "\nb", "ab"]
        assert found(library.judge({"a": values}, schema)) == [("a", "match", (1, 2, 4, 5, 6))]
        anchored = schema_of({"a": {**TEXT, "match": "^a$"}})
        assert found(library.judge({"a": ["a", "a\n"]}, anchored)) == [("a", "match", (1,))]

    def test_a_pattern_of_names_is_of_the_whole_name(self, library):
        schema = schema_of({}, patterns=[{**INT, "match": r"x_\d", "at_least": 1}])
        assert library.judge({"x_1": [1], "x_2": [2]}, schema).report.ok
        assert found(library.judge({"x_1": [1], "x_12": [2]}, schema)) == [("x_12", "extra", ())]
        assert found(library.judge({"x_12": [2]}, schema))[1] == (None, "pattern", ())

    def test_constants_are_of_the_columns_type(self, library):
        schema = schema_of({"a": {"type": "float32", "max": 0.1}})
        assert library.judge({"a": pa.array([0.1], pa.float32())}, schema).report.ok
        above = pa.array([np.nextafter(np.float32(0.1), np.float32(1))], pa.float32())
        assert found(library.judge({"a": above}, schema)) == [("a", "max", (0,))]

    def test_lengths_are_of_characters(self, library):
        """However few bytes decide it."""
        for limits in ([1, 3], [0, 3], [1, None], [2, 2], [5, None]):
            least, most = limits[0], limits[1] or 99
            schema = schema_of({"a": {**TEXT, "length": limits, "nullable": True}})
            for words in (["ab", "abc"], ["", "abcd"], ["👩👩", "é"], ["abcdefgh", "👩" * 5]):
                values = [*words, None]
                bad = tuple(n for n, one in enumerate(words) if not least <= len(one) <= most)
                report = library.judge({"a": values}, schema).report
                assert [one.rows for one in report.findings] == ([bad] if bad else [])
            nothing = pa.table({"a": pa.array([None, None], pa.string())})
            assert library.judge(nothing, schema).report.ok

    def test_large_members_are_exact(self, library):
        schema = schema_of({"a": {**INT, "in": [2**53, 2**53 + 2]}})
        assert found(library.judge({"a": [2**53, 2**53 + 1]}, schema)) == [("a", "in", (1,))]

    def test_nulls_are_equal_in_unique_sets(self, library):
        free = schema_of({"a": {**INT, "nullable": True, "unique": True}})
        assert found(library.judge({"a": [None, 1, None]}, free)) == [("a", "unique", (0, 2))]
        pair = schema_of({"a": INT, "b": {**INT, "nullable": True}}, unique=[["a", "b"]])
        assert found(library.judge({"a": [1, 1, 1], "b": [None, None, 2]}, pair)) == [
            (None, "unique", (0, 1))
        ]

    def test_a_key_is_never_null(self, library):
        schema = schema_of({"a": {**INT, "nullable": True}}, key=["a"])
        assert found(library.judge({"a": [1, None]}, schema)) == [("a", "null", (1,))]

    def test_nan_is_null_and_both_zeros_are_one(self, library):
        values = [1.0, float("nan"), None, 0.0, -0.0]
        assert found(library.judge({"a": values}, schema_of({"a": FLOAT}))) == [
            ("a", "null", (1, 2))
        ]
        unique = schema_of({"a": {**FLOAT, "unique": True, "nullable": True}})
        assert found(library.judge({"a": values}, unique)) == [("a", "unique", (1, 2, 3, 4))]
        pairs = schema_of({"a": {**FLOAT, "nullable": True}, "b": INT}, unique=[["a", "b"]])
        columns = {"a": values, "b": [1] * 5}
        assert found(library.judge(columns, pairs)) == [(None, "unique", (1, 2, 3, 4))]

    def test_nan_inside_is_null_too(self, library):
        of_floats = {"type": {"type": "list", "of": "float64"}}
        columns = {"a": [[1.0], [float("nan")], [], [None, 2.0]]}
        assert found(library.judge(columns, schema_of({"a": of_floats}))) == [("a", "null", (1, 3))]

    def test_a_key_never_shrinks(self, library):
        schema = schema_of({"a": INT, "b": INT}, key=["a", "b"])
        assert found(library.judge({"a": [1, 2]}, schema)) == [("b", "missing", ())]

    def test_default_and_fill_null_are_two_words(self, library):
        schema = schema_of({"a": {**INT, "default": 7, "nullable": True}, "b": INT})
        assert library.judge({"b": [1]}, schema).table.to_pydict() == {"a": [7], "b": [1]}
        given = {"a": [None, 1], "b": [1, 2]}
        assert library.judge(given, schema).table.to_pydict() == given
        fill = schema_of({"a": {**INT, "fill_null": 7}})
        assert library.judge({"a": [None, 1]}, fill).table.to_pydict() == {"a": [7, 1]}
        assert found(library.judge({}, fill)) == [("a", "missing", ())]

    def test_order_allows_none_between(self, library):
        columns = dict.fromkeys("ab", INT)
        schema = schema_of(columns, ordered=True, extra="allow", order=["a", "b"])
        for names, ok in (("ab", True), ("xaby", True), ("ba", False), ("axb", False)):
            judged = library.judge({name: [1] for name in names}, schema)
            assert judged.report.ok is ok
            assert all(one == (None, "order", ()) for one in found(judged))

    def test_a_sample_says_that_it_is_one(self, library):
        """What it doesn't see it doesn't find: duplicates, above all."""
        schema = schema_of({"a": INT}, key=["a"])
        values = [*range(1000), 5]
        policy = Policy(check="sample", head=9, random=9)
        report = library.judge({"a": values}, schema, policy).report
        assert (report.ok, report.depth, report.rows_checked) == (True, "sample", 18)
        full = library.judge({"a": values}, schema).report
        assert (full.ok, full.depth, full.findings[0].rows) == (False, "full", (5, 1000))

    def test_reports_are_small_plain_and_survive_pickling(self, library):
        schema = schema_of({name: {**INT, "min": 1, "unique": True} for name in "abc"})
        report = library.judge({name: [0] * 30_000 for name in "abc"}, schema).report
        assert [one.failing for one in report.findings] == [30_000] * 6
        assert all(len(one.rows) == 20 for one in report.findings)
        assert len(json.dumps(report.to_json())) < 3_000
        assert pickle.loads(pickle.dumps(report)) == report

    def test_rules_hold_where_a_side_is_null(self, library):
        moment = {"type": {"type": "timestamp", "unit": "us"}, "nullable": True}
        rules = [{"name": "later", "compare": ["b", "ge", "a"]}]
        schema = schema_of({"a": moment, "b": {**moment, "required": False}}, rules=rules)
        day = [NAIVE + timedelta(number) for number in range(3)]
        columns = {"a": [day[1], None, day[1], day[2]], "b": [day[1], day[0], None, day[0]]}
        given = pa.table({n: pa.array(v, pa.timestamp("us")) for n, v in columns.items()})
        assert found(library.judge(given, schema)) == [(None, "rule:later", (3,))]
        assert library.judge(given.select(["a"]), schema).report.ok

    def test_integers_of_any_width_compare_exactly(self, library):
        rules = [{"name": "r", "compare": ["a", "gt", "b"]}]
        schema = schema_of({"a": {"type": "uint64"}, "b": INT}, rules=rules)
        columns = {"a": pa.array([2**64 - 1, 2**53, 0], pa.uint64()), "b": [-1, 2**53 + 1, -1]}
        assert found(library.judge(columns, schema)) == [(None, "rule:r", (1,))]

    def test_a_struct_of_nulls_is_a_value(self, library):
        kind = {"type": "struct", "fields": [["x", "int64?"]]}
        schema = schema_of({"a": {"type": kind, "nullable": True, "unique": True}})
        values = pa.array([None, {"x": None}, {"x": 1}], pa.struct([("x", pa.int64())]))
        assert library.judge(pa.table({"a": values}), schema).report.ok


def test_every_integer_of_pandas_is_one_type():
    """numpy's, nullable and Arrow's are the same whole numbers; floats aren't."""
    library, schema = PANDAS, schema_of({"a": INT})
    for kind in ("int64", "Int64", "int64[pyarrow]"):
        assert library.judge(pd.DataFrame({"a": pd.array([1, 2], dtype=kind)}), schema).report.ok
    bools = schema_of({"a": {"type": "bool"}})
    for kind in ("bool", "boolean", "bool[pyarrow]", "object"):
        frame = pd.DataFrame({"a": pd.array([True, False], dtype=kind)})
        assert library.judge(frame, bools).report.ok
    texts = schema_of({"a": TEXT})
    for kind in ("object", "str", "string", "category", "string[pyarrow]"):
        frame = pd.DataFrame({"a": pd.Series(["x", "y"], dtype=kind)})
        assert library.judge(frame, texts).report.ok
    assert not library.judge(pd.DataFrame({"a": [1.0]}), schema).report.ok


def test_dicts_have_no_order_of_fields():
    kind = {"type": "struct", "fields": [["x", "int32"], ["y", "string"]]}
    schema = schema_of({"a": {"type": kind}, "b": {"type": {"type": "list", "of": kind}}})
    value = {"y": "b", "x": 1}
    judged = PANDAS.judge(pd.DataFrame({"a": [value], "b": [[value]]}), schema)
    assert judged.report.findings == ()
    assert [list(one) for one in judged.table.column("a").to_pylist()] == [["x", "y"]]


def test_a_name_that_stands_twice_is_an_error():
    schema = schema_of({"a": INT})
    twice = [
        (PANDAS, pd.DataFrame([[1, 2]], columns=["a", "a"])),
        (Library("pyarrow", "pyarrow"), pa.table([[1], [2]], names=["a", "a"])),
    ]
    for library, frame in twice:
        with pytest.raises(TaskFailed) as caught:
            library.judge(frame, schema)
        assert caught.value.code == "duplicate-column"


def test_a_lazy_frame_is_judged_by_its_values():
    """pandera looks at the types of a lazy frame alone."""
    lazy = Library("polars-lazy", "polars", lazy=True)
    schema = schema_of({"a": {**INT, "min": 1}})
    assert found(lazy.judge(pl.LazyFrame({"a": [0]}), schema)) == [("a", "min", (0,))]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([{"k": 1}, {"k": "SECRET"}], "object of dict in which 'k' is int and str"),
        ([{"k": {"z": 1}}, {"k": {"z": "s"}}], "object of dict in which 'z' in 'k' is int and str"),
        ([[1], ["SECRET"]], "object of list in which an element is int and str"),
        ([{"SECRET@mail": 1}, {"SECRET@mail": "a"}], "in which a key is int and str"),
        ([{1: 2}], "object of dict in which keys are int; expected str"),
        ([{"k": 1}, 3], "object of dict, int,"),
    ],
)
def test_objects_of_several_types_say_which(values, said):
    with pytest.raises(TaskFailed) as caught:
        load_engine("pandas").to_arrow(pd.DataFrame({"c": values}), None)
    assert said in caught.value.message
    assert "SECRET" not in f"{caught.value.message} {caught.value.hint}"
    assert ("lists and dicts are carried" in str(caught.value.hint)) == ("in which" in said)
