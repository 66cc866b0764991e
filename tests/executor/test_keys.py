"""The compute key: what decides a result is in it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.executor.plans import Param, of_task, output, plan, task
from wombat.digest import Digest
from wombat.plan.causes.compare import causes
from wombat.plan.causes.work import Cause, work_of
from wombat.plan.ir import ArtifactSource, At, Code, Input
from wombat.plan.keys import boundary_key, components, compute_key
from wombat.plan.select import differences

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


NAMED = replace(ONE, kind="shell", script="echo $WOMBAT_TASK in ${WOMBAT_PIPELINE}")


def key(one=ONE, *, params=None, content=C, label="u", **words):
    known = {"schemas": {"s": SCHEMA}, "images": {"base": "img@1"}} | words
    given = plan(task("before", "m:f"), one, params=(Param("days", "int"),), **known)
    profile = "production"
    return compute_key(
        given, one, one.part(label), params or PARAMS, {"x": content}, profile=profile
    )


def judged(layer):
    """The task with a policy of its own at its input and its output."""
    own = {"production": layer}
    sides = {"inputs": ONE.inputs, "outputs": ONE.outputs}
    return replace(
        ONE,
        **{side: tuple(replace(one, policies=own) for one in its) for side, its in sides.items()},
    )


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
    "type that arrives": lambda: key(
        replace(ONE, inputs=(of_task("x", "before", "before", "file", schema="s"),))
    ),
    "output's type": lambda: key(replace(ONE, outputs=(output("one", "text"),))),
    "output's name": lambda: key(replace(ONE, outputs=(output("two"),))),
}
SAME = {
    "places": lambda: key(replace(ONE, at=At(9, 9))),
    "retries": lambda: key(replace(ONE, retry=2, timeout=5)),
    "size": lambda: key(replace(ONE, compute="large")),
    "policy": lambda: key(judged({"check": "none"}), policies={"production": {"cast": "safe"}}),
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


def test_where_a_command_runs_counts_where_it_says_it():
    trees = [key(one) for one in (NAMED, replace(NAMED, name="other"), ONE)]
    assert len(set(trees)) == 3
    elsewhere = replace(plan(NAMED), pipeline="elsewhere")
    given = {"params": PARAMS, "inputs": {"x": C}, "profile": "production"}
    part = NAMED.part("u")
    env = components(elsewhere, NAMED, part, **given)["env"]
    assert env == {"MODE": "fast", "WOMBAT_TASK": "one", "WOMBAT_PIPELINE": "elsewhere"}
    assert components(elsewhere, ONE, part, **given)["env"] == {"MODE": "fast"}


def test_an_artifact_arrives_as_its_header_says():
    one = task("one", inputs=(Input("x", ArtifactSource("p/x"), "any"),))

    def pinned(kind):
        pins = {"p/x": {"C": C, "type": kind}}
        words = {"profile": "production", "artifacts": pins}
        return compute_key(plan(one), one, None, {}, {"x": C}, **words)

    assert pinned("json") != pinned("file") != pinned(None)
    assert pinned("any") == pinned(None)


def test_an_artifact_of_another_type_is_a_difference_and_a_reason():
    one = task("one", inputs=(Input("x", ArtifactSource("p/x"), "any"),))
    given, words = plan(one), ("files", "params", "installed", "sources")

    def header(kind):
        pins = {"p/x": {"C": C, "type": kind}}
        told = {"plan": given.to_json(), "plan_digest": given.digest, "artifacts": pins}
        return {
            **{word: {} for word in words},
            **told,
            "code": {"files": {}},
            "profile": "production",
        }

    now, then = header("file"), header("json")
    assert differences(now, then) == ("artifact p/x",)
    before, after = (work_of(given, one, None, {"x": C}, of) for of in (then, now))
    assert causes(before, after) == (Cause("options", "type", "json", "file", input="x"),)


def boundary(one=ONE, profile="production", **words):
    known = {"schemas": {"s": SCHEMA}} | words
    return boundary_key(C, plan(one, **known), one, profile)


DECIDING = {
    "cast": {"cast": "safe"},
    "depth": {"check": "types"},
    "sample": {"sample": {"seed": 1}},
    "failures": {"on_fail": "quarantine"},
    "threshold": {"max_failure_rate": 0.5},
    "threshold in rows": {"max_failure_rows": 5},
}


@pytest.mark.parametrize("layer", DECIDING.values(), ids=DECIDING)
def test_what_a_policy_can_decide_is_in_the_boundary_key(layer):
    layers = [
        {},
        {"policies": {"production": layer}},
        {"schemas": {"s": {**SCHEMA, "policies": {"production": layer}}}},
    ]
    first, *others = [boundary(**words) for words in layers]
    assert {*others, boundary(judged(layer))} == {others[0]} != {first}
    assert boundary(policies={"development": layer}) == first


def test_how_many_row_numbers_are_told_is_not():
    assert boundary(policies={"production": {"cases": 3}}) == boundary()


def test_options_are_something_to_be_judged_by():
    ranged = replace(ONE, inputs=(), outputs=(output("one", "metrics", options={"a": 1}),))
    assert boundary(ranged) != boundary(ranged, "development")


def test_untyped_inputs_and_outputs_are_judged_by_nothing():
    untyped = replace(ONE, inputs=(of_task("x", "before", "before", "dataframe"),))
    assert boundary(untyped) == boundary(untyped, "development")
    assert boundary() != boundary(profile="development") != boundary_key(D, plan(), ONE, "x")
