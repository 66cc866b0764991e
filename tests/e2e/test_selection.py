"""Thirty pipelines of which few changed: only those run, and nothing where nothing changed."""

from __future__ import annotations

import pytest

from tests.e2e.many import PRICED, names, pipeline, pipelines, publish_all
from tests.e2e.records import Records, files

pytestmark = pytest.mark.slow

COMPILE = {"wombat-compile": 0}


def jobs(*names: str) -> dict[str, int]:
    return COMPILE | {f"{name}/{job}": 0 for name in names for job in ("make", "publish")}


def test_only_what_changed_runs(team_project, monkeypatch):
    project = team_project("many", pipelines(30))
    records = Records(project.store)
    publish_all(project, 30, monkeypatch)
    assert sorted(records.begun()) == names(30)

    changed = ("p02", "p11", "p29")
    for name in changed:
        project.write(f"pipelines/{name}.yml", pipeline(name, number=7))
    project.commit()
    ran = project.gitlab(event={"CI_PIPELINE_IID": "2"})
    assert ran.exit_codes() == jobs(*changed), ran.output
    assert {name for name, runs in records.begun().items() if len(runs) == 2} == set(changed)
    assert all(records.head(name)["run"] == records.runs(name)[-1] for name in names(30))

    project.write("lib/rates.py", '"""Changed two imports away."""\n\nRATE = 3\n')
    project.commit()
    ran = project.gitlab(event={"CI_PIPELINE_IID": "3"})
    assert ran.exit_codes() == jobs(*PRICED), ran.output
    project.wombat("pull", "p11/made@main", "-o", "out")
    assert (project.root / "out" / "data.json").read_text() == '{"price":21}'
    assert all(records.head(name)["run"] == records.runs(name)[-1] for name in names(30))

    before = files(project.store)
    ran = project.gitlab(event={"CI_PIPELINE_IID": "4"})
    assert ran.exit_codes() == COMPILE | {"wombat/unchanged": 0}, ran.output
    assert files(project.store) == before
