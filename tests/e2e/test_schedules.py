"""Schedules start the pipelines that they name, or those that are due; each by its records."""

from __future__ import annotations

import pytest

from tests.e2e.events import schedule
from tests.e2e.many import names, pipeline
from tests.e2e.records import Records

pytestmark = pytest.mark.slow

NEW_YEAR = "0 0 1 1 *"


def jobs(*names: str) -> dict[str, int]:
    every = [f"{name}/{job}" for name in names for job in ("make", "publish")]
    return dict.fromkeys(["wombat-compile", *(every or ["wombat/unchanged"])], 0)


def test_one_of_ten_runs_by_name_and_others_when_due(team_project):
    # Each with a number of its own: what one of them made would serve the others.
    crons = dict.fromkeys(("p04", "p08"), NEW_YEAR)
    made = {
        f"pipelines/{name}.yml": pipeline(name, number=place, cron=crons.get(name))
        for place, name in enumerate(names(10))
    }
    project = team_project("many", made)
    records = Records(project.store)

    ran = project.gitlab(event=schedule(WOMBAT_PIPELINES="p07"))
    assert ran.exit_codes() == jobs("p07"), ran.output
    assert list(records.begun()) == ["p07"]
    assert records.header("p07", records.runs("p07")[0])["event"] == "schedule"

    ran = project.gitlab(event=schedule("wombat: p03, p04"))
    assert ran.exit_codes() == jobs("p03", "p04"), ran.output
    assert sorted(records.begun()) == ["p03", "p04", "p07"]

    ran = project.gitlab(event=schedule("Nightly dependency scan"))  # somebody else's
    assert ran.exit_codes() == jobs(), ran.output

    ran = project.gitlab(event=schedule("wombat tick"))  # p04 had its run already
    assert ran.exit_codes() == jobs("p08"), ran.output
    assert records.head("p08")["run"] == records.runs("p08")[0]

    ran = project.gitlab(event=schedule("wombat tick"))
    assert ran.exit_codes() == jobs(), ran.output
    assert {name: len(runs) for name, runs in records.begun().items()} == dict.fromkeys(
        ("p03", "p04", "p07", "p08"), 1
    )

    # Asked for though nothing changed: what is there is published again, and not made again.
    ran = project.gitlab(event=schedule("wombat: p07"))
    assert ran.exit_codes() == {"wombat-compile": 0, "p07/publish": 0}, ran.output
    assert records.head("p07")["run"] == records.runs("p07")[1]
