"""Laws of the plan, over projects by chance."""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plan.strategies import Project, compiled, plans_of, projects, shuffled, text_of
from wombat.plan.ir import Plan, TaskSource, plan_from_json

EXAMPLES = 2_000 if os.environ.get("WOMBAT_SOAK") else 80
FOLDER = tempfile.TemporaryDirectory(prefix="wombat-laws-")
ROOT = Path(FOLDER.name)
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def meant(plan: Plan) -> str:
    """The plan's JSON, its order too, without what says where and in which bytes it was written."""
    tree = plan.to_json()
    tree.pop("source_digest")
    for task in tree["tasks"]:
        for one in (task, *task.get("inputs", ()), *task.get("outputs", ())):
            one.pop("at", None)
    return json.dumps(tree)


@pytest.mark.slow
@law
@given(project=projects(), seed=st.integers(0, 1_000))
def test_the_order_of_keys_and_the_layout_mean_nothing(project: Project, seed: int) -> None:
    plans = plans_of(project, ROOT)
    other = Project(shuffled(project.pipelines, random.Random(seed)))
    again = plans_of(other, ROOT)
    assert {n: p.digest for n, p in again.items()} == {n: p.digest for n, p in plans.items()}
    assert [meant(plan) for plan in again.values()] == [meant(plan) for plan in plans.values()]
    assert [p.jobs for p in again.values()] == [p.jobs for p in plans.values()]
    for name, pipeline in project.pipelines.items():
        text = text_of(pipeline).replace("\ntasks:", "\n\n# a comment\n\ntasks:")
        (ROOT / "pipelines" / f"{name}.yml").write_text(text, "utf-8")
    moved, _ = compiled(ROOT)
    assert {n: p.digest for n, p in moved.items()} == {n: p.digest for n, p in plans.items()}


@pytest.mark.slow
@law
@given(project=projects())
def test_a_plan_comes_back_from_its_json(project: Project) -> None:
    for plan in plans_of(project, ROOT).values():
        text = json.dumps(plan.to_json())
        again = plan_from_json(json.loads(text))
        assert again == plan
        assert again.digest == plan.digest
        assert json.dumps(again.to_json()) == text


@pytest.mark.slow
@law
@given(project=projects())
def test_jobs_follow_the_data(project: Project) -> None:
    for name, plan in plans_of(project, ROOT).items():
        written = project.pipelines[name]["tasks"]
        jobs = {job.name: job for job in plan.jobs}
        assert len(jobs) == len(plan.jobs)
        assert {task.name for task in plan.tasks} == set(written)
        for job in plan.jobs:
            assert all(jobs[need].stage < job.stage for need in job.needs)
            firsts = {jobs[need].task for need in job.needs}
            task = plan.task(job.task)
            expected = {o.source.task for o in task.inputs if isinstance(o.source, TaskSource)}
            assert firsts == expected | set(task.needs)
        parts = [(job.task, part) for job in plan.jobs for part in job.parts or (None,)]
        assert len(parts) == len(set(parts))
        assert set(parts) == {
            (task.name, part.label if part else None)
            for task in plan.tasks
            for part in (task.parts or (None,))
        }


@pytest.mark.slow
@law
@given(project=projects())
def test_a_part_takes_the_parts_that_share_its_values(project: Project) -> None:
    for plan in plans_of(project, ROOT).values():
        for task in plan.tasks:
            for one in task.inputs:
                if not isinstance(one.source, TaskSource):
                    continue
                producer = plan.task(one.source.task)
                for part in task.parts or (None,):
                    mine = part.values if part else {}
                    expected = [
                        theirs
                        for theirs in producer.parts
                        if all(mine.get(k, v) == v for k, v in theirs.values.items())
                    ]
                    assert list(plan.producers(part, one)) == expected
                    if producer.parts and one.collect is None:
                        assert len(expected) == 1


@pytest.mark.slow
@law
@given(project=projects())
def test_the_order_is_topological_with_ties_by_name(project: Project) -> None:
    for plan in plans_of(project, ROOT).values():
        before = {
            task.name: {o.source.task for o in task.inputs if isinstance(o.source, TaskSource)}
            | set(task.needs)
            for task in plan.tasks
        }
        done: set[str] = set()
        for task in plan.tasks:
            ready = [n for n in before if n not in done and before[n] <= done]
            assert task.name == min(ready)
            done.add(task.name)


@pytest.mark.slow
@law
@given(project=projects(), word=st.sampled_from(["description", "owner"]))
def test_what_is_meant_moves_the_digest(project: Project, word: str) -> None:
    plans = plans_of(project, ROOT)
    name = next(iter(project.pipelines))
    changed = Project({**project.pipelines, name: {**project.pipelines[name], word: "another one"}})
    assert plans_of(changed, ROOT)[name].digest != plans[name].digest
