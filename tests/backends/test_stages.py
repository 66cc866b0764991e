"""Stages are called after their tasks, and stay the same while the tasks do."""

from __future__ import annotations

from dataclasses import replace

from wombat.backends.gitlab.stages import stage_names
from wombat.digest import Digest
from wombat.plan.ir import Code, Job, Output, Plan, Task

CODE = Code("modules", Digest("0" * 64))


def plan_of(pipeline: str, *depths: str, effects: tuple[str, ...] = ()) -> Plan:
    """A plan whose tasks stand at their depth: "a b" are two tasks of the same."""
    named = [(depth, name) for depth, names in enumerate(depths) for name in names.split()]
    tasks = tuple(
        Task(name, "shell", CODE, script="x", outputs=() if name in effects else (OUTPUT,))
        for _, name in named
    )
    jobs = tuple(Job(f"{pipeline}/{name}", name, depth) for depth, name in named)
    return Plan(pipeline, f"pipelines/{pipeline}.yml", CODE.digest, tasks, jobs)


OUTPUT = Output("out", "json")


def names(plans: list[Plan]) -> list[str]:
    return list(stage_names(plans).values())


def test_one_task_or_two_give_their_names() -> None:
    assert names([plan_of("a", "load", "train test", "report")]) == [
        *("load", "test and train", "report")
    ]


def test_many_are_a_step() -> None:
    assert names([plan_of("a", "load", "x y z", "report")]) == ["load", "step 2", "report"]


def test_pipelines_share_stages() -> None:
    both = [plan_of("a", "load", "report"), plan_of("b", "load", "check")]
    assert names(both) == ["load", "check and report"]
    many = [plan_of(name, f"of-{name}") for name in "abc"]
    assert names(many) == ["step 1"]


def test_a_name_that_is_taken_is_a_step() -> None:
    assert names([plan_of("a", "load", "x"), plan_of("b", "y", "load", "z")]) == [
        *("load and y", "load and x", "z")
    ]
    again = [plan_of("a", "load", "x"), plan_of("b", "load", "x", "load")]
    assert names(again) == ["load", "x", "step 3"]
    assert names([plan_of("a", "load", "effects")]) == ["load", "step 2"]


def test_a_depth_without_jobs_is_no_stage() -> None:
    plan = plan_of("a", "load", "x y z", "report")
    left = replace(plan, jobs=tuple(job for job in plan.jobs if job.task != "load"))
    assert stage_names([left]) == {1: "step 2", 2: "report"}
    assert stage_names([replace(plan, jobs=())]) == {}


def test_effects_have_no_depth() -> None:
    plan = plan_of("a", "load", "notify", effects=("notify",))
    assert names([plan]) == ["load"]
    assert names([plan_of("a", "notify", effects=("notify",))]) == []
