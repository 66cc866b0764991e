"""A project of many small pipelines, some of which share a module two imports away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wombat.cli.entry import run

if TYPE_CHECKING:
    import pytest

    from tests.e2e.harness import Project

PRICED: Final = ("p05", "p11", "p23")


def names(count: int) -> list[str]:
    return [f"p{number:02}" for number in range(count)]


def pipeline(name: str, *, number: int = 1, cron: str | None = None) -> str:
    """The text of a pipeline of one task."""
    step = "priced" if name in PRICED else "plain"
    when = f'schedule: {{cron: "{cron}"}}\n' if cron else ""
    return f"""\
pipeline: {name}
{when}tasks:
  make: {{run: "steps.{step}:make", with: {{number: {number}}}, outputs: {{made: {{type: json}}}}}}
"""


def pipelines(count: int) -> dict[str, str]:
    """The files of many pipelines by path."""
    return {f"pipelines/{name}.yml": pipeline(name) for name in names(count)}


def publish_all(project: Project, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole first push in this process: the same commands as its jobs, sooner."""
    environ = {
        **project.environment(),
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "push",
        "CI_PIPELINE_IID": "1",
        "CI_PIPELINE_ID": "1",
        "CI_JOB_ID": "1",
        "CI_COMMIT_BRANCH": "main",
        "CI_DEFAULT_BRANCH": "main",
        "CI_SERVER_HOST": "gitlab.example.com",
    }
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("CI", "WOMBAT_"))]:
            patch.delenv(name)
        for name, value in environ.items():
            patch.setenv(name, value)
        at = ["-q", "-C", str(project.root)]
        assert run(["compile", *at, "--to", "gitlab", "--out", ".wombat/gitlab", "--select"]) == 0
        patch.setenv("WOMBAT_RUN", "gitlab-example-com-1-1")
        for name in names(count):
            assert run(["exec", *at, f"{name}/make"]) == 0
            assert run(["publish", *at, name]) == 0
