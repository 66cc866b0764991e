"""The jobs of the parent pipeline that compile a project and start its child pipelines.

One renderer writes the file that `wombat init` vendors, and the component that a group can host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.backends._schemas import require_valid
from wombat.backends.gitlab import inputs, rules
from wombat.backends.gitlab.hidden import RUNNER_FAILURES, STORE_EXITS, before_script
from wombat.backends.gitlab.keywords import usable
from wombat.emit import Commented, emit_yaml, plain
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.ir import Plan

PATH: Final = ".gitlab/wombat.yml"
"""Where a project keeps the template, below its repository's root."""
SHARED: Final = ".wombat-ci"
OUT: Final = ".wombat/gitlab"
REPORTS: Final = ".wombat/reports"
_READS: Final = (
    "A fork's merge request: its files are read and none of them is run. There is no token",
    "and no store; GitLab may run it in the fork, or here for a member of this project.",
)
_INSTALLS: Final = (
    "A fork's merge request: its pipelines are read and none is run, but pip installs what the",
    "fork's lock file names, and that may run. There is no token and no store; GitLab may run",
    "it in the fork, or here for a member of this project.",
)
HEADER_LINES: Final = 1
"""The lines at the top that name a version; whatever they say, the rest is the template."""


def template(options: Mapping[str, Any], plans: Sequence[Plan], *, component: bool = False) -> str:
    """The template's text for a project; a `component` is for any, and asks more of its inputs.

    `options` is the gitlab section of `wombat.yml`; of the plans only `on` matters. Pure. Raises
    InvalidOutput where GitLab's schema refuses what that section says.
    """
    asked = inputs.hosted() if component else inputs.vendored(options, plans)
    require_valid(plain(_jobs(options, asked, inputs.defaults(asked))), "gitlab-ci.json", PATH)
    head = emit_yaml(
        {"spec": {"inputs": asked}}, header=_component_header() if component else _header()
    )
    return f"{head}---\n{emit_yaml(_jobs(options, asked, inputs.marks(asked)))}"


def same(one: str, other: str) -> bool:
    """Whether two templates say the same, whichever versions wrote them."""
    return _body(one) == _body(other)


def _body(text: str) -> list[str]:
    return text.splitlines()[HEADER_LINES:]


def _header() -> list[str]:
    return [
        f"Written by wombat {__version__}.",
        "To change it, change the gitlab section of wombat.yml, then: wombat init --upgrade",
        "To add to a job, write one of the same name in .gitlab-ci.yml: GitLab merges the two.",
    ]


def _component_header() -> list[str]:
    return [
        f"Written by wombat {__version__}.",
        "A CI/CD component: its README says how to include it, and how to add to its jobs.",
    ]


