"""Committed triggers: what starts a pipeline whose file is in git, by event and by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.gitlab_rules import added, filled, truthful
from tests.backends.gitlab_sources import DEFAULT_BRANCH, NOTHING, SOURCES
from wombat.backends.gitlab import BACKEND
from wombat.digest import Digest
from wombat.plan.ir import Code, Job, On, Output, Plan, Task

CODE = Code("modules", Digest("0" * 64))
TASK = Task("one", "shell", CODE, script="x", outputs=(Output("o", "json"),))
MODES = ("plan", "run", "off")
NAMES = ("churn", "churn-weekly", "a-churn", "b")
NAMED = {"WOMBAT_PIPELINES": "churn"}
OWN = [name for name in SOURCES if name.startswith("merge") and not name.endswith("closed")]
STARTED = [name for name, one in SOURCES.items() if "wombat-compile" in one.plan]
STARTED = [name for name in STARTED if not name.startswith(("merge", "external", "child-of-merge"))]


def plan_of(name: str, **on: Any) -> Plan:
    source = f"pipelines/{name}.yml"
    return Plan(name, source, CODE.digest, (TASK,), (Job(f"{name}/one", "one", 0),), on=On(**on))


def started(
    variables: dict[str, str], *plans: Plan, version: str = "18.8"
) -> dict[str, tuple[str, bool]]:
    """The parent's jobs with these variables: when each runs, and whether it may stay unclicked."""
    text = BACKEND.render(plans, None, {"version": version}, "ci").files["triggers.yml"]
    found = added(filled(text), variables | DEFAULT_BRANCH)
    assert not found or "wombat-check" in found  # the triggers need it
    return {name: (one.when, one.allow_failure) for name, one in found.items()}


def test_the_whole_table_of_sources() -> None:
    """As the template has it, but that schedules name what they start."""
    for name, source in SOURCES.items():
        found = started({**source.variables, **NAMED}, plan_of("churn"))
        if name.startswith("external-pull") or source.plan == NOTHING:
            assert found == {}, name
        elif "wombat-run" in source.plan:
            click = source.plan["wombat-run"] == "manual"
            expected = ("manual", True) if click else ("on_success", False)
            assert found["wombat-churn"] == expected, name
        else:
            assert found == {"wombat-check": ("on_success", False)}, name


@pytest.mark.parametrize("source", OWN)
def test_merge_requests_by_mode(source: str) -> None:
    plans = [plan_of(mode, merge_request=mode) for mode in MODES]
    found = started(SOURCES[source].variables, *plans)
    assert found.pop("wombat-check")
    assert found == {"wombat-plan": ("manual", True), "wombat-run": ("on_success", False)}


def test_what_is_off_starts_by_hand_alone() -> None:
    plan = plan_of("churn", merge_request="off", push="off", schedule="off")
    hands = [name for name in STARTED if name.startswith(("web", "api", "trigger", "other"))]
    for name, source in SOURCES.items():
        found = started({**source.variables, **NAMED}, plan)
        assert ("wombat-churn" in found) is (name in hands), name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("churn", {"churn"}),
        ("churn-weekly", {"churn-weekly"}),
        ("b, churn", {"b", "churn"}),
        ("a-churn b", {"a-churn", "b"}),
        ("churn,b,churn-weekly", {"churn", "b", "churn-weekly"}),
        ("chur", set()),
        ("churns", set()),
        ("", set()),
    ],
)
def test_a_schedule_starts_what_it_names(text: str, expected: set[str]) -> None:
    plans = [plan_of(name) for name in NAMES]
    schedule = SOURCES["schedule-default"].variables
    triggers = {"wombat-check", *(f"wombat-{name}" for name in expected)}
    assert set(started({**schedule, "WOMBAT_PIPELINES": text}, *plans)) == triggers
    said = {**schedule, "CI_PIPELINE_SCHEDULE_DESCRIPTION": f"wombat: {text}"}
    assert set(started(said, *plans)) == triggers
    # An older GitLab doesn't say the description, and another schedule's is none of ours.
    assert set(started(said, *plans, version="17.7")) == {"wombat-check"}
    other = {**schedule, "CI_PIPELINE_SCHEDULE_DESCRIPTION": f"nightly {text}"}
    assert set(started(other, *plans)) == {"wombat-check"}


def test_by_hand_all_start_or_those_that_are_named() -> None:
    plans = [plan_of(name) for name in NAMES]
    web = SOURCES["web-branch"].variables
    for given_ in ({}, {"WOMBAT_PIPELINES": ""}):
        assert len(started({**web, **given_}, *plans)) == 1 + len(NAMES)
    assert set(started({**web, "WOMBAT_PIPELINES": "b"}, *plans)) == {"wombat-check", "wombat-b"}


@pytest.mark.parametrize("name", STARTED + OWN)
def test_the_zone_of_a_child_is_the_template_s(name: str) -> None:
    source = SOURCES[name]
    # A child knows its parent's branch and merge request, and itself by another source.
    variables = {**source.variables, **DEFAULT_BRANCH, "CI_PIPELINE_SOURCE": "parent_pipeline"}
    document = BACKEND.render([plan_of("churn")], None, {}, "ci").documents["churn.yml"]
    rules = document["workflow"]["rules"]
    fits = (rule for rule in rules if "if" not in rule or truthful(rule["if"], variables))
    assert next(fits)["variables"] == {"WOMBAT_ZONE": source.plan["wombat-compile"]}


@given(
    on=st.builds(
        On,
        merge_request=st.sampled_from(MODES),
        push=st.sampled_from(["run", "off"]),
        schedule=st.sampled_from(["run", "off"]),
    ),
    variables=st.fixed_dictionaries(
        {},
        optional={
            "CI_PIPELINE_SOURCE": st.sampled_from(["push", "web", "merge_request_event", "chat"]),
            "CI_COMMIT_BRANCH": st.sampled_from(["main", "topic"]),
            "CI_COMMIT_TAG": st.just("v1"),
        },
    ),
    request=st.none() | st.sampled_from(["7", "9"]),
)
def test_whatever_the_variables_say_a_fork_starts_nothing(
    on: On, variables: dict[str, str], request: str | None
) -> None:
    if request is not None:  # GitLab says all three of an open merge request, or none
        variables["CI_MERGE_REQUEST_IID"] = "3"
        variables["CI_MERGE_REQUEST_PROJECT_ID"] = "7"
        variables["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"] = request
    found = started(variables, replace(plan_of("churn"), on=on))
    origin = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
    if variables.get("CI_PIPELINE_SOURCE") == "merge_request_event" and origin != "7":
        assert "wombat-churn" not in found
