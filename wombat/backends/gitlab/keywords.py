"""GitLab's keywords, and the version that each came with: all that a version decides is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOOR: Final = "16.11"
"""The oldest GitLab that is written for, and the one that is meant where none is declared."""

SINCE: Final[Mapping[str, str]] = {
    "artifacts.access": "16.11",
    "artifacts.reports.annotations": "16.3",
    "id_tokens": "15.9",
    "reports.child": "18.5",
    "retry.exit_codes": "16.11",
    "schedule.description": "17.8",
    "spec.inputs": "17.0",
    "trigger.strategy.mirror": "18.2",
    "variables.expand": "15.9",
}


def version_of(options: Mapping[str, Any]) -> str:
    """The declared version, else the floor."""
    return str(options.get("version", FLOOR))


def available(keyword: str, version: str) -> bool:
    """Whether a GitLab of that version knows the keyword; KeyError for one not in the table."""
    return number(SINCE[keyword]) <= number(version)


def number(version: str) -> tuple[int, ...]:
    """A version in its order: 16.9 before 16.11."""
    return tuple(int(part) for part in version.split("."))