def _jobs(
    options: Mapping[str, Any], asked: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The jobs with `values` where the inputs go, in the order in which they run."""
    mode = str(values["merge_request"])
    newest = "mirror" if usable("trigger.strategy.mirror", options) else "depend"
    strategy = values.get("strategy", newest)
    jobs = {
        SHARED: _shared(options, values),
        "wombat-check": _check(options),
        "wombat-compile": _compile(options),
        "wombat-run": _run(values, mode, strategy),
    }
    if "strategy" in asked or asked["merge_request"]["default"] == "run":
        jobs["wombat-try"] = _try(values, mode, strategy)
    if "report" in asked or not usable("reports.child", options):
        jobs["wombat-report"] = _report(options, mode, values.get("report"))
    return jobs


def _shared(options: Mapping[str, Any], values: Mapping[str, Any]) -> Commented:
    body = {
        **{key: values[key] for key in ("image", "stage", "tags") if key in values},
        "inherit": Commented(
            {"default": ["image", "tags"]}, ("Of the project's own default: no more than these.",)
        ),
        # Nothing here reads a commit but the one at hand.
        "variables": {"GIT_DEPTH": "1", **options.get("variables", {})},
        "timeout": "15 minutes",
        "interruptible": True,
        "retry": {
            "max": 2,
            "when": list(RUNNER_FAILURES),
            "exit_codes": list(STORE_EXITS),
        },
    }
    if lines := before_script({**options, "before_script": ()}):
        body["before_script"] = lines
    return Commented(body, ("What the jobs that run wombat share.",))


def _check(options: Mapping[str, Any]) -> Commented:
    file = f"{OUT}/codequality.json"
    body = {
        "extends": SHARED,
        "rules": rules.checked(),
        "script": [f"wombat check --format gitlab --out {file}"],
        "artifacts": {"when": "always", "reports": {"codequality": file}},
    }
    return Commented(body, _INSTALLS if options.get("wombat") == "install" else _READS)


def _compile(options: Mapping[str, Any]) -> Commented:
    said = (
        "Checks all pipelines, chooses those to run, and writes the child pipeline. Refused is a",
        "merge request whose schemas break somebody who takes them, here or elsewhere. The zone in",
        "the store is t for the default branch and what is protected, and u for the rest.",
    )
    body = {
        "extends": SHARED,
        "rules": rules.compiled(),
        "variables": {"WOMBAT_ZONE": "u"},
        **_access(options),
        "script": [f"wombat compile --to gitlab --out {OUT} --select --against"],
        "artifacts": {
            "when": "always",
            "expire_in": "30 days",
            "expose_as": "Wombat plan",
            "paths": [f"{OUT}/"],
            "reports": {
                "codequality": f"{OUT}/codequality.json",
                "annotations": f"{OUT}/annotations.json",
                "junit": f"{OUT}/plan.xml",
                **_metrics(options),
            },
        },
    }
    return Commented(body, said)


def _metrics(options: Mapping[str, Any]) -> dict[str, str]:
    known = usable("artifacts.reports.metrics", options)
    return {"metrics": f"{OUT}/metrics.txt"} if known else {}


def _run(values: Mapping[str, Any], mode: str, strategy: str) -> Commented:
    said = ("Starts the pipelines that were chosen: by a click in merge requests, else by itself.",)
    return Commented(_trigger(values, rules.run(mode), "child.yml", strategy), said)


def _try(values: Mapping[str, Any], mode: str, strategy: str) -> Commented:
    said = ("In merge requests: a click starts the pipelines that don't run there by themselves.",)
    return Commented(_trigger(values, rules.tried(mode), "manual.yml", strategy), said)


def _trigger(
    values: Mapping[str, Any], when: list[Commented], file: str, strategy: str
) -> dict[str, Any]:
    # Neither variables of this pipeline nor of who started it go along: they would beat a job's.
    return {
        "stage": values["stage"],
        "needs": ["wombat-compile"],
        "rules": when,
        "inherit": {"variables": False},
        "trigger": {
            "include": [{"artifact": f"{OUT}/{file}", "job": "wombat-compile"}],
            "strategy": strategy,
            "forward": {"pipeline_variables": False},
        },
    }


def _report(options: Mapping[str, Any], mode: str, wanted: Any) -> Commented:
    said = ("Shows the child's tests in the merge request; GitLab 18.5 and later needs no help.",)
    switch = (
        [] if wanted is None else [{"if": rules.equal(_word(wanted), "false"), "when": "never"}]
    )
    body = {
        "extends": SHARED,
        "needs": ["wombat-compile", "wombat-run"],
        "rules": [*switch, *rules.reported(mode)],
        "variables": {"WOMBAT_ZONE": "u"},
        **_access(options),
        "script": [f"wombat report --run-file {OUT}/run --out {REPORTS}"],
        "artifacts": {
            "when": "always",
            "expire_in": "30 days",
            "expose_as": "Wombat data",
            "paths": [f"{REPORTS}/"],
            "reports": {"junit": f"{REPORTS}/*.xml"},
        },
    }
    return Commented(body, said)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _access(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a job needs to reach the store: the same as in the child."""
    found = {"id_tokens": options["id_tokens"]} if options.get("id_tokens") else {}
    lines = before_script(options) if options.get("before_script") else []
    return found | ({"before_script": lines} if lines else {})
