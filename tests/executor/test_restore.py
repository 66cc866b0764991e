"""A plan restored by hand is the plan that the models read."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace

import pytest

from tests.executor.plans import of_artifact, of_file, of_task, output, plan, task
from wombat.digest import Digest
from wombat.executor.restore import restore_plan
from wombat.plan.ir import (
    At,
    Code,
    Edge,
    Job,
    On,
    Package,
    Param,
    Piece,
    Schedule,
    plan_from_json,
)

RICH = replace(
    plan(
        replace(
            task(
                "one",
                "m:f",
                inputs=(
                    of_task(
                        "a", "zero", "x", "dataframe",
                        schema="s", collect="frame", policies={"p": {"cast": "safe"}},
                        options={"o": 1}, at=At(3),
                    ),
                    of_file("b", "data/b.csv"),
                    of_artifact("c", "p/x@main"),
                ),
                outputs=(
                    output(
                        "x", "dataframe", schema="s", format="csv", options={"o": [1]},
                        policies={"production": {"check": "full"}}, at=At(5, 6),
                    ),
                    output("y", "file"),
                ),
                arguments={"a": [1, [2]], "b": {"$": "params.p"}},
                env={"A": "b"},
                foreach={"k": ["u", "v"]},
                batch=2,
                needs=("zero",),
                retry=1,
                timeout=60,
                image="i",
                compute="c",
                description="words",
            ),
            requires=("numpy",),
            depends_on=("sql/*.sql",),
            volatile=True,
            code=Code("names", Digest("1" * 64), ("m.py",), ("m:f",)),
            at=At(7, 8),
        ),
        task("two", argv=("a", {"$": "inputs.x"}, ["b"])),
        task("three", script="echo"),
    ),
    jobs=(Job("demo/one: [u]", "one", 1, ("u",), ("demo/zero",)),),
    edges=(
        Edge(
            "one", "a", "zero", "x", "refuted", "s", "s", "c", "why", (("c",), ("null",)),
            {"development": "proven"},
        ),
    ),
    params=(
        Param("p", "json", [1, 2], False, 1, 2.5, ([1], "x"), "words"),
        Param("q", "int", required=True),
    ),
    code={"m:f": Piece("m.py", Digest("2" * 64), ("m:g",)), "m:g": Piece("m.py", Digest("3" * 64))},
    packages={"numpy": Package("2.1", ("blas",)), "blas": Package("3")},
    schemas={"s": {"schema": "s", "columns": {}, "order": ["a"]}},
    places={"s": "schemas/s.yml:1"},
    policies={"production": {"sample": {"head": 1}}},
    images={"i": "img"},
    compute={"c": {"tags": ["big"]}},
    schedule=Schedule("0 3 * * *", "Europe/Berlin"),
    on=On("run", "off", "off"),
    description="words",
    owner="us",
)  # fmt: skip


@pytest.mark.parametrize("given", [RICH, plan(task("one", "m:f"))], ids=["rich", "plain"])
def test_both_ways_give_the_same_plan(given):
    tree = json.loads(json.dumps(given.to_json()))
    restored = restore_plan(tree)
    assert restored == plan_from_json(tree) == given
    assert restored.digest == given.digest


def test_the_rich_plan_uses_every_field():
    """A field added to the plan has to be added here, and so is seen to be restored."""
    unset: set[str] = set()
    seen: dict[str, set[str]] = {}

    def visit(value):
        if is_dataclass(value):
            kind = type(value).__name__
            for one in fields(value):
                found = getattr(value, one.name)
                seen.setdefault(kind, set())
                if found not in (one.default, None, (), {}):
                    seen[kind].add(one.name)
                visit(found)
            unset.update(f"{kind}.{one.name}" for one in fields(value))
        elif isinstance(value, tuple):
            for item in value:
                visit(item)

    visit(RICH)
    unset -= {f"{kind}.{name}" for kind, names in seen.items() for name in names}
    assert unset == {"Plan.v", "TaskSource.kind", "FileSource.kind", "ArtifactSource.kind"}
