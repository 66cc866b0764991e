"""Stores of the first format: readable forever, and the last written byte for byte the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.store.golden.generate import KEY, STORE, files, objects
from tests.store.golden.later import COLLECTION, SECOND
from wombat.store import Artifact, Store, names, open_store
from wombat.store.doom import Watch, read_page
from wombat.store.pins import pins
from wombat.store.pull import verify_pack
from wombat.store.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = "a11f0e37d050c87792a6fbc95fb34b9a2a11aaec901f3cff345e7e4b83da39ea"


@pytest.fixture(params=["v1-first", "v1"])
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A copy, so that reading it can't change it; the first has its packs' lists at the end."""
    shutil.copytree(STORE.parent / request.param, tmp_path / "store")
    return open_store(str(tmp_path / "store"), project="shop", zone="local", create=False)


def test_it_has_every_kind_of_object() -> None:
    kinds = set()
    for key in objects(STORE):
        name = names.parse(key)
        kinds.add(name.kind if name else key)
    # This store was written before anything collected garbage or subscribed.
    later = {"moved", "pin", "doomed", "state", "done"}
    assert kinds == {*names._TEMPLATES, "wombat.json"} - later


def test_it_is_read(golden: Store, tmp_path: Path) -> None:
    head = golden.head("churn", "feature/ü")
    assert head is not None
    assert (head.seq, head.run, head.order, head.commit) == (2, "r2", 2, "c0ffee")
    artifact = Artifact.from_json(head.outputs["big"])
    assert artifact.content == CONTENT
    golden.fetch_tree(artifact, tmp_path / "out")
    for path, data in {**files(), "data/more": b"a later version"}.items():
        assert (tmp_path / "out" / path).read_bytes() == data
    assert (tmp_path / "out" / "run.sh").stat().st_mode & 0o100
    assert len(artifact.packs) > 2
    for pack in artifact.packs:
        assert verify_pack(golden.space, golden.zone, pack) > 0
    assert golden.header("churn", "r1")["numbers"] == [1, 2.5, None]
    assert golden.header("churn", "r2") == {"long": "x" * (1 << 20)}
    assert [(a.task, a.part, a.done) for a in golden.attempts("churn", "r1")] == [
        ("header", None, True),
        ("score", "us,1", False),
    ]
    assert golden.tags("churn") == ["v1"]
    assert [s["run"] for s in golden.segments("churn")] == ["r2", "r1"]
    found = golden.find_result(KEY)
    assert found is not None
    assert set(found["outputs"]["scores"]["parts"]) == {"us", "eu"}
    small = Artifact.from_json(found["outputs"]["scores"]["parts"]["us"])
    assert golden.read_file(small, "run.sh") == b"#!/bin/sh\n"


@pytest.fixture
def second(tmp_path: Path) -> Store:
    shutil.copytree(SECOND, tmp_path / "store")
    return open_store(str(tmp_path / "store"), project="shop", zone="local", create=False)


def test_the_second_edition_has_every_kind_of_object() -> None:
    kinds = {name.kind if (name := names.parse(key)) else key for key in objects(SECOND)}
    assert kinds == {*names._TEMPLATES, "wombat.json"}


def test_the_second_edition_is_read_where_it_is_whole(second: Store, tmp_path: Path) -> None:
    test_it_is_read(second, tmp_path)
    assert verify(second.space, read_data=True).faults == []
    (pin,) = pins(second.space, "shop")
    assert (pin.consumer, pin.address) == ("fraud", "shop:churn/big@main")
    assert read_page(second.space, f"{COLLECTION}/doomed/000000")[0].startswith("p/")
    Watch().look(second.space)


def test_the_second_edition_is_read_from_what_stands_in(second: Store, tmp_path: Path) -> None:
    """The first pack is gone, a manifest and a header are damaged: their stand-ins are read."""
    top, head = tmp_path / "store", second.head("churn", "feature/ü")
    assert head is not None
    big, small = (Artifact.from_json(head.outputs[name]) for name in ("big", "small"))
    (top / names.pack(second.zone, big.packs[0])).unlink()
    for key in (
        names.manifest(second.zone, small.content, small.manifest),
        names.header(second.zone, "churn", "r1"),
    ):
        (top / key).unlink()
        (top / key).write_bytes(b"damaged")
    second.fetch_tree(big, tmp_path / "out")
    assert (tmp_path / "out" / "data" / "noise").read_bytes() == files()["data/noise"]
    assert second.read_file(small, "run.sh") == b"#!/bin/sh\n"
    assert second.header("churn", "r1")["numbers"] == [1, 2.5, None]
    assert verify(second.space, read_data=True).sound


def test_it_would_be_written_the_same() -> None:
    command = [sys.executable, "-m", "tests.store.golden.generate", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
