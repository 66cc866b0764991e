"""A team whose store is a bucket: GitLab's jobs and a laptop share it, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.e2e.events import merge_request
from tests.e2e.harness import Project
from tests.e2e.many import pipelines
from tests.s3.proxy import Proxy
from tests.s3.servers import ENVIRON, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow
DATA: Final = re.compile(r"/[tu]/shop/[pm]/")


@dataclass(frozen=True)
class Bucketed(Project):
    """Its jobs know the bucket by the variable alone, as in GitLab's settings."""

    address: str = ""
    zone: str = "t"

    def environment(self, event: Mapping[str, str] | None = None) -> dict[str, str]:
        told = {"WOMBAT_STORE": self.address, "WOMBAT_ZONE": self.zone, **ENVIRON}
        return Project.environment(self) | told | dict(event or {})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("seaweed") as started:
        yield started


@pytest.fixture
def team(server: Server, team_project: Callable[..., Project], tmp_path: Path) -> Bucketed:
    plain = team_project("many", pipelines(3))
    address = server.address(f"e2e-{tmp_path.name}"[:40])
    return Bucketed(plain.root, plain.home, address=address)


def objects(team: Bucketed, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Every object below the bucket's folder, by key."""
    from wombat.store.blobs import open_blobs

    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    return {e.key: e for e in open_blobs(team.address).entries("")}


def moved(proxy: Proxy) -> tuple[int, int]:
    """Bytes of packs and manifests that went up and came down: all that holds data."""
    held = [one for one in proxy.requests if DATA.search(one.key) and one.kind != "LIST"]
    return sum(one.sent for one in held), sum(one.received for one in held)


def test_jobs_and_a_laptop_share_a_bucket(
    team: Bucketed, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.wombat("store", "init", team.address)
    ran = team.gitlab(event={"CI_PIPELINE_IID": "1"})
    jobs = {f"p{n:02}/{job}": 0 for n in range(3) for job in ("make", "publish")}
    assert ran.exit_codes() == {"wombat-compile": 0, **jobs}, ran.output

    # Nothing changed, then nothing but a comment: two short jobs, no byte of an artifact is moved,
    # and the bucket holds what it held.
    before = objects(team, monkeypatch)
    idle = {"wombat-compile": 0, "wombat/unchanged": 0}
    with Proxy(server.endpoint) as proxy:
        far = replace(team, address=team.address.replace(f":{server.port}", f":{proxy.port}"))
        ran = far.gitlab(event={"CI_PIPELINE_IID": "2"})
        assert ran.exit_codes() == idle, ran.output
        assert moved(proxy) == (0, 0)
        assert proxy.requests
        far.write(
            "steps/plain.py", f"# Said otherwise.\n{(far.root / 'steps/plain.py').read_text()}"
        )
        far.git("commit", "-aqm", "comment")
        ran = far.gitlab(event={"CI_PIPELINE_IID": "3"})
        assert ran.exit_codes() == idle, ran.output
        assert moved(proxy) == (0, 0)
        # What is counted would be seen: a pull fetches the data itself.
        far.wombat("pull", "p01/made@main", "-o", "pulled")
        assert sum(moved(proxy)) > 0
    assert objects(team, monkeypatch) == before

    # Another repository on another machine, with the bucket's address and a right to read.
    other = Bucketed(tmp_path / "elsewhere", tmp_path / "home", address=team.address, zone="local")
    other.root.mkdir()
    other.write("wombat.yml", f'project: other\nstore: "{team.address}"\n')
    other.wombat("pull", "shop:p01/made@main", "-o", "out")
    expected = (other.root / "out" / "data.json").read_text()
    team.wombat("pull", "p01/made@main", "-o", "out")
    assert (team.root / "out" / "data.json").read_text() == expected


def test_a_merge_request_writes_in_the_untrusted_zone_alone(
    team: Bucketed, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.wombat("store", "init", team.address)
    team.gitlab(event={"CI_PIPELINE_IID": "1"})
    before = objects(team, monkeypatch)
    team.write(
        "pipelines/p01.yml", pipelines(2)["pipelines/p01.yml"].replace("number: 1", "number: 5")
    )
    team.git("switch", "-q", "-c", "change")
    team.git("commit", "-aqm", "change")
    ran = team.gitlab("--manual", "wombat-run", event=merge_request("change"))
    assert ran.exit_codes().get("p01/publish") == 0, ran.output
    new = objects(team, monkeypatch).keys() - before.keys()
    assert "u/shop/refs/p01/heads/change" in {key.rpartition("/")[0] for key in new}
    assert all(key.startswith("u/shop/") for key in new), sorted(new)
