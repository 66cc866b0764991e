"""Data that violates its schema fails its own job, and says which column where people look."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

pytestmark = pytest.mark.slow


def test_a_violated_schema_fails_its_job_with_the_column_in_junit(scratch_project):
    project = scratch_project("churn")
    tasks = (project.root / "churn" / "tasks.py").read_text()
    project.write("churn/tasks.py", tasks.replace("then(0.8)", "then(1.8)"))
    project.commit()
    project.wombat("compile", "--to", "gitlab", "--out", ".wombat/gitlab", "--select")
    project.write("child.yml", (project.root / ".wombat/gitlab/child.yml").read_text())

    ran = project.gitlab("--file", "child.yml")

    assert ran.exit_code != 0
    job = ran.job("churn/score: [us]")
    assert job.exit_code == 11, ran.output
    assert "risk" in job.log
    assert "churn/report" not in ran.jobs
    assert "churn/publish" not in ran.jobs
    assert failures(project), "no JUnit report names a failure"
    assert all("risk" in name for name in failures(project)), failures(project)


def failures(project) -> list[str]:
    """The names of failed test cases in the reports that the jobs handed back."""
    reports = project.artifacts(".wombat/reports/*.xml")
    assert reports, "no job handed back a JUnit report"
    cases = [case for path in reports for case in ET.parse(path).getroot().iter("testcase")]
    return [case.get("name", "") for case in cases if case.find("failure") is not None]
