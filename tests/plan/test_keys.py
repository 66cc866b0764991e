"""What schemas shape, and the columns that collecting adds, are in a compute key."""

from __future__ import annotations

from typing import Any

import pytest

from wombat.digest import Digest
from wombat.plan.ir import Code, Input, Output, Part, Plan, Task, TaskSource
from wombat.plan.keys import compute_key

CODE = Code("modules", Digest("0" * 64))
C, D = Digest("c" * 64), Digest("d" * 64)


def schema(columns: dict[str, Any], **words: Any) -> dict[str, Any]:
    return {"schema": "s", "columns": columns, **words}


PRICE = {"type": {"type": "decimal", "precision": 10, "scale": 2}}
TEXT = {"type": "string"}
BASE = schema({"price": PRICE, "status": TEXT})


def key(*, made: Any = BASE, taken: Any = BASE, profile: str = "production") -> str:
    """The key of a task with an input and an output, each with a schema of its own."""
    one = Task(
        "one",
        "run",
        CODE,
        run="m:f",
        inputs=(Input("x", TaskSource("before", "out"), "dataframe", "taken"),),
        outputs=(Output("out", "dataframe", "made"),),
    )
    before = Task("before", "run", CODE, run="m:f", outputs=(Output("out", "dataframe"),))
    schemas = {"made": made, "taken": taken}
    plan = Plan("p", "pipelines/p.yml", CODE.digest, (before, one), (), schemas=schemas)
    return compute_key(plan, one, None, {}, {"x": C}, profile=profile)


WIDER = {"type": {"type": "decimal", "precision": 12, "scale": 2}}
ENUM = {"type": {"type": "enum", "of": ["a", "b"]}}
OTHER_ENUM = {"type": {"type": "enum", "of": ["b", "a"]}}
SHAPING = {
    "made: other columns dropped": {"made": {**BASE, "extra": "drop"}},
    "made: digits": {"made": schema({"price": WIDER, "status": TEXT})},
    "made: a column more": {"made": schema({**BASE["columns"], "more": TEXT})},
    "made: a column renamed": {"made": schema({"price": PRICE, "state": TEXT})},
    "taken: an enumeration": {"taken": schema({"price": PRICE, "status": ENUM})},
    "taken: a column less": {"taken": schema({"price": PRICE})},
    "taken: all columns": {"taken": {**BASE, "extra": "allow"}},
    "taken: a default": {"taken": schema({"price": PRICE, "status": {**TEXT, "default": "a"}})},
    "taken: nulls filled": {
        "taken": schema({"price": PRICE, "status": {**TEXT, "fill_null": "a"}})
    },
    "made: nulls filled": {"made": schema({"price": PRICE, "status": {**TEXT, "fill_null": "a"}})},
    "taken: columns by pattern": {"taken": {**BASE, "patterns": [{"match": "x_.*", **TEXT}]}},
    "taken: of the profile": {"taken": {**BASE, "variants": {"production": schema({})}}},
}
JUDGING = {"nullable": True, "min": "0.00", "severity": "warn", "unique": True, "pii": True}
WORDS = {"version": "2.0", "key": ["price"], "title": "t", "policies": {"production": {}}}


@pytest.mark.parametrize("what", SHAPING)
def test_what_a_schema_shapes_is_in_the_key(what: str) -> None:
    assert key(**SHAPING[what]) != key()


def test_other_fillings_and_patterns_are_other_keys() -> None:
    texts = [{**TEXT, word: value} for word in ("default", "fill_null") for value in ("a", "b")]
    found = {key(taken=schema({"price": PRICE, "status": one})) for one in texts}
    patterns = [[{"match": name, **kind}] for name in ("x_.*", "y_.*") for kind in (TEXT, PRICE)]
    found |= {key(taken={**BASE, "patterns": one}) for one in patterns}
    assert len(found) == len(texts) + len(patterns)


def test_profiles_that_shape_alike_share_a_key() -> None:
    looser = schema({"price": {**PRICE, "nullable": True}, "status": TEXT})
    for other in ({}, {"variants": {"development": looser}}):
        given = {**BASE, **other}
        assert key(taken=given, profile="development") == key(taken=given) == key()
    less = {**BASE, "variants": {"development": schema({"price": PRICE})}}
    assert key(taken=less) == key()
    assert key(taken=less, profile="development") == key(taken=schema({"price": PRICE}))


def test_the_order_of_an_enumerations_members_is_in_the_key() -> None:
    one, two = (schema({"price": PRICE, "status": kind}) for kind in (ENUM, OTHER_ENUM))
    assert key(taken=one) != key(taken=two)


@pytest.mark.parametrize("side", ["made", "taken"])
def test_what_only_judges_is_not(side: str) -> None:
    for word, said in JUDGING.items():
        judging = schema({"price": {**PRICE, word: said}, "status": TEXT})
        assert key(**{side: judging}) == key(), word
    for word, said in WORDS.items():
        assert key(**{side: {**BASE, word: said}}) == key(), word
    default = {"made": "forbid", "taken": "drop"}[side]
    assert key(**{side: {**BASE, "extra": default}}) == key()


def collected(foreach: str, collect: Any, *, values: tuple[str, ...] = ("us", "eu")) -> str:
    parts = tuple(Part(label, {foreach: v}) for label, v in zip("ab", values, strict=True))
    before = Task("before", "run", CODE, run="m:f", parts=parts, foreach={foreach: values})
    one = Task(
        "one",
        "run",
        CODE,
        inputs=(Input("x", TaskSource("before", "out"), "dataframe", None, collect),),
    )
    plan = Plan("p", "pipelines/p.yml", CODE.digest, (before, one), ())
    return compute_key(plan, one, None, {}, {"x": {"a": C, "b": D}}, profile="production")


def test_collected_keys_become_columns_so_they_are_in_the_key() -> None:
    assert collected("region", "frame") != collected("area", "frame")
    assert collected("region", "frame") != collected("region", "frame", values=("us", "de"))
    assert collected("region", "list") == collected("area", "list")
    assert collected("region", "list") != collected("region", "dict")
