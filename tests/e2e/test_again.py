"""What goes wrong, and is done again: by the attempts, the refs and the effects that it leaves."""

from __future__ import annotations

import pytest

from tests.e2e.records import Records

pytestmark = pytest.mark.slow

JOBS = ("sales/load", "sales/count", "sales/publish", "sales/tell")


def number(iid: int) -> dict[str, str]:
    return {"CI_PIPELINE_IID": str(iid)}


def rows(project, count: int) -> str:
    """Commits sales of so many rows; the commit."""
    project.write("sales.txt", "row\n" * count)
    project.commit()
    return project.head()


def told(project) -> list[str]:
    file = project.home / "told"
    return file.read_text().splitlines() if file.exists() else []


def test_a_failed_job_a_trigger_and_a_compile_job_are_retried(team_project):
    project = team_project("shop")
    records = Records(project.store)

    (project.home / "broken").touch()
    ran = project.gitlab()
    assert ran.job("sales/count").exit_code == 12, ran.output
    assert "sales/publish" not in ran.jobs
    (run,) = records.runs("sales")
    assert records.states("sales", run) == {"load=": ["done"], "count=": ["failed"]}
    assert records.head("sales") == {}

    (project.home / "broken").unlink()  # the failed job again, and what waited for it
    child = project.child()
    ran = project.gitlab("--file", child, *JOBS[1:])
    assert ran.exit_codes() == dict.fromkeys(JOBS[1:], 0), ran.output
    again = {"load=": ["done"], "count=": ["failed", "done"], "tell=": ["done"]}
    assert records.states("sales", run) == again
    assert records.head("sales")["run"] == run
    assert told(project) == ["2 rows"]

    ran = project.gitlab("--file", child)  # the trigger again: the same run, each job once more
    assert ran.exit_codes() == dict.fromkeys(JOBS, 0), ran.output
    assert records.runs("sales") == [run]
    assert records.moves("sales") == 1
    assert records.states("sales", run)["tell="] == ["done", "skipped"]
    assert told(project) == ["2 rows"]

    rows(project, 3)  # the compile job twice: two runs, of which the second one's child runs
    project.gitlab("wombat-compile", event=number(5))
    project.gitlab("wombat-compile", event=number(5))
    ran = project.gitlab("--file", project.child())
    assert ran.exit_codes() == dict.fromkeys(JOBS, 0), ran.output
    begun = set(records.runs("sales")) - {run}
    (second,) = {records.head("sales")["run"]} & begun
    (first,) = begun - {second}
    assert records.states("sales", first) == {}
    assert told(project) == ["2 rows", "3 rows"]


def test_of_two_pushes_the_older_finishes_last(team_project):
    project = team_project("shop")
    records = Records(project.store)
    older = project.head()
    project.gitlab("wombat-compile", event=number(5))
    waits = project.child()

    rows(project, 3)
    ran = project.gitlab(event=number(6))
    assert ran.exit_codes() == dict.fromkeys(("wombat-compile", *JOBS), 0), ran.output
    project.git("switch", "-q", "--detach", older)
    ran = project.gitlab("--file", waits)

    assert ran.exit_codes() == dict.fromkeys(JOBS, 0), ran.output
    assert "superseded" in ran.job("sales/publish").log
    slow, fast = records.runs("sales")
    assert records.head("sales")["run"] == fast
    assert records.moves("sales") == 1
    assert records.states("sales", slow)["tell="] == ["skipped"]
    assert told(project) == ["3 rows"]

    project.wombat("promote", slow)  # and forward again, when somebody says so
    assert records.head("sales")["run"] == slow
    assert records.moves("sales") == 2
    project.git("switch", "-q", "main")
    ran = project.gitlab(event=number(7))  # all of it is there; only the branch is elsewhere
    assert ran.exit_codes() == dict.fromkeys(("wombat-compile", *JOBS[2:]), 0), ran.output
    assert records.head("sales")["run"] == records.runs("sales")[-1]
    assert told(project) == ["3 rows"]  # the same was told before


def test_a_run_after_a_cancelled_one_needs_nobody(team_project):
    project = team_project("shop")
    records = Records(project.store)
    (project.home / "slow").touch()

    with project.cancelled(when=project.home / "begun"):
        pass
    (project.home / "slow").unlink()

    (run,) = records.runs("sales")
    assert records.head("sales") == {}
    ran = project.gitlab(event=number(5))  # it takes what the cancelled one had finished
    assert ran.exit_codes() == dict.fromkeys(("wombat-compile", *JOBS[1:]), 0), ran.output
    assert records.head("sales")["run"] == records.runs("sales")[-1] != run
    assert records.states("sales", run) == {"load=": ["done"]}
    assert told(project) == ["2 rows"]
