"""The compute key: what decides a result is in it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.executor.plans import Param, of_task, output, plan, task
from wombat.digest import Digest
from wombat.plan.ir import At, Code
from wombat.plan.keys import boundary_key, compute_key

C = Digest("c" * 64)
D = Digest("d" * 64)
PARAMS = {"days": 30, "unused": 1}
ONE = task(
    "one",
    argv=("tool", {"$": "params.days"}, {"$": "inputs.x"}, {"$": "outputs.one"}),
    arguments={"a": {"$": "params.days"}},
    inputs=(of_task("x", "before", "before", "dataframe", schema="s"),),
    foreach={"k": ["u", "v"]},
    env={"MODE": "fast"},
    image="base",
)
SCHEMA = {"schema": "s", "columns": {"a": {"type": "int64"}}}


def key(one=ONE, *, params=None, content=C, label="u", **words):
    known = {"schemas": {"s": SCHEMA}, "images": {"base": "img@1"}} | words
    given = plan(task("before", "m:f"), one, params=(Param("days", "int"),), **known)
    return compute_key(given, one, one.part(label), params or PARAMS, {"x": content})


CHANGES = {
    "kind": lambda: key(replace(ONE, kind="shell", script="x")),
    "code": lambda: key(replace(ONE, code=Code("modules", D))),
    "parameter": lambda: key(params=PARAMS | {"days": 31}),
    "type of a parameter": lambda: key(params=PARAMS | {"days": "30"}),
    "part": lambda: key(label="v"),
    "argument": lambda: key(replace(ONE, arguments={"a": 1})),
    "environment": lambda: key(replace(ONE, env={"MODE": "slow"})),
    "image": lambda: key(images={"base": "img@2"}),
    "content": lambda: key(content=D),
    "collected content": lambda: key(content={"u": C}),
    "columns taken": lambda: key(schemas={"s": {"schema": "s", "columns": {}}}),
    "output's type": lambda: key(replace(ONE, outputs=(output("one", "text"),))),
    "output's name": lambda: key(replace(ONE, outputs=(output("two"),))),
}
SAME = {
    "places": lambda: key(replace(ONE, at=At(9, 9))),
    "retries": lambda: key(replace(ONE, retry=2, timeout=5)),
    "size": lambda: key(replace(ONE, compute="large")),
    "policy": lambda: key(replace(ONE, policies={"production": {"check": "none"}})),
    "description": lambda: key(replace(ONE, description="words")),
    "task's name": lambda: key(replace(ONE, name="other")),
    "parameters that aren't used": lambda: key(params=PARAMS | {"unused": 2}),
    "owner": lambda: key(owner="somebody"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_decides_a_result_is_in_its_key(what):
    assert CHANGES[what]() != key()


@pytest.mark.parametrize("what", SAME)
def test_what_does_not_decide_it_is_not(what):
    assert SAME[what]() == key()


def test_the_boundary_key_depends_on_schema_and_shaping():
    base = boundary_key(C, SCHEMA, {})
    assert base == boundary_key(C, dict(SCHEMA), {})
    assert (
        len(
            {
                base,
                boundary_key(D, SCHEMA, {}),
                boundary_key(C, None, {}),
                boundary_key(C, SCHEMA, {"cast": "safe"}),
            }
        )
        == 4
    )
