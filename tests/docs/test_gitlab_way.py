"""The way that docs/gitlab.md shows, gone on through GitLab's own events, job for job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.docs.pages import blocks, read
from tests.docs.projects import GITLAB
from tests.docs.test_gitlab import lay, way
from tests.e2e.events import merge_request, schedule
from tests.e2e.harness import Project, tools

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["tools"]
pytestmark = pytest.mark.slow
JOBS: Final = {
    f"shop/{name}": 0
    for name in ("load", "totals", "best: [de]", "best: [fr]", "best: [us]", "report", "publish")
}


@pytest.fixture
def project(tmp_path: Path, tools: None) -> Project:
    """What the way comes to, pushed."""
    made = Project(tmp_path / "shop", tmp_path, tmp_path / "store")
    Project(tmp_path, tmp_path).wombat("init", "shop")
    for block in way():
        if block.language == "yaml":
            lay(made.root, block)
    made.wombat("init", "--upgrade")
    made.start()
    return made


def test_push_merge_request_and_schedule_do_what_is_said(project: Project) -> None:
    ran = project.gitlab()
    jobs = {name: code for name, code in ran.exit_codes().items() if name.startswith("shop/")}
    assert jobs == JOBS, ran.output
    (said,) = re.findall(r"says\s`(shop: published [^`]+)`", read(GITLAB))
    assert ran.job("shop/publish").lines[-1] == said
    (pull, *_) = [one.text for one in blocks(GITLAB, "sh") if "wombat pull" in one.text]
    project.wombat(*pull.split()[2:])
    assert (project.root / "totals").is_dir()

    project.git("switch", "-q", "-c", "later")
    text = (project.root / "pipelines/shop.yml").read_text()
    project.write("pipelines/shop.yml", text.replace("2026-01-01", "2026-03-01"))
    project.git("commit", "-q", "-a", "-m", "later")
    ran = project.gitlab("wombat-compile", event=merge_request("later"))
    assert ran.exit_codes() == {"wombat-compile": 0}, ran.output
    (plan,) = project.artifacts(".wombat/gitlab/plan.txt")
    assert "shop: to run by a click" in plan.read_text()

    project.git("switch", "-q", "main")
    ran = project.gitlab(event=schedule("wombat: shop"))
    assert "published as version 2 of main" in ran.job("shop/publish").log, ran.output
