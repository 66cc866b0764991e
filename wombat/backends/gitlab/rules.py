"""When the template's jobs exist: GitLab's rules, in which the absent is never the team's own.

Of a merge request that is closed GitLab says nothing but that it is one, and two variables that
are absent are equal to each other. So every rule asks for what must be there.
"""

from __future__ import annotations

from typing import Any, Final

from wombat.emit import Commented

OWN: Final = (
    "$CI_MERGE_REQUEST_IID && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
)
"""A merge request within the project: as it is, merged with its target, or in a merge train."""
PROPOSED: Final = f"{OWN} || $CI_PIPELINE_SOURCE == 'external_pull_request_event'"
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
_FOREIGN: Final = "Merge requests of forks, and of the past."
_BY_CLICK: Final = {"when": "manual", "allow_failure": True}


def checked() -> list[Commented]:
    """Merge requests that aren't the project's own."""
    return [
        _rule("The project's own merge requests: see wombat-compile.", PROPOSED, when="never"),
        _rule(_FOREIGN, REQUEST),
    ]


def compiled() -> list[Commented]:
    """All that may read the store, in the zone that is theirs; u unless a rule says t."""
    return [_rule("The project's own merge requests.", PROPOSED), *_not_ours(), *_zones()]


def reported(mode: str) -> list[Commented]:
    """As compiled, after the run however it ended.

    Where a run waits for a click this waits too: `always` would take the unplayed job for one
    that has ended. A run that was clicked may fail, so that its failure counts as a success here.
    """
    said = "Merge requests whose run waits for a click: this waits with it."
    return [
        _rule(said, f"{equal(mode, 'plan')} && ({PROPOSED})", when="on_success"),
        _rule("Other merge requests of the project's own.", PROPOSED, when="always"),
        *_not_ours(),
        *_zones(when="always"),
    ]


def run(mode: str) -> list[Commented]:
    """What starts by itself, and by a click in merge requests that are only planned."""
    said = "The project's own merge requests: by a click, unless they are to run."
    return [
        _rule(said, f"{equal(mode, 'plan')} && ({PROPOSED})", **_BY_CLICK),
        _rule(None, PROPOSED),
        *_not_ours(),
        _rule("The default branch, tags, schedules, and what is started by hand.", STARTED),
    ]


def tried(mode: str) -> list[Commented]:
    """A click in merge requests whose other pipelines run by themselves."""
    return [_rule(None, f"{equal(mode, 'run')} && ({PROPOSED})", **_BY_CLICK)]


def equal(text: str, wanted: str) -> str:
    """A comparison with what GitLab puts in for an input before it reads the rule."""
    return f"'{text}' == '{wanted}'"


def _not_ours() -> list[Commented]:
    return [
        _rule(_FOREIGN, REQUEST, when="never"),
        _rule("Pushes of branches: their merge request is enough.", OTHER_BRANCH, when="never"),
    ]


def _zones(**words: Any) -> list[Commented]:
    trusted = {"variables": {"WOMBAT_ZONE": "t"}, **words}
    return [
        _rule("The default branch, and what else is protected.", TRUSTED, **trusted),
        _rule("Other tags, and other branches where somebody starts them.", STARTED, **words),
    ]


def _rule(said: str | None, condition: str, **words: Any) -> Commented:
    return Commented({"if": condition, **words}, (said,) if said else ())
