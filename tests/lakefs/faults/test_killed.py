"""`wombat publish` as a process, killed at a request to lakeFS; published again it ends well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.lakefs.faults.gate import Gate
from tests.lakefs.faults.test_refusals import FROZEN
from tests.lakefs.projects import Look
from wombat.cli.entry import run as wombat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lakefs.conftest import Lake
    from tests.lakefs.faults.gate import Asked

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: shop
tasks:
  make:
    shell: |
      mkdir -p $WOMBAT_OUTPUT_TABLE/sub
      echo one > $WOMBAT_OUTPUT_TABLE/one.csv
      echo two > $WOMBAT_OUTPUT_TABLE/sub/two.csv
    outputs: {table: {type: directory}}
"""
FILES = {"data/shop/make/table/one.csv": b"one\n", "data/shop/make/table/sub/two.csv": b"two\n"}


@pytest.fixture
def gate(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    with Gate(lake.endpoint) as gate:
        monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", gate.endpoint)
        yield gate


@pytest.fixture
def made(lake: Lake, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trusted run whose tasks are done, and which waits to be published."""
    root = tmp_path / "shop"
    (root / "pipelines").mkdir(parents=True)
    (root / "pipelines" / "shop.yml").write_text(PIPELINE)
    (root / "wombat.yml").write_text(
        f"project: demo\npublish: {{lakefs: {{repository: {lake.repository}, path: data}}}}\n"
    )
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WOMBAT_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("WOMBAT_ZONE", "t")
    assert wombat(["store", "init", str(tmp_path / "store")]) == 0
    assert wombat(["exec", "--run", "r1", "shop/make", "-C", str(root)]) == 0
    assert gate.log == []
    return root


@pytest.mark.parametrize("kind", ["uploadObject", "commit", "mergeIntoBranch"])
def test_publish_killed_is_published_again(
    made: Path, gate: Gate, lake: Lake, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Killed when the server has done it, and nobody was told."""
    started = threading.Event()

    def kill(asked: Asked) -> None:
        if asked.kind == kind:
            assert started.wait(60)
            os.kill(process.pid, signal.SIGKILL)

    gate.done = kill
    words = ["publish", "shop", "--run", "r1", "-C", str(made)]
    process = subprocess.Popen([sys.executable, "-m", "wombat", *words])
    started.set()
    assert process.wait(120) == -signal.SIGKILL
    look = Look(lake)
    assert sorted(look.files()) == ([] if kind != "mergeIntoBranch" else sorted(FILES))
    assert look.branches() == ["main", "wombat-shop-r1"]

    gate.done = None
    gate.forget()
    capfd.readouterr()
    assert wombat(words) == 0
    out = capfd.readouterr().out
    assert ("projected shop to" if kind != "mergeIntoBranch" else "shop stands at") in out
    assert look.files() == FILES
    assert look.branches() == ["main"]
    assert look.record()["run"] == "r1"
    sent = gate.counts()["uploadObject"]
    assert sent == {"uploadObject": sent, "commit": 1, "mergeIntoBranch": 0}[kind]
    assert wombat(["ls", "shop", "--json", "-C", str(made)]) == 0
    assert "make.table" in json.loads(capfd.readouterr().out)["outputs"]


def test_publish_that_lakefs_refuses_has_published(
    made: Path, lake: Lake, capfd: pytest.CaptureFixture[str]
) -> None:
    look = Look(lake)
    look.put("_lakefs_actions/freeze.yaml", FROZEN)
    look.commit()
    words = ["publish", "shop", "--run", "r1", "-C", str(made)]
    assert wombat(words) == 15
    said = capfd.readouterr()
    assert "version 1" in said.out
    assert "orders are frozen until Monday" in said.err
    assert wombat(["ls", "shop", "--json", "-C", str(made)]) == 0
    assert "make.table" in json.loads(capfd.readouterr().out)["outputs"]
    assert sorted(look.files()) == ["_lakefs_actions/freeze.yaml"]
    look.delete("_lakefs_actions/freeze.yaml")
    look.commit()
    assert wombat(words) == 0
    assert look.files() == FILES
