"""When the template's jobs exist: GitLab's rules, written so that what they don't know is nothing.

Every rule asks for what must be true. A merge request that has been closed has no variables, and a
comparison of two absent ones is true: so the absent is never taken for the team's own.
"""

from __future__ import annotations

from typing import Any, Final

Rule = dict[str, Any]

OWN: Final = (
    "$CI_MERGE_REQUEST_IID && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
)
"""A merge request within the project, also as merged, and also in a child pipeline."""
EXTERNAL: Final = "$CI_PIPELINE_SOURCE == 'external_pull_request_event'"
PROPOSED: Final = f"{OWN} || {EXTERNAL}"
REQUEST: Final = "$CI_MERGE_REQUEST_IID || $CI_PIPELINE_SOURCE == 'merge_request_event'"
OTHER_BRANCH: Final = (
    "$CI_PIPELINE_SOURCE =~ /^(push|parent_pipeline)$/"
    " && $CI_COMMIT_TAG == null && $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH"
)
STARTED: Final = (
    "$CI_PIPELINE_SOURCE =~ /^(push|parent_pipeline|schedule|web|api|trigger|pipeline)$/"
)
TRUSTED: Final = (
    f"{STARTED} && ($CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH || $CI_COMMIT_REF_PROTECTED == 'true')"
)
_NEVER: Final[Rule] = {"when": "never"}


def checked() -> list[Rule]:
    """Merge requests that aren't the project's own: forks', and those that have been closed."""
    return [{"if": OWN, **_NEVER}, {"if": REQUEST}]


def compiled(mode: str, *, then: str | None = None) -> list[Rule]:
    """All that may read the store, in the zone that is theirs; u unless a rule says t.

    `then` is the `when` of what comes after the run. In merge requests that run by a click it
    must wait for the click: `always` would take an unplayed job for one that has ended.
    """
    after = {"when": then} if then else {}
    clicked = {"when": "on_success"} if then else {}
    own = [{"if": f"{is_mode(mode, 'plan')} && ({PROPOSED})", **clicked}] if then else []
    return [
        *own,
        {"if": PROPOSED, **after},
        *_not_ours(),
        {"if": TRUSTED, "variables": {"WOMBAT_ZONE": "t"}, **after},
        {"if": STARTED, **after},
    ]


def run(mode: str) -> list[Rule]:
    """What starts by itself, and by a click in merge requests that are only planned."""
    by_click = {"when": "manual", "allow_failure": True}
    return [
        {"if": f"{is_mode(mode, 'plan')} && ({PROPOSED})", **by_click},
        {"if": PROPOSED},
        *_not_ours(),
        {"if": STARTED},
    ]


def tried(mode: str) -> list[Rule]:
    """A click in merge requests whose other pipelines run by themselves."""
    condition = f"{is_mode(mode, 'run')} && ({PROPOSED})"
    return [{"if": condition, "when": "manual", "allow_failure": True}]


def is_mode(mode: str, wanted: str) -> str:
    """A comparison of an input's text, which GitLab has put in by then."""
    return f"'{mode}' == '{wanted}'"


def _not_ours() -> list[Rule]:
    return [{"if": REQUEST, **_NEVER}, {"if": OTHER_BRANCH, **_NEVER}]
