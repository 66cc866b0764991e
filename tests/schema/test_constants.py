"""Constants survive JSON, and their whole units are Arrow's."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings

from tests.schema.frames import TYPES, columns, domain, schemas
from wombat.data.arrow import arrow_type
from wombat.schema.constants import NoConstant, constant, constant_to_json, physical
from wombat.schema.model import column_from_json, schema_from_json
from wombat.schema.types import LogicalType, type_from_json

TEMPORAL = [kind for kind in TYPES if kind.family == "temporal"]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_types_and_constants_survive_json(kind):
    assert type_from_json(json.loads(json.dumps(kind.to_json()))) == kind
    if kind.kind in ("any", "binary"):
        return
    for value in domain(kind):
        if isinstance(value, float) and abs(value) > 1e300:
            continue
        tree = json.loads(json.dumps(constant_to_json(value)))
        assert constant(tree, kind) == value


@pytest.mark.parametrize("kind", TEMPORAL, ids=str)
def test_whole_units_are_those_of_arrow(kind):
    arrow = arrow_type(kind)
    stored = {4: pa.int32(), 8: pa.int64()}[arrow.bit_width // 8]
    for value in domain(kind):
        assert physical(value, kind) == pa.array([value], arrow).view(stored)[0].as_py()


@settings(max_examples=200, deadline=None)
@given(columns())
def test_columns_survive_json(column):
    assume = all(abs(v) < 1e300 for v in (column.min, column.max) if isinstance(v, float))
    if assume and column.type.kind not in ("any", "binary"):
        assert column_from_json(json.loads(json.dumps(column.to_json()))) == column


@settings(max_examples=100, deadline=None)
@given(schemas([LogicalType("int64"), LogicalType("string")]))
def test_schemas_survive_json(schema):
    tree = json.loads(json.dumps(schema.to_json(), sort_keys=True))
    again = schema_from_json(tree)
    assert again == schema
    assert list(again.columns) == list(schema.columns)
    assert again.digest == schema.digest


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "int8"),
        (1, "bool"),
        ("1", "int8"),
        (float("nan"), "float64"),
        (1, "string"),
        (None, "string"),
    ],
)
def test_values_of_another_type_are_no_constants(value, kind):
    with pytest.raises(NoConstant):
        constant(value, LogicalType(kind))
