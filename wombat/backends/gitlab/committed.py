"""Committed mode: a child a pipeline, reviewed in git, and the file that triggers them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Unsupported
from wombat.backends.gitlab.child import child
from wombat.backends.gitlab.hidden import before_script
from wombat.backends.gitlab.keywords import usable
from wombat.backends.gitlab.rules import OWN, REQUEST
from wombat.emit import Commented
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.plan.ir import Plan

TRIGGERS: Final = "triggers.yml"
CHECK: Final = "wombat-check"
TRIGGER: Final = ".wombat-trigger"
SPEC: Final[dict[str, Any]] = {"spec": {"inputs": {"stage": {"default": "test"}}}}
_STAGE: Final = "$[[ inputs.stage ]]"
_FOLDER: Final = re.compile(r"(?!-)[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")

_DEFAULT: Final = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
_PUSHED: Final = (
    f"$CI_PIPELINE_SOURCE =~ /^(push|parent_pipeline)$/ && ($CI_COMMIT_TAG || {_DEFAULT})"
)
_BY_HAND: Final = "$CI_PIPELINE_SOURCE =~ /^(web|api|trigger|pipeline)$/"
_SCHEDULED: Final = "$CI_PIPELINE_SOURCE == 'schedule'"
_ZONES: Final[dict[str, Any]] = {
    "rules": [
        {"if": "$CI_MERGE_REQUEST_IID", "variables": {"WOMBAT_ZONE": "u"}},
        {
            "if": f"{_DEFAULT} || $CI_COMMIT_REF_PROTECTED == 'true'",
            "variables": {"WOMBAT_ZONE": "t"},
        },
        {"when": "always", "variables": {"WOMBAT_ZONE": "u"}},
    ]
}


def committed(plan: Plan, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A pipeline's file below the folder, and its document."""
    return _file(plan), child([plan], None, options, _ZONES)


def require_folder(folder: str | None) -> str:
    """UsageFault where triggers couldn't name the files."""
    if folder is None or not _FOLDER.fullmatch(folder):
        raise UsageFault(
            f"--out is {'outside the project' if folder is None else repr(folder)}; expected a "
            "folder of the project, of letters, digits, '.', '_' and '-'",
            hint="with --select the files may stand anywhere",
        )
    return folder


def triggers(plans: Sequence[Plan], options: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """A job that says whether the files are what the pipelines compile to, and a trigger each."""
    return {
        CHECK: _check(options, folder),
        TRIGGER: {
            "stage": _STAGE,
            "needs": [CHECK],
            # What the parent says of its own jobs would beat what ours say.
            "inherit": {"variables": False},
            "variables": {
                "WOMBAT_EVENT": "$CI_PIPELINE_SOURCE",
                "WOMBAT_ORDER": "$CI_PIPELINE_IID",
                # By other names: a variable can't stand for itself.
                "WOMBAT_GIVEN": "$WOMBAT_PARAMS",
                "WOMBAT_FORCED": "$WOMBAT_FORCE",
            },
        },
        **{trigger_name(plan): _trigger(plan, options, folder) for plan in plans},
    }


def clashes(plans: Sequence[Plan]) -> Iterator[Unsupported]:
    """Pipelines whose file or trigger would have a name that is taken."""
    for plan in plans:
        for taken, name in ((TRIGGERS, _file(plan)), (CHECK, trigger_name(plan))):
            if name == taken:
                said = f"a committed pipeline can't be called '{plan.pipeline}': {taken} is "
                said += "something else; expected another name"
                yield Unsupported(plan.pipeline, None, said)


def trigger_name(plan: Plan) -> str:
    return f"wombat-{plan.pipeline}"


def _file(plan: Plan) -> str:
    return f"{plan.pipeline}.yml"


def notes(folder: str) -> tuple[str, ...]:
    """What stands above the triggers, for people."""
    return (
        f"To be included in .gitlab-ci.yml: include: {{local: {folder}/{TRIGGERS}}}",
        "A schedule starts the pipelines that its variable WOMBAT_PIPELINES names, or its",
        "description (wombat: NAME, NAME; from GitLab 17.8). None starts by its own cron line.",
    )


def _check(options: Mapping[str, Any], folder: str) -> dict[str, Any]:
    lines = before_script(options)
    return {
        "stage": _STAGE,
        "needs": [],
        **{word: options[word] for word in ("image", "tags") if options.get(word)},
        "rules": [
            {"if": f"{REQUEST} || {_SCHEDULED}"},
            {"if": _BY_HAND},
            {"if": _PUSHED},
        ],
        "timeout": "15 minutes",
        "interruptible": True,
        **({"before_script": lines} if lines else {}),
        "script": [f"wombat compile --to gitlab --out {folder} --check"],
    }


def _trigger(plan: Plan, options: Mapping[str, Any], folder: str) -> Any:
    mirror = usable("trigger.strategy.mirror", options)
    body = {
        "extends": TRIGGER,
        "rules": _rules(plan, options),
        "trigger": {
            "include": [{"local": f"{folder}/{_file(plan)}"}],
            "strategy": "mirror" if mirror else "depend",
            "forward": {"pipeline_variables": False},
        },
    }
    return Commented(body, (plan.source,))


def _rules(plan: Plan, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The first that fits decides; a fork's merge request fits none."""
    named = _named(plan, "$WOMBAT_PIPELINES")
    rules: list[dict[str, Any]] = []
    if plan.on.merge_request == "run":
        rules.append({"if": OWN})
    elif plan.on.merge_request == "plan":
        rules.append({"if": OWN, "when": "manual", "allow_failure": True})
    if plan.on.push == "run":
        rules.append({"if": _PUSHED})
    if plan.on.schedule == "run":
        said = f"{named} || {_named(plan, '$CI_PIPELINE_SCHEDULE_DESCRIPTION', 'wombat: *')}"
        any_of = said if usable("schedule.description", options) else named
        rules.append({"if": f"{_SCHEDULED} && ({any_of})"})
    unnamed = "$WOMBAT_PIPELINES == null || $WOMBAT_PIPELINES == ''"
    return [*rules, {"if": f"{_BY_HAND} && ({unnamed} || {named})"}]


def _named(plan: Plan, variable: str, opening: str = "") -> str:
    """Whether a list of names has the pipeline's; `churn` isn't in `churn-weekly`."""
    start = f"^{opening}(.*[ ,])?" if opening else "(^|[ ,])"
    return f"{variable} =~ /{start}{plan.pipeline}([ ,]|$)/"
