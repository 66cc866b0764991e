"""What starts a pipeline in GitLab, by the variables that it then has, and what is to happen."""

from __future__ import annotations

from typing import NamedTuple

NOTHING: dict[str, str] = {}
CHECK = {"wombat-check": "on_success"}
CLICK_U = {"wombat-compile": "u", "wombat-run": "manual", "wombat-report": "on_success"}
RUN_U = {"wombat-compile": "u", "wombat-run": "on_success", "wombat-report": "always"}
RUN_T = {**RUN_U, "wombat-compile": "t"}
TRY_U = {**RUN_U, "wombat-try": "manual"}


class Source(NamedTuple):
    """The variables of a pipeline; its jobs where merge requests are planned, and where they run.

    A job's word is when it runs; of `wombat-compile` it is the zone.
    """

    variables: dict[str, str]
    plan: dict[str, str]
    run: dict[str, str]


def _branch(source: str, branch: str, *, protected: bool = False) -> dict[str, str]:
    return {
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_BRANCH": branch,
        "CI_COMMIT_REF_PROTECTED": str(protected).lower(),
    }


def _tag(source: str, *, protected: bool = False) -> dict[str, str]:
    return {
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_TAG": "v1",
        "CI_COMMIT_REF_PROTECTED": str(protected).lower(),
    }


def _request(kind: str, *, came_from: str = "7", here: str = "7", **more: str) -> dict[str, str]:
    """A merge request into project 7, from `came_from`, in a pipeline of project `here`."""
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "3",
        "CI_MERGE_REQUEST_EVENT_TYPE": kind,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": came_from,
        "CI_MERGE_REQUEST_PROJECT_ID": "7",
        "CI_PROJECT_ID": here,
        "CI_COMMIT_REF_PROTECTED": "false",
        **more,
    }


def _same(variables: dict[str, str], expected: dict[str, str]) -> Source:
    return Source(variables, expected, expected)


_CHILD = {"CI_PIPELINE_SOURCE": "parent_pipeline"}

SOURCES = {
    "push-default": _same(_branch("push", "main", protected=True), RUN_T),
    "push-default-unprotected": _same(_branch("push", "main"), RUN_T),
    "push-branch": _same(_branch("push", "topic"), NOTHING),
    "push-protected-branch": _same(_branch("push", "release", protected=True), NOTHING),
    "push-tag": _same(_tag("push"), RUN_U),
    "push-protected-tag": _same(_tag("push", protected=True), RUN_T),
    "schedule-default": _same(_branch("schedule", "main", protected=True), RUN_T),
    "schedule-branch": _same(_branch("schedule", "topic"), RUN_U),
    "schedule-protected-branch": _same(_branch("schedule", "release", protected=True), RUN_T),
    "schedule-tag": _same(_tag("schedule"), RUN_U),
    "web-default": _same(_branch("web", "main", protected=True), RUN_T),
    "web-branch": _same(_branch("web", "topic"), RUN_U),
    "web-tag": _same(_tag("web", protected=True), RUN_T),
    "api-default": _same(_branch("api", "main", protected=True), RUN_T),
    "api-branch": _same(_branch("api", "topic"), RUN_U),
    "trigger-default": _same(_branch("trigger", "main", protected=True), RUN_T),
    "trigger-branch": _same(_branch("trigger", "topic"), RUN_U),
    "other-project": _same(_branch("pipeline", "main", protected=True), RUN_T),
    "merge-request": Source(_request("detached"), CLICK_U, TRY_U),
    "merged-result": Source(_request("merged_result"), CLICK_U, TRY_U),
    "merge-train": Source(_request("merge_train"), CLICK_U, TRY_U),
    # Both its branches are protected: GitLab 18.1 and later may then give it what is protected.
    "merge-request-protected": Source(
        _request("detached", CI_COMMIT_REF_PROTECTED="true"), CLICK_U, TRY_U
    ),
    "fork-in-the-fork": _same(_request("detached", came_from="9", here="9"), CHECK),
    "fork-in-the-project": _same(_request("detached", came_from="9"), CHECK),
    "fork-merged-result": _same(_request("merged_result", came_from="9"), CHECK),
    "fork-that-is-gone": _same(
        {
            name: value
            for name, value in _request("detached").items()
            if name != "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"
        },
        CHECK,
    ),
    # GitLab has its variables only while it is open, so nobody knows whose it was.
    "merge-request-closed": _same({"CI_PIPELINE_SOURCE": "merge_request_event"}, CHECK),
    "child-of-default": _same({**_branch("push", "main", protected=True), **_CHILD}, RUN_T),
    "child-of-branch": _same({**_branch("push", "topic"), **_CHILD}, NOTHING),
    "child-of-tag": _same({**_tag("push"), **_CHILD}, RUN_U),
    "child-of-merge-request": Source({**_request("detached"), **_CHILD}, CLICK_U, TRY_U),
    "child-of-fork": _same({**_request("detached", came_from="9"), **_CHILD}, CHECK),
    "child-of-closed": _same({**_CHILD}, NOTHING),
    "external-pull-request": Source(
        {**_branch("external_pull_request_event", "topic"), "CI_EXTERNAL_PULL_REQUEST_IID": "2"},
        CLICK_U,
        TRY_U,
    ),
    "external-pull-request-of-default": Source(
        {
            **_branch("external_pull_request_event", "main", protected=True),
            "CI_EXTERNAL_PULL_REQUEST_IID": "2",
        },
        CLICK_U,
        TRY_U,
    ),
    **{
        f"{source}-default": _same(_branch(source, "main", protected=True), NOTHING)
        for source in (
            "chat",
            "webide",
            "external",
            "security_orchestration_policy",
            "ondemand_dast_scan",
            "container_registry_push",
        )
    },
}
DEFAULT_BRANCH = {"CI_DEFAULT_BRANCH": "main"}
