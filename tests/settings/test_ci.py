"""The CI at hand, read from its variables; locally from git."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.ci import RUN, local_run_id, observe, ref_of, run_id, target_of_merge_request
from wombat.errors import UsageFault

GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_HOST": "gitlab.example.com",
    "CI_PIPELINE_ID": "812",
    "CI_PIPELINE_IID": "41",
    "CI_JOB_ID": "9001",
    "CI_COMMIT_SHA": "a" * 40,
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_PATH": "group/Shop",
    "CI_PIPELINE_SOURCE": "push",
}


def gitlab(tmp_path, *, compiling=False, **more):
    return observe(tmp_path, GITLAB | more, compiling=compiling)


def test_a_branch_pipeline(tmp_path):
    here = gitlab(tmp_path, CI_COMMIT_BRANCH="main")
    assert (here.ci, here.branch, here.event, here.order) == ("gitlab", "main", "push", 41)
    assert here.on_default_branch
    assert here.run == "gitlab-example-com-812"
    assert here.project == "Shop"


def test_the_compile_job_is_part_of_the_run(tmp_path):
    run = gitlab(tmp_path, compiling=True, CI_COMMIT_BRANCH="main").run
    assert run == "gitlab-example-com-812-9001"


def test_a_merge_request_has_no_commit_branch(tmp_path):
    here = gitlab(
        tmp_path,
        CI_PIPELINE_SOURCE="merge_request_event",
        CI_MERGE_REQUEST_IID="7",
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="main",
    )
    assert (here.branch, here.event) == ("mr:7", "merge_request")
    assert not here.on_default_branch  # a fork's branch may be called like ours
    source = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic"}
    assert gitlab(tmp_path, CI_PIPELINE_SOURCE="merge_request_event", **source).branch == "topic"


def test_a_number_that_is_none_is_a_clock_s(tmp_path):
    child = {"CI_PIPELINE_SOURCE": "parent_pipeline"}
    for text in ("9" * 5000, "-1", "x", "٣"):
        assert 10**12 < gitlab(tmp_path, **child, WOMBAT_ORDER=text).order < 10**13


def test_a_child_of_a_merge_request_is_one_of_it(tmp_path):
    here = gitlab(tmp_path, CI_PIPELINE_SOURCE="parent_pipeline", CI_MERGE_REQUEST_IID="7")
    assert here.event == "merge_request"
    assert gitlab(tmp_path, CI_PIPELINE_SOURCE="parent_pipeline").event == "push"


@pytest.mark.parametrize(
    ("source", "event"), [("schedule", "schedule"), ("web", "manual"), ("api", "manual")]
)
def test_other_events(tmp_path, source, event):
    assert gitlab(tmp_path, CI_PIPELINE_SOURCE=source).event == event


def test_a_tag_is_never_taken_for_a_branch(tmp_path):
    here = gitlab(tmp_path, CI_COMMIT_TAG="main", CI_COMMIT_REF_NAME="main")
    assert here.branch == "tag:main"
    assert not here.on_default_branch


def test_a_given_run_stands(tmp_path):
    assert gitlab(tmp_path, WOMBAT_RUN="given-1").run == "given-1"
    with pytest.raises(UsageFault) as caught:
        gitlab(tmp_path, WOMBAT_RUN="not a run")
    assert caught.value.code == "invalid-run"


def test_github(tmp_path):
    given = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REF_NAME": "7/merge",
        "GITHUB_HEAD_REF": "feature",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_RUN_ID": "55",
        "GITHUB_RUN_NUMBER": "3",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "us/shop",
    }
    here = observe(tmp_path, given)
    assert (here.branch, here.event, here.order) == ("feature", "merge_request", 3)
    assert here.run == "github-example-55"


def git(folder, *words):
    command = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_a_checkout(tmp_path):
    git(tmp_path, "init", "-q", "-b", "trunk")
    git(tmp_path, "remote", "add", "origin", "git@host.example:group/my.shop.git")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-q", "-m", "first")
    here = observe(tmp_path, {})
    assert (here.ci, here.branch, here.event, here.dirty) == (None, "trunk", "local", False)
    assert (here.project, len(here.commit)) == ("my.shop", 40)
    (tmp_path / "a").write_text("2")
    assert observe(tmp_path, {}).dirty
    git(tmp_path, "checkout", "-q", "--detach")
    assert observe(tmp_path, {}).branch == f"detached-{here.commit[:12]}"


def test_a_folder_without_git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    here = observe(tmp_path, {})
    assert (here.branch, here.commit, here.project, here.dirty) == ("main", None, None, False)
    monkeypatch.setenv("PATH", "")
    assert observe(tmp_path, {}).branch == "main"


def test_local_runs_differ():
    made = {local_run_id() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"local-\d{8}T\d{6}Z-[0-9a-f]{8}", run) for run in made)


@given(st.text(max_size=100), st.integers(0, 10**12), st.none() | st.integers(0, 10**12))
def test_every_issuer_makes_a_run_id(issuer, pipeline, job):
    made = run_id(issuer, str(pipeline), None if job is None else str(job))
    assert RUN.fullmatch(made)


def test_long_issuers_stay_apart():
    assert run_id("a" * 60 + ".one", "1", None) != run_id("a" * 60 + ".two", "1", None)


def test_a_tag_has_a_ref_of_its_own_kind(tmp_path):
    here = gitlab(tmp_path, CI_COMMIT_TAG="v1")
    assert here.on_tag
    assert ref_of(here.branch) == ("v1", "tags")
    assert ref_of("feature/v1") == ("feature/v1", "heads")


def test_a_child_learns_from_its_trigger_what_started_it(tmp_path):
    child = {"CI_PIPELINE_SOURCE": "parent_pipeline", "CI_COMMIT_BRANCH": "main"}
    told = gitlab(tmp_path, **child, WOMBAT_EVENT="schedule", WOMBAT_ORDER="7")
    assert (told.event, told.order) == ("schedule", 7)
    assert (gitlab(tmp_path, **child).event, gitlab(tmp_path, **child).order) == ("push", 41)
    # Only a child needs to be told: nobody can pass a push off as a schedule.
    assert gitlab(tmp_path, CI_COMMIT_BRANCH="main", WOMBAT_EVENT="schedule").event == "push"
    fork = gitlab(tmp_path, **child, WOMBAT_EVENT="push", CI_MERGE_REQUEST_IID="3")
    assert fork.event == "merge_request"


def test_what_a_schedule_is_called(tmp_path):
    said = {"CI_PIPELINE_SCHEDULE_DESCRIPTION": "wombat: shop"}
    assert gitlab(tmp_path, CI_PIPELINE_SOURCE="schedule", **said).schedule == "wombat: shop"
    assert gitlab(tmp_path, CI_PIPELINE_SOURCE="push", **said).schedule is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"GITLAB_CI": "true"}, None),
        ({"GITLAB_CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b"}, None),
        (
            {"GITLAB_CI": "1", "CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b"},
            "b",
        ),
        (
            {
                "GITLAB_CI": "1",
                "CI_MERGE_REQUEST_IID": "3",
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b",
                "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "head",
            },
            "head",
        ),
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}, "origin/main"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": ""}, None),
    ],
)
def test_what_a_merge_request_is_held_against(given, expected):
    assert target_of_merge_request(given) == expected
