"""GitLab's keywords, and the version and tier of each: all that these decide is in this table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOOR: Final = "16.11"
"""The oldest GitLab that is written for, and the one that is meant where none is declared."""

_ALWAYS: Final = (
    *("include", "stages", "workflow.rules.if", "workflow.rules.when", "extends", "stage", "needs"),
    *("image", "services", "tags", "variables", "before_script", "script", "dependencies"),
    *("timeout", "interruptible", "resource_group", "when", "allow_failure"),
    *("rules.if", "rules.when", "rules.allow_failure", "rules.variables"),
    *("retry.max", "retry.when", "needs.job", "needs.optional", "needs.artifacts"),
    *("artifacts.when", "artifacts.expire_in", "artifacts.paths", "artifacts.expose_as"),
    *("artifacts.reports.junit", "artifacts.reports.codequality", "artifacts.reports.metrics"),
    *("inherit.variables", "trigger.include.local", "trigger.include.artifact"),
    *("trigger.include.job", "trigger.strategy.depend", "trigger.forward.pipeline_variables"),
)

SINCE: Final[Mapping[str, str]] = {
    **dict.fromkeys(_ALWAYS, "15.0"),
    "workflow.rules.variables": "15.0",
    "spec.inputs": "15.11",
    "id_tokens": "15.9",
    "variables.expand": "15.9",
    "artifacts.reports.annotations": "16.3",
    "artifacts.access": "16.11",
    "retry.exit_codes": "16.11",
    # A larger default of what one parsed file may take.
    "yaml.2MiB": "17.3",
    # A schedule's jobs know its description: CI_PIPELINE_SCHEDULE_DESCRIPTION.
    "schedule.description": "17.8",
    "trigger.strategy.mirror": "18.2",
    # A child's test reports reach the merge request.
    "reports.child": "18.5",
}
"""Each keyword, dotted, and the version that brought it; 15.0 where it is older than that."""

TIERS: Final = ("free", "premium", "ultimate")
TIER: Final[Mapping[str, str]] = {"artifacts.reports.metrics": "premium"}
"""The least tier of a keyword that isn't everybody's."""


def version_of(options: Mapping[str, Any]) -> str:
    """The declared version, else the floor."""
    return str(options.get("version", FLOOR))


def available(keyword: str, version: str) -> bool:
    """Whether a GitLab of that version knows the keyword; KeyError for one not in the table."""
    return number(SINCE[keyword]) <= number(version)


def usable(keyword: str, options: Mapping[str, Any]) -> bool:
    """Whether the GitLab that is declared knows the keyword, and its tier includes it."""
    tier = TIERS.index(options.get("tier", "free"))
    return available(keyword, version_of(options)) and tier >= TIERS.index(
        TIER.get(keyword, "free")
    )


def number(version: str) -> tuple[int, ...]:
    """A version in its order: 16.9 before 16.11."""
    return tuple(int(part) for part in version.split("."))
