"""Generated files that a team keeps in git: checked, and started by their own triggers."""

from __future__ import annotations

import pytest

from tests.e2e.events import merge_request, schedule
from tests.e2e.records import Records, files

pytestmark = pytest.mark.slow

TRIGGERS = "ci/wombat/triggers.yml"
SALES = ("sales/load", "sales/count", "sales/publish", "sales/tell")


def passed(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)


def test_committed_files_are_checked_and_triggered(team_project):
    project = team_project("shop")
    records = Records(project.store)
    project.write(".gitlab-ci.yml", f"include: {{local: {TRIGGERS}}}\n")
    project.wombat("compile", "--to", "gitlab", "--out", "ci/wombat")
    project.commit()

    ran = project.gitlab()  # a push of the default branch
    assert ran.exit_codes() == passed("wombat-check", *SALES), ran.output
    (run,) = records.runs("sales")
    assert records.header("sales", run)["event"] == "push"
    assert records.head("sales")["run"] == run
    assert told(project) == ["2 rows"]

    ran = project.gitlab(event=schedule(WOMBAT_PIPELINES="sales"))
    assert ran.exit_codes() == passed("wombat-check", *SALES), ran.output
    second = records.runs("sales")[-1]
    assert second != run
    assert records.head("sales")["run"] == second
    assert told(project) == ["2 rows"]  # the same was told before

    before = files(project.store)
    ran = project.gitlab(event=schedule("something else"))
    assert ran.exit_codes() == passed("wombat-check"), ran.output
    ran = project.gitlab(event=merge_request("other", fork=True))
    assert ran.exit_codes() == passed("wombat-check"), ran.output
    text = (project.root / "pipelines" / "sales.yml").read_text()
    project.write("pipelines/sales.yml", text.replace('rows" >>', 'lines" >>') + "    retry: 1\n")
    project.commit()
    ran = project.gitlab()  # what is in git is no longer what the pipelines say
    assert ran.exit_codes() == {"wombat-check": 1}, ran.output
    assert "stale: ci/wombat/sales.yml" in ran.job("wombat-check").log
    assert files(project.store) == before


def told(project) -> list[str]:
    return (project.home / "told").read_text().splitlines()
