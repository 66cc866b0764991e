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


def key(*, made: Any = BASE, taken: Any = BASE) -> str:
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
    return compute_key(plan, one, None, {}, {"x": C})


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
}
JUDGING = {"nullable": True, "min": "0.00", "severity": "warn", "unique": True, "pii": True}
WORDS = {"version": "2.0", "key": ["price"], "title": "t", "policies": {"production": {}}}


@pytest.mark.parametrize("what", SHAPING)
def test_what_a_schema_shapes_is_in_the_key(what: str) -> None:
    assert key(**SHAPING[what]) != key()


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
    return compute_key(plan, one, None, {}, {"x": {"a": C, "b": D}})


def test_collected_keys_become_columns_so_they_are_in_the_key() -> None:
    assert collected("region", "frame") != collected("area", "frame")
    assert collected("region", "frame") != collected("region", "frame", values=("us", "de"))
    assert collected("region", "list") == collected("area", "list")
    assert collected("region", "list") != collected("region", "dict")
