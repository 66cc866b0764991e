"""The whole corpus through a pipeline of GitLab's: what was written is what came."""

from __future__ import annotations

import pytest

from tests.e2e.events import BY_HAND
from tests.e2e.harness import Project
from tests.e2e.records import Records
from tests.injection import corpus
from tests.injection.arrived import expected, pulled

pytestmark = pytest.mark.slow


def test_everything_arrives_through_gitlabs_jobs(tmp_path, tools, monkeypatch):
    home, root = tmp_path / "home", tmp_path / "shop"
    home.mkdir()
    files = corpus.project(root)
    project = Project(root, home, tmp_path / "store")
    project.wombat("init", "--bare", "-q")
    project.start()

    ran = project.gitlab(event=BY_HAND)

    assert ran.exit_code == 0, ran.output[-5000:]
    records = Records(project.store)
    (run,) = records.runs("corpus")
    states = records.states("corpus", run)
    assert set(map(tuple, states.values())) == {("done",)}
    assert records.head("corpus")["run"] == run
    monkeypatch.setenv("WOMBAT_STORE", str(project.store))
    monkeypatch.setenv("WOMBAT_ZONE", "t")
    assert pulled(root, tmp_path / "pulled") == expected(files)
    made = [path for path in tmp_path.rglob("PWNED") if "data" not in path.parts]
    assert made == []
