"""The template: GitLab accepts it, and each kind of pipeline gets the jobs that are its own."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.gitlab_rules import added, filled, resolved, truthful
from tests.backends.gitlab_sources import DEFAULT_BRANCH, SOURCES
from tests.readers import read_1_2
from wombat.backends._schemas import InvalidOutput, require_valid
from wombat.backends.gitlab.template import same, template
from wombat.plan.ir import On

RUNS: list[Any] = [SimpleNamespace(on=On()), SimpleNamespace(on=On(merge_request="run"))]
PLANS: list[Any] = [SimpleNamespace(on=On()), SimpleNamespace(on=On(merge_request="off"))]
FULL: dict[str, Any] = {
    "version": "18.5",
    "image": "$CI_REGISTRY/ds@sha256:0123",
    "tags": ["k8s", "big: one"],
    "wombat": "install",
    "requirements": "ci/my lock.txt",
    "variables": {"AWS_REGION": "eu", "ODD": 'a: "b" # c'},
    "before_script": ['eval "$(login "$AWS_TOKEN")"'],
    "id_tokens": {"AWS_TOKEN": {"aud": "https://sts.example.com"}},
    "include": ["ci/base.yml"],
    "extends": [".ours"],
    "services": ["postgres:15"],
}
VERSIONS = ("16.11", "17.8", "18.1", "18.2", "18.4", "18.5", "18.8")
TEXTS = {
    "default": template({}, []),
    "plans": template({}, PLANS),
    "runs": template({}, RUNS),
    "full": template(FULL, RUNS),
    "component": template({}, [], component=True),
}
NEEDED = {"component": {"image": "python:3.13"}}
# What a trigger job may have: GitLab refuses all else.
BRIDGE = {"stage", "needs", "rules", "inherit", "trigger", "variables", "when", "allow_failure"}


def jobs_of(name: str, **inputs: Any) -> dict[str, dict[str, Any]]:
    return filled(TEXTS[name], **NEEDED.get(name, {}), **inputs)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("mode", ["plan", "run"])
@pytest.mark.parametrize("source", SOURCES)
def test_each_source_gets_its_jobs(name: str, mode: str, source: str):
    jobs = jobs_of(name, merge_request=mode)
    given_ = SOURCES[source].variables | DEFAULT_BRANCH
    here = added(jobs, given_)
    found = {job: one.when for job, one in here.items()}
    if "wombat-compile" in here:
        assert here["wombat-compile"].when == "on_success"
        found["wombat-compile"] = here["wombat-compile"].variables["WOMBAT_ZONE"]
    expected = {job: when for job, when in getattr(SOURCES[source], mode).items() if job in jobs}
    assert found == expected


def test_a_click_never_holds_up_a_pipeline():
    for source in SOURCES.values():
        for one in added(jobs_of("component"), source.variables | DEFAULT_BRANCH).values():
            assert one.allow_failure == (one.when == "manual")


KNOWN = ("push", "parent_pipeline", "web", "schedule", "api", "trigger", "pipeline")
UNKNOWN = ("chat", "webide", "external", "new_in_gitlab_20")
REQUESTS = ("merge_request_event", "external_pull_request_event")
ANY = st.fixed_dictionaries(
    {
        "CI_PIPELINE_SOURCE": st.sampled_from([*KNOWN, *UNKNOWN, *REQUESTS]),
        "CI_COMMIT_BRANCH": st.sampled_from([None, "main", "topic", "push"]),
        "CI_COMMIT_TAG": st.sampled_from([None, "v1", "main"]),
        "CI_COMMIT_REF_PROTECTED": st.sampled_from([None, "true", "false"]),
        # GitLab says both of a merge request that is open, and neither of another.
        "CI_MERGE_REQUEST_IID CI_MERGE_REQUEST_PROJECT_ID": st.sampled_from([None, "7"]),
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": st.sampled_from([None, "7", "9"]),
    }
).map(
    lambda drawn: {
        name: value for names, value in drawn.items() for name in names.split() if value is not None
    }
)
EVERY = {
    (mode, report): jobs_of("component", merge_request=mode, report=report)
    for mode in ("plan", "run")
    for report in (True, False)
}


@given(ANY, st.sampled_from(sorted(EVERY)))
def test_whatever_the_variables_say(drawn: dict[str, str], inputs: tuple[str, bool]):
    jobs = EVERY[inputs]
    found = added(jobs, drawn | DEFAULT_BRANCH)
    source, target = drawn["CI_PIPELINE_SOURCE"], drawn.get("CI_MERGE_REQUEST_PROJECT_ID")
    own = target is not None and drawn.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") == target
    request = "CI_MERGE_REQUEST_IID" in drawn or source in REQUESTS
    proposed = own or source == "external_pull_request_event"
    # GitLab refuses a whole pipeline in which a job needs one that isn't there.
    assert all(set(jobs[name].get("needs", ())) <= set(found) for name in found)
    if request and not proposed:
        assert set(found) == {"wombat-check"}
    elif source in UNKNOWN and not proposed:
        assert not found
    else:
        assert "wombat-check" not in found
    if any(one.variables.get("WOMBAT_ZONE") == "t" for one in found.values()):
        protected = drawn.get("CI_COMMIT_REF_PROTECTED") == "true"
        assert protected or drawn.get("CI_COMMIT_BRANCH") == "main"
        assert not request
        assert not proposed


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("plans", [PLANS, RUNS], ids=["plan", "run"])
@pytest.mark.parametrize("options", [{}, FULL], ids=["bare", "full"])
def test_gitlab_accepts_every_version(version: str, plans: list[Any], options: dict[str, Any]):
    text = template({**options, "version": version}, plans)
    jobs = filled(text)
    require_valid(jobs, "gitlab-ci.json", "template")
    number = tuple(map(int, version.split(".")))
    mirror = jobs["wombat-run"]["trigger"]["strategy"]
    assert mirror == ("mirror" if number >= (18, 2) else "depend")
    assert ("wombat-report" in jobs) == (number < (18, 5))
    assert ("wombat-try" in jobs) == (plans is RUNS)


@pytest.mark.parametrize("inputs", [{}, {"strategy": "mirror", "stage": "data", "report": False}])
def test_gitlab_accepts_the_component(inputs: dict[str, Any]):
    jobs = jobs_of("component", **inputs)
    require_valid(jobs, "gitlab-ci.json", "component")
    assert jobs["wombat-compile"]["image"] == "python:3.13"
    assert {job["stage"] for job in jobs.values()} == {inputs.get("stage", "test")}
    assert all("tags" not in job for job in jobs.values())
    here = added(jobs, SOURCES["push-default"].variables | DEFAULT_BRANCH)
    assert ("wombat-report" in here) == inputs.get("report", True)


@pytest.mark.parametrize("name", TEXTS)
def test_inputs_are_declared_and_used(name: str):
    head, _, body = TEXTS[name].partition("\n---\n")
    inputs = yaml.safe_load(head)["spec"]["inputs"]
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", body)) == set(inputs)
    for one, said in inputs.items():
        assert said["description"].endswith(".")
        assert ("default" in said) == ((name, one) != ("component", "image"))
        assert "options" not in said or said["default"] in said["options"]
    # Quotes around a list would make a text of the JSON that GitLab puts there.
    assert all(f'"$[[ inputs.{one} ]]"' not in body for one in inputs if one == "tags")


def test_whether_merge_requests_run_is_what_the_plans_say():
    said = {name: yaml.safe_load(text.split("\n---\n")[0]) for name, text in TEXTS.items()}
    modes = {
        name: tree["spec"]["inputs"]["merge_request"]["default"] for name, tree in said.items()
    }
    assert modes == {
        "default": "plan",
        "plans": "plan",
        "runs": "run",
        "full": "run",
        "component": "plan",
    }


@pytest.mark.parametrize("name", TEXTS)
def test_it_has_jobs_and_one_hidden_one_and_nothing_of_the_whole_pipeline(name: str):
    head, _, body = TEXTS[name].partition("\n---\n")
    document = yaml.safe_load(body)
    assert [key for key in document if key.startswith(".")] == [".wombat-ci"]
    # gitlab-ci-local runs no child of a job whose name has a colon or a space.
    assert all(re.fullmatch(r"\.?wombat-[a-z]+", key) for key in document)
    assert read_1_2(body) == document
    assert read_1_2(head) == yaml.safe_load(head)
    for job in jobs_of(name).values():
        if "trigger" in job:
            assert set(job) <= BRIDGE
            assert job["inherit"] == {"variables": False}
            assert job["trigger"]["forward"] == {"pipeline_variables": False}
        else:
            assert job["timeout"]
            assert job["inherit"]["default"] == ["image", "tags"]
            assert job["retry"]["exit_codes"] == [13, 16]


@pytest.mark.parametrize("name", TEXTS)
def test_the_plan_can_be_exposed(name: str):
    """GitLab shows no link for a folder without a slash, and refuses patterns."""
    artifacts = jobs_of(name)["wombat-compile"]["artifacts"]
    assert re.fullmatch(r"\w[-\w ]*", artifacts["expose_as"])
    assert all("*" not in path and path.endswith("/") for path in artifacts["paths"])
    assert artifacts["when"] == "always"
    run = jobs_of(name)["wombat-run"]["trigger"]["include"]
    assert run[0]["artifact"].startswith(artifacts["paths"][0])


def test_a_list_of_an_input_stays_a_list():
    jobs = filled(TEXTS["full"], tags=["a, b", 'c"d'])
    assert jobs["wombat-compile"]["tags"] == ["a, b", 'c"d']


def test_what_the_section_says_reaches_the_jobs_that_need_it():
    jobs = jobs_of("full")
    install = "pip install --require-hashes -r 'ci/my lock.txt'"
    for name in ("wombat-check", "wombat-compile"):
        assert jobs[name]["image"] == FULL["image"]
        assert jobs[name]["tags"] == FULL["tags"]
        assert jobs[name]["variables"].items() >= FULL["variables"].items()
    assert jobs["wombat-compile"]["before_script"] == [install, *FULL["before_script"]]
    assert jobs["wombat-compile"]["id_tokens"] == FULL["id_tokens"]
    # What is to reach the child's jobs only stays out of the team's own pipeline.
    text = TEXTS["full"]
    assert all(word not in text for word in ("base.yml", ".ours", "postgres"))


@pytest.mark.parametrize("name", TEXTS)
def test_a_fork_gets_neither_token_nor_what_uses_one(name: str):
    job = jobs_of(name)["wombat-check"]
    assert "id_tokens" not in job
    assert "login" not in str(job)
    assert "WOMBAT_ZONE" not in job["variables"]
    assert job["script"] == ["wombat check --format gitlab --out .wombat/gitlab/codequality.json"]


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_said_of_a_fork_is_so(name: str):
    above = TEXTS[name].split("\nwombat-check:\n")[0].rpartition("\n\n")[2].replace("\n# ", " ")
    assert above.startswith("# A fork's merge request: ")
    assert "There is no token and no store" in above
    installs = "pip install" in str(jobs_of(name)["wombat-check"].get("before_script", ()))
    assert ("pip installs what the fork's lock file names, and that may run" in above) == installs
    assert ("none of them is run" in above) != installs


def test_the_report_reaches_the_store_as_the_compilation_does():
    older = filled(template({**FULL, "version": "18.4"}, PLANS))
    for key in ("id_tokens", "before_script", "image"):
        assert older["wombat-report"][key] == older["wombat-compile"][key]
    zone = {job: one.variables["WOMBAT_ZONE"] for job, one in _pushed(older) if job != "wombat-run"}
    assert zone == {"wombat-compile": "t", "wombat-report": "t"}


def _pushed(jobs: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(added(jobs, SOURCES["push-default"].variables | DEFAULT_BRANCH).items())


def test_only_the_version_may_differ():
    text = TEXTS["default"]
    assert "wombat init --upgrade" in text.split("spec:")[0]
    assert same(text, text.replace("Written by wombat 0", "Written by wombat 9", 1))
    assert not same(text, text.replace("15 minutes", "16 minutes"))
    assert not same(text, f"{text}# more\n")
    assert not same(text, "")


def test_what_gitlab_would_refuse_is_said_before_it_is_written():
    with pytest.raises(InvalidOutput, match=r"wombat\.yml"):
        template({"id_tokens": {"A": {"audience": "x"}}}, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", True),
        ("$EMPTY", False),
        ("$ABSENT", False),
        ("$ABSENT == null && $EMPTY == ''", True),
        ("$ABSENT == $GONE", True),
        ("$ABSENT == $EMPTY", False),
        ("$A =~ /^(x|a)$/", True),
        ("$ABSENT =~ /a/ || $ABSENT !~ /a/", True),
        ("$EMPTY && 'text'", True),
        ("$EMPTY || $ABSENT == null", False),
        ("$ABSENT && $A || $A == 'a'", True),
        ("$ABSENT && ($A || $A == 'a')", False),
        ("'a' == $A && \"b\" != $A", True),
    ],
)
def test_the_evaluator_reads_expressions_as_gitlab_does(text: str, expected: bool):
    assert truthful(text, {"A": "a", "EMPTY": ""}) is expected


def test_extending_merges_mappings_and_replaces_lists():
    low = {"variables": {"A": "1", "B": "1"}, "script": ["x"]}
    document = {".low": low, "job": {"extends": ".low", "variables": {"B": "2"}, "script": ["y"]}}
    assert resolved("job", document) == {"variables": {"A": "1", "B": "2"}, "script": ["y"]}
