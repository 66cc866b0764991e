"""A whole store on each server: runs, artifacts, refs, and forks where nobody was first."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.s3.servers import ENVIRON
from tests.s3.shop import change
from tests.store.actor import tree, work
from wombat.errors import Absent, Conflict, MissingExtra, StoreDenied
from wombat.store import Artifact, Store, names, open_store
from wombat.store.blobs.s3 import S3Blobs
from wombat.store.names import FORMAT_KEY
from wombat.store.s3.address import parse_address
from wombat.store.space import Space
from wombat.store.wrap.looking import Looking

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.s3.servers import Server
    from wombat.store import Created

pytestmark = pytest.mark.slow


@pytest.fixture
def store(server: Server, prefix: str) -> Store:
    return open_store(server.address(prefix), project="shop", zone="t")


def test_runs_and_their_artifacts(server: Server, store: Store, tmp_path: Path) -> None:
    for number in range(4):
        folder = tree(tmp_path / f"in{number}", f"seed {number}")
        assert work(store, folder, f"run{number}") == "published"
    again = open_store(store.address, project="shop", zone="t", create=False)
    assert again.space.atomic is server.atomic
    head = again.head("p", "main")
    assert head
    assert [record.run for record in again.ref_log("p", "main")] == [
        f"run{number}" for number in (3, 2, 1, 0)
    ]
    assert again.runs("p") == [f"run{number}" for number in range(4)]
    assert (again.branches("p"), again.pipelines()) == (["main"], ["p"])
    artifact = Artifact.from_json(head.outputs["o"])
    again.fetch_tree(artifact, tmp_path / "out")
    for path in ("big", "small"):
        assert (tmp_path / "out" / path).read_bytes() == (tmp_path / "in3" / path).read_bytes()
    found = again.find_result("ab" * 32)
    assert found
    assert found["outputs"]["o"]["C"] == first_content(again)


def first_content(store: Store) -> str:
    """The content of the first run, which is the oldest result of its key."""
    (attempt,) = store.attempts("p", "run0")
    return str(attempt.record["outputs"]["o"]["C"])


def test_branches_whose_names_begin_alike(store: Store) -> None:
    """Servers with folders inside list them in another order than that of bytes."""
    branches = ["feature", "feature-x", "feature/x", "feature.y", "feature=z", "feature~"]
    for branch in branches:
        store.commit_ref(replace(change("p", "r", {}), branch=branch))
    assert sorted(store.branches("p")) == sorted(branches)
    for branch in branches:
        assert [record.branch for record in store.ref_log("p", branch)] == [branch]


def test_a_store_is_there_or_is_absent(server: Server, prefix: str) -> None:
    address = server.address(prefix)
    with pytest.raises(Absent, match="there is no store at"):
        open_store(address, project="shop", zone="t", create=False)
    made = open_store(address, project="shop", zone="t")
    form = json.loads(made.blobs.get(FORMAT_KEY))
    assert form["create"] == ("atomic" if server.atomic else "none")
    left = [key for key in made.blobs.list("") if server.atomic or not key.startswith("probe/")]
    assert left == [FORMAT_KEY], "nothing is left of finding out; rclone may show late what is gone"
    assert json.loads(open_store(address, project="x", zone="u").blobs.get(FORMAT_KEY)) == form


def test_a_fork_is_reported_and_healed(servers: Callable[[str], Server], prefix: str) -> None:
    store = open_store(servers("rclone").address(prefix), project="shop", zone="t")
    store.commit_ref(change("p", "first", {"a": {"n": 1}}))

    class Rival(Looking):
        """Between our look at the head and our create, a rival commits."""

        def create(self, key: str, data: bytes) -> Created:
            if "/refs/" in key:
                store.commit_ref(change("p", "rival", {"b": {"n": 2}}))
            return self.inner.create(key, data)

    slow = Store(Space(Rival(store.blobs), "t/shop", ("t/shop",), atomic=False), "")
    assert slow.commit_ref(change("p", "ours", {"c": {"n": 3}})).outcome == "published"
    with pytest.raises(Conflict) as caught:
        store.head("p", "main")
    assert caught.value.code == "ref-fork"
    assert "'ours'" in caught.value.message
    assert "'rival'" in caught.value.message
    assert {record.run for record in store.ref_log("p", "main")} == {"first", "rival", "ours"}
    store.commit_ref(change("p", "healing", {"d": {"n": 4}}))
    head = store.head("p", "main")
    assert head
    assert (head.run, len(head.parents)) == ("healing", 2)


def test_nothing_stored_is_written_again(servers: Callable[[str], Server], prefix: str) -> None:
    """rclone overwrites where it is told to, and shows half an object meanwhile: so it isn't."""
    store = open_store(servers("rclone").address(prefix), project="shop", zone="t")
    key = names.pack("t/shop", "ab" * 32)
    store.blobs.put(key, b"pack")
    store.blobs.sync()
    blobs = open_store(store.address, project="shop", zone="t").blobs
    assert isinstance(blobs, Looking)
    assert isinstance(blobs.inner, S3Blobs)
    blobs.put(key, b"pack")
    blobs.sync()
    assert blobs.inner.client.requests["PUT"] == 0


def test_who_may_not_make_a_store_is_told_who_does(
    server: Server, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: S3Blobs, key: str, data: bytes) -> None:
        raise StoreDenied("s3:PutObject is refused below s3://artifacts/x")

    monkeypatch.setattr(S3Blobs, "_conditional", refused)
    with pytest.raises(StoreDenied, match="none may be made: s3:PutObject") as caught:
        open_store(server.address(prefix), project="shop", zone="t")
    assert "wombat store init" in str(caught.value.hint)


def test_without_the_extra_it_is_named(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    blobs = S3Blobs(parse_address(f"s3://artifacts/{prefix}?endpoint=http://127.0.0.1:9"))
    with pytest.raises(MissingExtra, match=r"pip install 'wombat-ci\[s3\]'"):
        blobs.get("x")


def wombat(folder: Path, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **ENVIRON, **more}
    return subprocess.run(
        [sys.executable, "-m", "wombat", *argv],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_people_and_a_bucket(
    servers: Callable[[str], Server], prefix: str, tmp_path: Path
) -> None:
    server = servers("seaweed")
    place = f"{{url: s3://artifacts/{prefix}, endpoint: {server.endpoint}}}"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "wombat.yml").write_text(f"project: shop\nstore: {place}\n")
    address = f"s3://artifacts/{prefix}?endpoint={server.endpoint}"
    made = wombat(tmp_path / "one", "store", "init", address)
    assert made.returncode == 0, made.stderr
    data = Path(tree(tmp_path / "data", "seed"))
    put = wombat(tmp_path / "one", "put", str(data), "raw/customers")
    assert put.returncode == 0, put.stderr
    pulled = wombat(tmp_path / "two", "pull", "raw/customers", "-o", "here")
    assert pulled.returncode == 0, pulled.stderr
    found = {p.name: p.read_bytes() for p in (tmp_path / "two" / "here").rglob("*") if p.is_file()}
    assert found == {p.name: p.read_bytes() for p in data.iterdir()}
    told = wombat(tmp_path / "two", "ls", "-v").stderr
    assert re.search(r"^store: \d+ requests in \d+ rounds \(\d+ get, ", told, re.MULTILINE), told
    denied = wombat(tmp_path / "two", "ls", AWS_SECRET_ACCESS_KEY="CANARY")
    assert denied.returncode == 13
    assert "store-credentials" in denied.stderr
    assert "CANARY" not in denied.stderr + denied.stdout
