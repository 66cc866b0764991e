"""gitlab-ci-local reads the template as the evaluator of these tests does; the component runs."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.backends.gitlab_rules import added, filled
from tests.backends.gitlab_sources import DEFAULT_BRANCH, SOURCES
from tests.e2e.harness import Project, tools  # noqa: F401  # found here by its name
from tests.tools.generate import ROOT
from wombat.api.scaffold import INCLUDE
from wombat.backends.gitlab.template import PATH, template

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

# What can't be unset there, since git says it; empty is as good as absent in all but `== null`.
ALWAYS = {"CI_COMMIT_BRANCH": ""}
SHOWN = (
    *("push-default", "push-branch", "push-tag", "push-protected-tag", "schedule-default"),
    *("web-branch", "trigger-default", "merge-request", "merge-train", "fork-in-the-project"),
    *("fork-that-is-gone", "merge-request-closed", "child-of-branch", "child-of-merge-request"),
    *("external-pull-request", "chat-default"),
)
ZONE = "wombat-compile:\n  script:\n    - echo zone=$WOMBAT_ZONE\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tools: None) -> Project:  # noqa: F811
    """A repository with the component's text as its template, so that every job is there."""
    root = tmp_path_factory.mktemp("template") / "shop"
    root.mkdir()
    made = Project(root, root.parent)
    inputs = f"{INCLUDE}    inputs: {{image: busybox}}\n"
    made.write(PATH, template({}, [], component=True))
    made.write(".gitlab-ci.yml", inputs)
    made.write("run.yml", inputs.replace("}", ", merge_request: run}"))
    made.write("zone.yml", f"{inputs}{ZONE}")
    made.start()
    return made


def listed(project: Project, *words: str) -> dict[str, str]:
    """The jobs that gitlab-ci-local would add, and when each of them runs."""
    ran = project.gitlab("--list-csv", *words)
    assert ran.exit_code == 0, ran.output
    table = ran.output[ran.output.index("name;stage") :]
    rows = csv.DictReader(io.StringIO(table), delimiter=";")
    return {row["name"]: row["when"] for row in rows if (row["name"] or "").startswith("wombat-")}


def given(source: str) -> tuple[str, ...]:
    variables = ALWAYS | SOURCES[source].variables
    return tuple(
        word for pair in variables.items() for word in ("--variable", f"{pair[0]}={pair[1]}")
    )


@pytest.mark.parametrize("source", SHOWN)
def test_both_add_the_same_jobs(project: Project, source: str):
    jobs = filled(template({}, [], component=True), image="busybox")
    expected = added(jobs, SOURCES[source].variables | DEFAULT_BRANCH)
    assert listed(project, *given(source)) == {name: one.when for name, one in expected.items()}


def test_merge_requests_run_by_themselves_where_the_input_says_so(project: Project):
    found = listed(project, "--file", "run.yml", *given("merge-request"))
    assert found == {
        "wombat-compile": "on_success",
        "wombat-run": "on_success",
        "wombat-try": "manual",
        "wombat-report": "always",
    }


@pytest.mark.parametrize(
    ("source", "zone"),
    [("push-default", "t"), ("merge-request", "u"), ("web-branch", "u"), ("web-tag", "t")],
)
def test_a_job_of_the_same_name_is_merged_and_has_its_zone(
    project: Project, source: str, zone: str
):
    ran = project.gitlab("--file", "zone.yml", *given(source), "wombat-compile")
    assert f"zone={zone}" in ran.job("wombat-compile").log.splitlines(), ran.output


def test_the_component_runs_in_its_own_project(tmp_path: Path, tools: None):  # noqa: F811
    """As a group hosts it: included by its address at the commit at hand, over its own pipeline."""
    shutil.copytree(ROOT / "ci_templates" / "component", tmp_path / "wombat")
    project = Project(tmp_path / "wombat", tmp_path, tmp_path / "store")
    project.start()
    # An address that says the host and the group; nothing is fetched from there.
    project.git("remote", "set-url", "origin", "git@gitlab.example.com:group/wombat.git")

    ran = project.gitlab("--variable", "WOMBAT_IMAGE=busybox")

    names = ("wombat-compile", "hello/say", "hello/publish", "wombat-report")
    assert ran.exit_codes() == dict.fromkeys(names, 0), ran.output
    project.wombat("pull", "hello/text", "-o", "pulled")
    assert [file.read_text() for file in (project.root / "pulled").rglob("*.txt")] == ["hello"]
