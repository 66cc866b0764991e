"""The GitLab child of projects by chance: valid, complete, and the same to every YAML reader."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from check_jsonschema import builtin_schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plan.strategies import Project, plans_of, projects
from tests.readers import read_1_2
from wombat.backends import Selection
from wombat.backends.gitlab import BACKEND, CHILD

EXAMPLES = 1_000 if os.environ.get("WOMBAT_SOAK") else 60
FOLDER = tempfile.TemporaryDirectory(prefix="wombat-gitlab-")
ROOT = Path(FOLDER.name)
VALIDATOR = jsonschema_rs.Draft7Validator(
    builtin_schemas.get_builtin_schema("vendor.gitlab-ci"), validate_formats=False
)
OPTIONS = {"tags": ["k8s", "no", "010"], "before_script": ["echo '$x: {{y}}' # 🐨"]}
NO_JOBS = {"stages", "workflow", "variables", "default", ".wombat"}
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
selections = st.none() | st.just(Selection("20261120-1a2b3c", ("churn",)))


def jobs_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in document.items() if name not in NO_JOBS}


@law
@given(project=projects(), selection=selections, options=st.sampled_from([{}, OPTIONS]))
def test_the_child_is_valid_and_says_the_same_to_every_reader(
    project: Project, selection: Selection | None, options: dict[str, Any]
) -> None:
    plans = list(plans_of(project, ROOT).values())
    assert not list(BACKEND.supports(plans))
    rendered = BACKEND.render(plans, selection, options)
    text, document = rendered.files[CHILD], rendered.documents[CHILD]
    assert yaml.safe_load(text) == document
    assert read_1_2(text) == document
    assert VALIDATOR.is_valid(document)
    assert text == BACKEND.render(list(plans), selection, options).files[CHILD]


@law
@given(project=projects())
def test_every_task_once_and_every_edge_respected(project: Project) -> None:
    plans = list(plans_of(project, ROOT).values())
    document = BACKEND.render(plans, None, {}).documents[CHILD]
    jobs = jobs_of(document)
    assert sum(len(plan.jobs) + 1 for plan in plans) == len(jobs)
    scripts = [line for body in jobs.values() for line in body["script"]]
    expected = [
        f"wombat exec {plan.pipeline}/{task.name}" + (f" --part={part.label}" if part else "")
        for plan in plans
        for task in plan.tasks
        for part in (task.parts or (None,))
    ]
    expected += [f"wombat publish {plan.pipeline}" for plan in plans]
    assert sorted(scripts) == sorted(expected)
    stages = document["stages"]
    for body in jobs.values():
        for need in body["needs"]:
            assert stages.index(jobs[need]["stage"]) < stages.index(body["stage"])
    for plan in plans:
        for job in plan.jobs:
            assert jobs[job.name]["needs"] == list(job.needs)


@law
@given(project=projects())
def test_publish_waits_for_every_task(project: Project) -> None:
    plans = list(plans_of(project, ROOT).values())
    jobs = jobs_of(BACKEND.render(plans, None, {}).documents[CHILD])
    for plan in plans:
        waiting, reached = [f"{plan.pipeline}/publish"], set[str]()
        while waiting:
            for need in jobs[waiting.pop()]["needs"]:
                if need not in reached:
                    reached.add(need)
                    waiting.append(need)
        assert reached == {job.name for job in plan.jobs}


@law
@given(project=projects())
def test_nothing_that_a_pipeline_says_is_expanded_by_gitlab(project: Project) -> None:
    """Only validated names reach the file, but for comments; those stay on their line."""
    plans = list(plans_of(project, ROOT).values())
    text = BACKEND.render(plans, None, {}).files[CHILD]
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for word in ("$", "{{", "`", "🐨", "\\u"):
        assert word not in said
