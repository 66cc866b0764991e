"""What GitLab says of a pipeline by what started it, as variables of gitlab-ci-local."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PUSH: Final[Mapping[str, str]] = {}
BY_HAND: Final[Mapping[str, str]] = {"CI_PIPELINE_SOURCE": "web"}


def merge_request(branch: str, *, fork: bool = False) -> dict[str, str]:
    """A merge request of a branch of the project's own, or of a fork's."""
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "3",
        "CI_MERGE_REQUEST_PROJECT_ID": "11",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "12" if fork else "11",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
        "CI_COMMIT_BRANCH": "",
    }


def schedule(description: str = "nightly", **variables: str) -> dict[str, str]:
    """A schedule of the default branch, with variables of its own."""
    return {
        "CI_PIPELINE_SOURCE": "schedule",
        "CI_PIPELINE_SCHEDULE_DESCRIPTION": description,
        **variables,
    }


def tag(name: str) -> dict[str, str]:
    """A push of a tag."""
    return {"CI_COMMIT_TAG": name, "CI_COMMIT_BRANCH": "", "CI_COMMIT_REF_NAME": name}
