"""A pipeline's versions in a store, and a gate before the lake that they are shown in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.faults.gate import Gate
from tests.lakefs.projects import Look, Project
from wombat.projection.steps import Projected, Projection
from wombat.projection.target import Target
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import find_login
from wombat.store.s3.client import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lakefs.conftest import Lake
    from tests.lakefs.projects import Files
    from wombat.store import RefRecord

BRIEF = Patience(tries=3, pause=0.002, longest=0.01, connect=5, read=30, write=30)
PIPELINE = "shop"
Holds = dict[str, tuple[str, int, tuple[tuple[str, str], ...]]]


@dataclass
class Scene:
    """A store whose ref says what its versions are, one by one; a lake behind a gate.

    `look` and what asks by `beside` pass by the gate.
    """

    lake: Lake
    gate: Gate
    project: Project
    look: Look
    records: list[RefRecord] = field(default_factory=list)

    def publish(self, outputs: dict[str, Files]) -> RefRecord:
        """A new version of the ref: its record."""
        self.project.publish(f"run-{len(self.records) + 1}", outputs)
        self.records.append(self.head())
        return self.records[-1]

    def head(self) -> RefRecord:
        found = self.project.zone("local").head(PIPELINE, "main")
        assert found is not None
        return found

    def projection(
        self, record: RefRecord | None = None, branch: str = "main", *, beside: bool = False
    ) -> Projection:
        """Of what the ref says, or of a version that it said, by a process of its own."""
        endpoint = self.lake.endpoint if beside else self.gate.endpoint
        client = Client(self.lake.repository, find_login(endpoint, allow_http=True), BRIEF)
        target = Target(
            client, branch, "data", "demo", PIPELINE, "local", self.project.zone("local").identity()
        )
        store = self.project.zone("local")
        return Projection(
            store, target, record or self.head(), lambda: store.head(PIPELINE, "main")
        )

    def project_now(self, branch: str = "main", **named: Any) -> Projected:
        return self.projection(branch=branch, **named).run()

    def branch(self, name: str, source: str) -> str:
        """Another target branch, of the same repository."""
        self.look.branch(name, source)
        return name

    def holds(self, branch: str) -> Holds:
        """All that stands: path to checksum, size and metadata."""
        return {
            one["path"]: (
                one["checksum"],
                one["size_bytes"],
                tuple(sorted(one.get("metadata", {}).items())),
            )
            for one in self.look.listed(branch)
        }

    def run_branches(self) -> list[str]:
        return [one for one in self.look.branches() if one.startswith("wombat-")]


@pytest.fixture
def scene(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE", "WOMBAT_RUN"):
        monkeypatch.delenv(name, raising=False)
    with Gate(lake.endpoint) as gate:
        monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", gate.endpoint)
        yield Scene(lake, gate, Project(tmp_path / "shop", lake), Look(lake))
