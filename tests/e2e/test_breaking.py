"""A merge request that breaks a consumer in another project is refused, with its name and a row."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.api.frames import AGES, CODE, MADE, MAKER, TAKEN, TAKER
from tests.e2e.events import merge_request
from tests.e2e.harness import Project

pytestmark = pytest.mark.slow
FILES = {
    "crm": {"pipelines/crm.yml": MAKER, "schemas/all.yml": MADE, "tasks.py": CODE},
    "shop": {"pipelines/report.yml": TAKER, "schemas/all.yml": TAKEN, "tasks.py": AGES},
}


@pytest.fixture
def made(tmp_path, tools):
    """Two repositories and one store: the first one's frame is published, the second locks it."""

    def make(name):
        home, root = tmp_path / "home", tmp_path / name
        home.mkdir(exist_ok=True)
        root.mkdir()
        project = Project(root, home, tmp_path / "store")
        for path, text in {"wombat.yml": f"project: {name}\n", **FILES[name]}.items():
            project.write(path, text)
        project.wombat("init", "--bare", "-q")
        project.start()
        return project

    crm, shop = make("crm"), make("shop")
    crm.wombat("run", "crm")
    shop.wombat("lock")
    return crm, shop


def asked(project, schema):
    """A merge request's pipeline, of a branch with another schema."""
    base = project.head()
    project.git("checkout", "-q", "-b", "change")
    project.write("schemas/all.yml", schema)
    project.git("commit", "-q", "-a", "-m", "change")
    project.git("push", "-q", "origin", "change")
    event = merge_request("change") | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    return project.gitlab("wombat-compile", event=event)


def test_a_merge_request_that_breaks_another_project_is_refused(made):
    crm, _ = made
    ran = asked(crm, MADE.replace("min: 0}", "min: 0, nullable: true}"))
    job = ran.job("wombat-compile")
    assert job.exit_code == 10, ran.output
    assert "error[schema-breaking]" in job.log
    assert "shop (report/ages.customers)" in job.log
    assert "null" in job.log
    (report,) = crm.artifacts(".wombat/gitlab/codequality.json")
    (entry,) = json.loads(report.read_text())
    assert (entry["check_name"], entry["location"]) == (
        "schema-breaking", {"path": "schemas/all.yml", "lines": {"begin": 5}},
    )  # fmt: skip
    assert not crm.artifacts(".wombat/gitlab/child.yml")


def test_one_that_breaks_nobody_is_planned(made):
    crm, shop = made
    ran = asked(crm, MADE + "  name: string?\n")
    assert ran.job("wombat-compile").exit_code == 0, ran.output
    assert crm.artifacts(".wombat/gitlab/child.yml")
    shutil.rmtree(shop.root)
