"""Pipelines of a GitLab in this process: compiled, then the child's own lines, job after job."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.backends.gitlab_reading import jobs_of
from tests.e2e.events import merge_request
from tests.e2e.harness import PROJECTS
from tests.e2e.records import Records
from wombat.cli.entry import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

OUT: Final = ".wombat/gitlab"
SERVER: Final = {
    "GITLAB_CI": "true",
    "CI_SERVER_HOST": "gitlab.example.com",
    "CI_DEFAULT_BRANCH": "main",
}
PUSH: Final = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
BY_HAND: Final = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"}
BRANCH: Final = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "stable"}
"""Somebody starts a pipeline on another protected branch."""
REQUEST: Final = merge_request("change")


@dataclass(frozen=True)
class Begun:
    """A pipeline whose jobs are still to run: the child, and what its jobs know."""

    child: dict[str, Any]
    text: str
    environ: Mapping[str, str]

    @property
    def run(self) -> str:
        return str(self.child[".wombat"]["variables"]["WOMBAT_RUN"])

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        return jobs_of(self.child)


@dataclass
class Team:
    """A checkout that its server runs pipelines of, each with a number above the last one's."""

    root: Path
    home: Path
    store: Path
    patch: pytest.MonkeyPatch
    number: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    """Exit codes of the jobs of the last pipeline."""

    def records(self, zone: str = "t") -> Records:
        return Records(self.store, zone)

    def edit(self, path: str, before: str, after: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert text.count(before) == 1, (path, before)
        file.write_text(text.replace(before, after))

    def push(self, event: Mapping[str, str] = PUSH, **more: str) -> list[str]:
        """A whole pipeline; the parts that really ran, in their order."""
        self.work(self.compile(event, **more))
        return self.ran()

    def compile(self, event: Mapping[str, str] = PUSH, **more: str) -> Begun:
        """The compile job: the run is frozen, and its child written."""
        self.number += 1
        zone = "u" if "CI_MERGE_REQUEST_IID" in event else "t"
        numbers = dict.fromkeys(("CI_PIPELINE_IID", "CI_PIPELINE_ID"), str(self.number))
        told = {"WOMBAT_STORE": str(self.store), "WOMBAT_ZONE": zone, **SERVER, **numbers}
        environ = {**told, "CI_JOB_ID": str(self.number), **event, **more}
        with self.job(environ):
            assert self.wombat("compile", "--to", "gitlab", "--out", OUT, "--select") == 0
        text = (self.root / OUT / "child.yml").read_text()
        return Begun(yaml.safe_load(text), text, environ)

    def work(self, begun: Begun) -> dict[str, int]:
        """The child's jobs, each with its own line; those behind a failure don't run."""
        self.codes = {}
        for name, body in begun.jobs.items():
            if name == "wombat/unchanged":
                self.codes[name] = 0
            elif all(self.codes.get(need) == 0 for need in body["needs"]):
                self.codes[name] = self.one(begun, name)
        return self.codes

    def one(self, begun: Begun, name: str) -> int:
        """One job; its exit code."""
        with self.job({**begun.environ, **begun.child[".wombat"]["variables"]}):
            (line,) = begun.jobs[name]["script"]
            return self.wombat(*shlex.split(line)[1:])

    def wombat(self, verb: str, *words: str) -> int:
        return run([verb, "-q", "-C", str(self.root), *words])

    def ran(self) -> list[str]:
        """What ran since this was asked last."""
        file = self.home / "ran"
        names = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return names

    @contextmanager
    def job(self, environ: Mapping[str, str]) -> Iterator[None]:
        """A job's environment: nothing of this process' own CI."""
        with self.patch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("CI", "WOMBAT_"))]:
                patch.delenv(name)
            patch.setenv("HOME", str(self.home))
            for name, value in environ.items():
                patch.setenv(name, value)
            yield


def make_team(folder: Path, patch: pytest.MonkeyPatch, name: str = "reused") -> Team:
    """A checkout of a project of `projects/`, with a store of its own."""
    root, home = folder / "shop", folder / "home"
    shutil.copytree(PROJECTS / name, root)
    home.mkdir()
    return Team(root, home, folder / "store", patch)
