"""A whole store on a branch of lakeFS: by its verbs, by races, and by what lakeFS does to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.s3.shop import change
from tests.store.actor import tree, work
from wombat.api.session import open_session
from wombat.errors import Absent, Conflict, StoreDamaged, UsageFault
from wombat.store import Artifact, Store, names, open_store
from wombat.store.blobs.lakefs import LakeBlobs
from wombat.store.lakefs import versions
from wombat.store.parallel import each

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake
    from wombat.store.lakefs.client import Client

PIPELINE = """
pipeline: shop
tasks:
  load:
    run: tasks:load
    outputs: {orders: {type: directory}}
  count:
    run: tasks:count
    inputs: {orders: load.orders}
    outputs: {total: {type: json}}
"""
TASKS = """
import random
from pathlib import Path

from wombat import Output


def load(orders: Output) -> None:
    (orders / "big.bin").write_bytes(random.Random(7).randbytes(3_000_000))
    (orders / "small.txt").write_text("1 2 3")


def count(orders: Path) -> int:
    return sum(file.stat().st_size for file in orders.iterdir())
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caches of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def address(lake: Lake) -> str:
    return f"lakefs://{lake.repository}/main/wombat"


@pytest.fixture
def store(address: str) -> Store:
    return open_store(address, project="shop", zone="t")


def test_runs_and_their_artifacts(store: Store, tmp_path: Path) -> None:
    for number in range(2):
        folder = tree(tmp_path / f"in{number}", f"seed {number}")
        assert work(store, folder, f"run{number}") == "published"
    again = open_store(store.address, project="shop", zone="t", create=False)
    assert again.space.atomic
    assert [record.run for record in again.ref_log("p", "main")] == ["run1", "run0"]
    head = again.head("p", "main")
    assert head
    again.fetch_tree(Artifact.from_json(head.outputs["o"]), tmp_path / "out")
    for path in ("big", "small"):
        assert (tmp_path / "out" / path).read_bytes() == (tmp_path / "in1" / path).read_bytes()


def test_publishes_race(store: Store) -> None:
    """Whoever is told that it is published stands in the history, and nobody else."""

    def publish(number: int) -> str | None:
        with suppress(Conflict):
            if store.commit_ref(change("p", f"run{number}", {})).outcome == "published":
                return f"run{number}"
        return None

    told = {run for run in each(publish, range(6)) if run}
    assert told == {record.run for record in store.ref_log("p", "main")}
    assert told


def wombat(folder: Path, lake: Lake, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "wombat", *argv],
        cwd=folder,
        env={**surroundings, **lake.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_every_verb_by_the_command_line(lake: Lake, address: str, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (root / "pipelines").mkdir(parents=True)
    (root / "pipelines/shop.yml").write_text(PIPELINE)
    (root / "tasks.py").write_text(TASKS)
    (root / "wombat.yml").write_text(f"project: shop\nstore: {address}\n")

    def done(*argv: str) -> str:
        answer = wombat(root, lake, *argv)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert lake.secret not in answer.stdout + answer.stderr
        return answer.stdout

    none = wombat(root, lake, "run", "shop")
    assert none.returncode == 17
    assert f"wombat store init {address}" in none.stderr
    assert "made a store" in done("store", "init", address)
    done("run", "shop")
    assert "orders" in done("ls", "shop")
    done("pull", "shop/load.orders", "-o", "here")
    assert (root / "here" / "big.bin").stat().st_size == 3_000_000
    assert json.loads(done("run", "shop", "--json"))["reused"] == ["load", "count"]
    done("verify", "--read-data")
    done("gc", "--apply")


def test_what_others_do_to_the_branch(lake: Lake, store: Store, tmp_path: Path) -> None:
    """A commit and a branch of it change nothing of the store; a reset takes back what came since
    the commit, whole; and what is taken away in part is told as damage."""
    work(store, tree(tmp_path / "one", "one"), "run1")
    versions.commit(client_of(store), "main", "by somebody", {})
    before = sorted(store.blobs.list(""))
    assert versions.create_branch(client_of(store), "copy", "main")
    work(store, tree(tmp_path / "two", "two"), "run2")
    copy = open_store(store.address.replace("/main/", "/copy/"), project="shop", zone="t")
    assert [record.run for record in copy.ref_log("p", "main")] == ["run1"]
    with lake.raw as raw:
        at = f"/repositories/{lake.repository}/branches/main"
        assert raw.ask("PUT", at, tree={"type": "reset"}).status == 204
    assert sorted(store.blobs.list("")) == before
    head = open_store(store.address, project="shop", zone="t").head("p", "main")
    assert head
    assert head.run == "run1"
    artifact = Artifact.from_json(head.outputs["o"])
    store.fetch_tree(artifact, tmp_path / "out")
    found = {key: names.parse(key) for key in before}
    store.blobs.delete([key for key, name in found.items() if name and name.kind == "pack"])
    other = open_store(store.address, project="shop", zone="t")
    uncached = replace(other, space=replace(other.space, cached=None))
    with pytest.raises(StoreDamaged):
        uncached.fetch_tree(artifact, tmp_path / "again")


def client_of(store: Store) -> Client:
    assert isinstance(store.blobs, LakeBlobs)
    return store.blobs.client


def test_a_file_of_the_repository_names_no_server_for_a_login(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"lakefs://{lake.repository}/main/s"
    (tmp_path / "wombat.yml").write_text(
        f"project: shop\nstore: {{url: {place}, endpoint: https://lake.evil.example}}\n"
    )
    for ask in (lambda: open_session(tmp_path).readable, lambda: open_session(tmp_path).store):
        with pytest.raises(UsageFault, match=r"lake\.evil\.example") as caught:
            ask()
        assert caught.value.code == "endpoint-not-allowed"
    (tmp_path / "wombat.yml").write_text(f"project: shop\nstore: {place}\n")
    with pytest.raises(Absent, match="there is no store at") as absent:
        _ = open_session(tmp_path).store
    assert "wombat store init" in str(absent.value.hint)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(UsageFault) as unset:
        _ = open_session(tmp_path).store
    assert unset.value.code == "store-not-set"
