"""Whatever can be written survives JSON with its digest; whatever is written is read or told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wombat.errors import Diagnostics
from wombat.language.source import parse_documents
from wombat.schema.load import read_schema
from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.types import KINDS
from wombat.schema.written import WrittenColumn, WrittenSchema

TEXTS = st.sampled_from(["a", "abc", "b-", "ä", "x y", "null", "1", "👩"])
WHOLE = st.integers(-5, 100)
CONSTANTS: dict[str, st.SearchStrategy[Any]] = {
    "int8": WHOLE,
    "uint64": st.integers(0, 2**64 - 1),
    "float32": st.floats(-1e6, 1e6, width=32),
    "float64": st.one_of(WHOLE, st.floats(-1e300, 1e300)),
    "bool": st.booleans(),
    "string": TEXTS,
    "date": st.dates().map(str),
    "time": st.times().map(str),
    "timestamp": st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat()),
    "duration": st.integers(-(10**9), 10**9).map(lambda n: f"{n}s"),
    "decimal": st.integers(-9999, 9999).map(lambda n: f"{n}.5"),
    "enum": st.sampled_from(["a", "b"]),
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "decimal": {"precision": 12, "scale": 2},
    "enum": {"of": ["a", "b"]},
    "timestamp": {"unit": "ms"},
}
PLAIN = [kind for kind in KINDS if kind not in ("decimal", "enum", "list", "struct", "any")]
ELEMENTS = st.recursive(
    st.one_of(
        st.sampled_from([*PLAIN, *(f"{kind}?" for kind in PLAIN)]),
        st.just({"type": "decimal", "precision": 3, "nullable": True}),
        st.just({"type": "timestamp", "unit": "ns", "timezone": "Europe/Berlin"}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("list"), "of": inner}, optional={"nullable": st.booleans()}
        ),
        st.dictionaries(TEXTS, inner, min_size=1, max_size=3).map(
            lambda fields: {"type": "struct", "fields": fields}
        ),
    ),
    max_leaves=5,
)
CHECKS = st.lists(
    st.fixed_dictionaries(
        {"python": st.sampled_from(["a:b", "a.b:c"])},
        optional={"args": st.dictionaries(st.sampled_from(["x", "y"]), st.one_of(WHOLE, TEXTS))},
    ),
    max_size=2,
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "nullable": st.booleans(),
    "required": st.booleans(),
    "severity": st.sampled_from(["error", "warn"]),
    "pii": st.booleans(),
    "title": TEXTS,
    "tags": st.lists(TEXTS, max_size=2),
    "checks": CHECKS,
}


def some(draw: st.DrawFn, words: dict[str, st.SearchStrategy[Any]], most: int) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(words)), max_size=most, unique=True))
    return {name: draw(words[name]) for name in names}


@st.composite
def columns(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from([*CONSTANTS, "binary", "any", "list", "struct"]))
    tree = {"type": kind, **PARAMETERS.get(kind, {}), **some(draw, COMMON, 3)}
    if kind in ("list", "struct"):
        fields = st.dictionaries(TEXTS, ELEMENTS, min_size=1, max_size=3)
        tree |= {"of": draw(ELEMENTS)} if kind == "list" else {"fields": draw(fields)}
    if kind in ("list", "binary", "string"):
        tree |= some(draw, {"length": st.sampled_from([3, [1, None], [0, 90]])}, 1)
    if kind == "string":
        patterns = st.sampled_from(["a.*", "[a-z]+", ".*"])
        tree |= some(draw, {"match": patterns, "starts_with": TEXTS, "ends_with": TEXTS}, 1)
    if kind in CONSTANTS:
        value = CONSTANTS[kind]
        words = {"default": value, "fill_null": value}
        ordered = kind not in ("bool", "string", "enum")
        words |= dict.fromkeys(("min", "max", "gt", "lt"), value) if ordered else {}
        if not kind.startswith("float"):
            words |= {"equals": value, "in": st.lists(value, min_size=1, max_size=3)}
            words |= {"not_in": st.lists(value, min_size=1, max_size=2)}
        tree |= some(draw, words, 2)
    return tree


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(["a", "b", "C d", "ü"]), min_size=1, unique=True))
    tree: dict[str, Any] = {"schema": "s.t", "columns": {name: draw(columns()) for name in names}}
    operators = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
    right = st.one_of(st.sampled_from(names), st.fixed_dictionaries({"value": WHOLE}))
    rule = st.fixed_dictionaries(
        {"name": st.sampled_from(["r", "q"])},
        optional={"severity": st.just("warn")},
    )
    compare = st.tuples(st.sampled_from(names), operators, right)
    rules = st.lists(
        st.tuples(rule, st.one_of(compare.map(lambda c: {"compare": list(c)}), CODE)), max_size=2
    )
    words: dict[str, st.SearchStrategy[Any]] = {
        "key": st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True),
        "extra": st.sampled_from(["forbid", "drop", "allow"]),
        "order": st.sampled_from(["any", "exact"]),
        "rows": st.sampled_from([{"min": 1}, {"max": 9}, {"min": 1, "max": 9}]),
        "version": st.just("1.0"),
        "rules": rules.map(lambda found: [{**one, **more} for one, more in found]),
        "patterns": st.lists(
            columns().map(lambda c: {**c, "match": "x.*", "at_least": 1}), max_size=1
        ),
        "drift": st.sampled_from([[{"column": names[0], "null_rate": 0.5}], [{"rows": [0, 1]}]]),
        "policies": st.sampled_from(
            [{"production": {"cases": 1}}, {"a": {"columns": {names[0]: {"title": "x"}}}}]
        ),
    }
    return tree | some(draw, words, 4)


CODE = st.just({"python": "a:b", "args": {"x": [1, None, "y"]}})


def read(tree: Any) -> tuple[FrameSchema | None, Diagnostics]:
    sink = Diagnostics()
    # JSON is YAML
    found = parse_documents(json.dumps(tree, ensure_ascii=False).encode(), "s.yml", sink)
    return (read_schema(found[0], sink) if found else None), sink


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_what_is_written_survives_json_or_is_told(tree):
    schema, told = read(tree)
    assert (schema is None) is told.failed
    if schema is None:
        return
    again = schema_from_json(json.loads(json.dumps(schema.to_json(), sort_keys=True)))
    assert again == schema
    assert again.digest == schema.digest
    assert again.to_json() == schema.to_json()
    assert read(tree)[0] == schema


def test_most_of_what_is_generated_is_right():
    found = []

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(documents())
    def count(tree):
        found.append(read(tree)[0] is not None)

    count()
    assert sum(found) > len(found) / 4


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), WHOLE, TEXTS, st.sampled_from(["int64", "a?", "", "list"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "of", "fields", "columns", "name", "value", "2)", "x"]), inner
        ),
    ),
    max_leaves=6,
)
WORDS = sorted({field.alias or name for name, field in WrittenSchema.model_fields.items()})
COLUMN_WORDS = sorted({field.alias or name for name, field in WrittenColumn.model_fields.items()})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.data())
def test_junk_is_told_and_never_a_bug(tree, data):
    if data.draw(st.booleans()):
        tree[data.draw(st.sampled_from(WORDS))] = data.draw(JUNK)
    else:
        name = data.draw(st.sampled_from(sorted(tree["columns"])))
        tree["columns"][name][data.draw(st.sampled_from(COLUMN_WORDS))] = data.draw(JUNK)
    schema, told = read(tree)
    assert (schema is None) is told.failed


@pytest.mark.parametrize("depth", [5, 60, 70])
def test_depth_is_bounded(depth):
    tree: Any = "int64"
    for _ in range(depth):
        tree = {"type": "list", "of": tree}
    schema, told = read({"schema": "a", "columns": {"x": tree}})
    codes = [one.code for one in told]
    assert codes == ([] if depth <= 60 else ["yaml-too-deep"])
    if schema is not None:
        assert schema_from_json(schema.to_json()) == schema
