"""The generated child pipeline, run job for job in real shells, agrees with a local run."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

JOBS = (
    "churn/load",
    "churn/features",
    "churn/score: [us]",
    "churn/score: [eu]",
    "churn/report",
    "churn/publish",
)
PARENT_JOBS = ("wombat-compile", "wombat-report")
OUTPUTS = ("customers", "features", "scores", "metrics")


def contents(project) -> dict[str, dict[str, str]]:
    """The content digest of every output, of each part where it has parts."""
    shown = {name: project.json("show", f"churn/{name}", "--json") for name in OUTPUTS}
    return {
        name: {label: part["C"] for label, part in tree.get("parts", {"": tree}).items()}
        for name, tree in shown.items()
    }


def records(store, *, pipeline: str = "churn") -> dict[str, dict]:
    """The run records of the only run, by their name below it."""
    (run,) = sorted((store / "t" / "shop" / "runs" / pipeline).iterdir())
    return {
        str(path.relative_to(run)): json.loads(path.read_text())
        for path in sorted(run.rglob("*"))
        if path.is_file()
    }


def test_parent_compiles_and_the_child_does_every_task(scratch_project, tmp_path):
    project = scratch_project("churn")

    ran = project.gitlab()

    assert ran.exit_codes() == dict.fromkeys((*PARENT_JOBS, *JOBS), 0), ran.output
    assert "read 5 customers" in ran.job("churn/load").log
    assert "scoring us" in ran.job("churn/score: [us]").log
    assert "scoring eu" in ran.job("churn/score: [eu]").log
    written = records(project.store)
    assert "header" in written
    for task in ("load=/", "features=/", "score=us/", "score=eu/", "report=/"):
        assert [name for name in written if name.startswith(task)], (task, sorted(written))
    assert "all" in written, sorted(written)

    again = project.artifacts(".wombat/reports/*.xml")
    assert {"wombat-report"} & {path.parents[2].name for path in again}, again

    local = project.copy(tmp_path / "copy" / "churn")
    local.wombat("run", "churn")
    assert sorted(contents(project)["scores"]) == ["eu", "us"]
    assert contents(local) == contents(project)


def test_the_child_alone_does_every_task(scratch_project):
    project = scratch_project("churn")
    project.wombat("compile", "--to", "gitlab", "--out", ".wombat/gitlab", "--select")
    project.write("child.yml", (project.root / ".wombat/gitlab/child.yml").read_text())

    ran = project.gitlab("--file", "child.yml")

    assert ran.exit_code == 0, ran.output
    assert ran.exit_codes() == dict.fromkeys(JOBS, 0), ran.output
    assert project.json("show", "churn/metrics", "--json")
