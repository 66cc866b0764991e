"""The hidden jobs that every job of a child is made from, with the words of `wombat.yml`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from wombat.backends.gitlab.keywords import usable
from wombat.emit import Commented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.backends import Selection

BASE: Final = ".wombat"
GATHER: Final = ".wombat-gather"
RUNNER_FAILURES: Final = ("runner_system_failure", "api_failure", "scheduler_failure")
STORE_EXITS: Final = (13, 16)
REPORTS: Final = ".wombat/reports/"


def base(options: Mapping[str, Any], selection: Selection | None) -> dict[str, Any]:
    """What all jobs that run wombat share."""
    run = {"WOMBAT_RUN": selection.run, "WOMBAT_ZONE": selection.zone} if selection else {}
    variables = run | dict(options.get("variables", {}))
    return {
        **_said(options, "extends", "image", "tags", "services"),
        **({"variables": variables} if variables else {}),
        **_said(options, "id_tokens"),
        "timeout": "1 hour",
        "interruptible": True,
        "retry": {
            "max": 2,
            "when": list(RUNNER_FAILURES),
            "exit_codes": list(STORE_EXITS),
        },
        # Other jobs' reports would be fetched, uploaded and counted again.
        "dependencies": Commented([], ("Data comes from the store, not from other jobs.",)),
        **({"before_script": lines} if (lines := before_script(options)) else {}),
        "artifacts": {
            "when": "always",
            "expire_in": "30 days",
            "paths": [REPORTS],
            "reports": _reports(options),
        },
    }


def gather_base(options: Mapping[str, Any]) -> dict[str, Any]:
    """What jobs share that only wait: no checkout, nothing installed, nothing kept."""
    return {
        **_said(options, "extends", "image", "tags"),
        "variables": {**options.get("variables", {}), "GIT_STRATEGY": "none"},
        "timeout": "10 minutes",
        "interruptible": True,
        "retry": {"max": 2, "when": list(RUNNER_FAILURES)},
        "dependencies": [],
        "before_script": [],
        "script": ["true"],
    }


def before_script(options: Mapping[str, Any]) -> list[str]:
    """The lines before a script: installed from the lock file where asked for, then the user's."""
    lines = list(options.get("before_script", ()))
    if options.get("wombat") != "install":
        return lines
    return [f"pip install --require-hashes -r {shlex.quote(options['requirements'])}", *lines]


def _said(options: Mapping[str, Any], *words: str) -> dict[str, Any]:
    """What the section says in these words, verbatim."""
    return {word: options[word] for word in words if options.get(word)}


def _reports(options: Mapping[str, Any]) -> dict[str, Any]:
    reports = {"junit": f"{REPORTS}*.xml"}
    if usable("artifacts.reports.annotations", options):
        reports["annotations"] = f"{REPORTS}annotations.json"
    if usable("artifacts.reports.metrics", options):
        reports["metrics"] = f"{REPORTS}metrics.txt"
    return reports
