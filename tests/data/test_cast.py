"""Safe casts: every pair of types, column by column as the table of single values says."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.data.generated import PLAIN, domain, list_of, struct_of
from tests.data.libraries import LIBRARIES
from tests.data.tables import schema_of
from wombat.data.arrow import arrow_type
from wombat.data.cast import cast_column, lossy_rows
from wombat.data.shape import shapes
from wombat.schema.casts import Lossy, cast_value, castable
from wombat.schema.policy import Policy
from wombat.schema.types import INTEGERS, Element, LogicalType

SAFE = Policy(cast="safe")
DIGITS = ((38, 38), (38, 10), (3, 2), (1, 0), (20, 2), (19, 0))
DECIMALS = [LogicalType("decimal", precision=p, scale=s) for p, s in DIGITS]
EDGES = [127, 128, 255, 256, -129, 9999, 10000, 99, 1 << 53, -(1 << 53) - 1, 1 << 54, 1 << 63]
KINDS = [*PLAIN, *DECIMALS]
PAIRS = [(a, b) for a, b in itertools.product(KINDS, KINDS) if a != b and castable(a, b)]
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.name)


def pool(kind):
    if kind.family == "integer":
        low, high = INTEGERS[kind.kind]
        return [*domain(kind), *(one for one in (*EDGES, (1 << 63) - 1) if low <= one <= high)]
    if kind.kind == "float64":
        more = [2.0**63, -(2.0**63), 2.0**64, 127.0, 128.0, 1e20, 0.1, 2.0**53, 16777217.0]
        return [*domain(kind), *more]
    if kind.kind == "float32":
        return [*domain(kind), 2.0**63, -(2.0**63), 127.0, 128.0, 16777216.0]
    return domain(kind)


def survives(value, made, wanted):
    try:
        return [cast_value(value, made, wanted)]
    except Lossy:
        return []


SLOW = [pytest.param(one, marks=pytest.mark.slow) for one in ("list", "struct")]


@pytest.mark.parametrize("wrap", ["plain", *SLOW])
def test_columns_are_cast_as_their_values(wrap):
    """Which rows would lose is exact, and what survives is what the table says."""
    assert len(PAIRS) > 250
    for one, other in PAIRS:
        made, wanted, dress = DRESSED[wrap](one, other)
        values = pool(one)
        bad = [not survives(value, one, other) for value in values]
        column = _column([*map(dress, values), None], made)
        assert lossy_rows(column, made, wanted).tolist() == [*bad, False], (one, other)
        refused, lossy = cast_column(column, made, wanted)
        assert (refused is None) == any(bad)
        assert lossy.tolist() == [*bad, False]
        good = [value for value in values if survives(value, one, other)]
        cast, _ = cast_column(_column([*map(dress, good), None], made), made, wanted)
        assert cast is not None
        assert cast.type == arrow_type(wanted)
        new = [survives(value, one, other)[0] for value in good]
        expected = _column([*map(dress, new), None], wanted)
        assert cast.to_pylist() == expected.to_pylist(), (one, other)


def _column(values, kind):
    """In two chunks, so that no kernel depends on them."""
    made = pa.array(values, arrow_type(kind))
    return pa.chunked_array([made.slice(0, 1), made.slice(1)], made.type)


DRESSED = {
    "plain": lambda a, b: (a, b, lambda value: value),
    "list": lambda a, b: (
        list_of(a, nullable=True),
        list_of(b, nullable=True),
        lambda value: [value, None],
    ),
    "struct": lambda a, b: (
        struct_of(x=Element(a, True)),
        struct_of(x=Element(b, True)),
        lambda value: {"x": value},
    ),
}


@each_library
def test_a_cast_that_loses_names_rows_and_leaves_the_column(library):
    schema = schema_of({"a": {"type": "float32", "min": 0}, "b": {"type": "int8"}})
    columns = {"a": pa.array([0.5, 0.1, -1.0], pa.float64()), "b": pa.array([1, 2, 3], pa.int64())}
    judged = library.judge(columns, schema, SAFE)
    (finding,) = judged.report.findings
    assert (finding.column, finding.check, finding.rows) == ("a", "cast", (1,))
    assert (finding.failing, finding.checked) == (1, 3)
    assert "0.1" not in finding.message
    assert judged.report.cast == ("b",)
    assert [str(one.type) for one in judged.table.schema] == ["double", "int8"]
    assert not judged.report.ok


@each_library
def test_without_leave_nothing_is_cast(library):
    schema = schema_of({"a": {"type": "int8"}})
    judged = library.judge({"a": pa.array([1], pa.int64())}, schema, Policy())
    assert [one.check for one in judged.report.findings] == ["type"]
    assert judged.report.cast == ()
    assert str(judged.table.schema.field("a").type) == "int64"


@each_library
@pytest.mark.parametrize("check", ["none", "types", "sample", "full"])
def test_a_frame_is_shaped_at_every_depth(library, check):
    """Casts, defaults and fills don't depend on how much is looked at."""
    schema = schema_of(
        {
            "a": {"type": "int8"},
            "new": {"type": {"type": "decimal", "precision": 5, "scale": 2}, "default": "1.50"},
            "b": {"type": "string", "fill_null": "?", "nullable": True},
        },
        extra="drop",
    )
    columns = {"x": [1, 2], "b": ["y", None], "a": pa.array([7, 8], pa.int64())}
    judged = library.judge(columns, schema, Policy(check=check, cast="safe"))
    assert judged.table.to_pydict() == {
        "b": ["y", "?"],
        "a": [7, 8],
        "new": [Decimal("1.50"), Decimal("1.50")],
    }
    assert judged.table.column_names == ["b", "a", "new"]
    assert judged.report.ok
    assert judged.report.depth == ("full" if check == "sample" else check)


def test_what_is_never_shaped_need_not_be_read():
    plain = schema_of({"a": {"type": "int8"}})
    assert not shapes(plain, Policy(check="none"))
    assert shapes(plain, Policy(check="none", cast="safe"))
    assert shapes(schema_of({"a": {"type": "int8"}}, extra="drop"), Policy(check="none"))
    for word in ("default", "fill_null"):
        assert shapes(schema_of({"a": {"type": "int8", word: 1}}), Policy(check="none"))
