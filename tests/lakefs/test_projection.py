"""What a ref holds as files of a branch in lakeFS: the plain ways."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3

from tests.lakefs.projects import Look, Project
from wombat.cli.entry import run as wombat
from wombat.projection import table
from wombat.projection.steps import Projection
from wombat.projection.target import Target
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import find_login

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake
    from tests.lakefs.double import Answer, Double, Request

LARGE = bytes(range(256)) * 12_000 + b"end"
"""More than is sent as a whole."""
FIRST = {
    "train.model": {"model.bin": LARGE, "notes/größe.txt": b"3", "empty": b""},
    "train.report": {"report.json": b"{}"},
    "raw": {"stations.csv": b"a,b\n"},
}


@pytest.fixture
def shop(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE", "WOMBAT_RUN"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path / "shop", lake)


@pytest.fixture
def look(lake: Lake) -> Look:
    return Look(lake)


def synced(project: Project, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert wombat(["lakefs", "sync", "--json", *words, *project.at]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    return dict(found)


def refused(project: Project, capsys: pytest.CaptureFixture[str], code: int, *words: str) -> str:
    assert wombat(["lakefs", "sync", *words, *project.at]) == code
    return capsys.readouterr().err


def test_a_version_stands_as_files_with_what_made_them(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish("run-1", FIRST)
    planned = synced(shop, capsys, "-n")
    assert (planned["outcome"], planned["files"]) == ("planned", 5)
    assert not look.listed()
    assert look.branches() == ["main"]

    done = synced(shop, capsys)
    assert (done["outcome"], done["files"], done["uploaded"]) == ("projected", 5, 5)
    assert look.files() == {
        "data/shop/train/model/model.bin": LARGE,
        "data/shop/train/model/notes/größe.txt": b"3",
        "data/shop/train/model/empty": b"",
        "data/shop/train/report/report.json": b"{}",
        "data/shop/raw/stations.csv": b"a,b\n",
    }
    assert look.branches() == ["main"]
    assert {one["metadata"]["wombat-owner"] for one in look.listed()} == {"demo/shop"}
    said = look.record()
    assert (said["project"], said["run"], said["version"], said["order"]) == ("demo", "run-1", 1, 1)
    assert sorted(said["outputs"]) == ["raw", "train.model", "train.report"]
    head = look.head()
    assert head["id"] == done["commit"]
    merged = look._ask("GET", f"/commits/{head['parents'][1]}").tree
    for commit in (head, merged):
        about = commit["metadata"]
        assert about["wombat-run"] == "run-1"
        assert about["wombat-commit"] == "c" * 40
        assert about["wombat-content:raw"] == said["outputs"]["raw"]["content"]


def test_what_stands_is_not_sent_again(
    shop: Project, look: Look, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish("run-1", FIRST)
    first = synced(shop, capsys)
    if lake.double:
        lake.double.log.clear()
    again = synced(shop, capsys)
    assert (again["outcome"], again["commit"]) == ("unchanged", first["commit"])
    if lake.double:
        assert not lake.double.count("uploadObject", "commit", "mergeIntoBranch", "createBranch")

    shop.publish("run-2", {"train.model": {**FIRST["train.model"], "empty": b"no more"}})
    second = synced(shop, capsys)
    assert (second["files"], second["uploaded"], second["deleted"], second["unchanged"]) == (
        1, 1, 2, 2,
    )  # fmt: skip
    assert look.files() == {
        "data/shop/train/model/model.bin": LARGE,
        "data/shop/train/model/notes/größe.txt": b"3",
        "data/shop/train/model/empty": b"no more",
    }
    assert look.record()["run"] == "run-2"


def test_what_differs_is_brought_back(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish("run-1", FIRST)
    synced(shop, capsys)
    before = look.files()
    look.delete("data/shop/raw/stations.csv")
    theirs = {"x-lakefs-meta-wombat-owner": "demo/shop", "x-lakefs-meta-wombat-content": "0" * 64}
    look.put("data/shop/train/report/report.json", b"[]", **theirs)
    look.put("data/shop/old/thing/x", b"left", **theirs)
    look.commit()

    done = synced(shop, capsys)
    assert (done["outcome"], done["files"], done["deleted"]) == ("projected", 2, 1)
    assert look.files() == before
    assert look.record()["again"] == 1


def test_files_of_others_are_left_alone_and_never_written_over(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish("run-1", FIRST)
    look.put("data/shop/train/model/empty", b"theirs")
    look.put("data/shop/README", b"theirs too")
    look.commit()
    head = look.head()["id"]

    said = refused(shop, capsys, 15)
    assert "error[lakefs-foreign]" in said
    assert "data/shop/train/model/empty" in said
    assert "README" not in said
    assert (look.head()["id"], look.branches()) == (head, ["main"])

    look.delete("data/shop/train/model/empty")
    look.commit()
    assert wombat(["lakefs", "sync", *shop.at]) == 0
    out = capsys.readouterr().out
    assert "projected shop to lakefs://" in out
    assert "1 file of others left alone there: data/shop/README" in out
    assert look.files()["data/shop/README"] == b"theirs too"


def test_a_record_of_another_project_is_in_the_way(
    shop: Project, look: Look, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Project(tmp_path / "other", shop.lake, "other")
    other.publish("run-1", {"load.table": {"t": b"1"}})
    synced(other, capsys)
    shop.publish("run-1", FIRST)
    assert "data/shop/_wombat.json" in refused(shop, capsys, 15)
    assert look.record()["project"] == "other"


def test_an_overtaken_run_can_be_merged_no_more(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its branch is alive, and nothing of the later one differs: the record is written anew."""
    shop.publish("run-1", {"load.table": {"t": b"1"}})
    synced(shop, capsys)
    look.branch("wombat-shop-run-1")
    look.put("data/shop/_wombat.json", b"{}", "wombat-shop-run-1")
    about = shop.about("run-1")
    stale = look.commit("wombat-shop-run-1", about)
    look.branch("wombat-shop-run-x")  # a person's: there is no such run
    shop.publish("run-2", {"load.table": {"t": b"1"}})
    synced(shop, capsys)
    assert look.branches() == ["main", "wombat-shop-run-x"]

    look.branch("wombat-shop-run-1")
    look.put("data/shop/_wombat.json", b"{}", "wombat-shop-run-1")
    staler = look.commit("wombat-shop-run-1", about)
    done = synced(shop, capsys)
    assert (done["outcome"], done["files"], done["branches"]) == (
        "projected", 0, ["wombat-shop-run-1", "wombat-shop-run-2"],
    )  # fmt: skip
    assert (look.record()["run"], look.record()["again"]) == ("run-2", 1)
    assert [look.merge(one) for one in (stale, staler)] == [409, 409]
    assert synced(shop, capsys)["outcome"] == "unchanged"


def test_a_run_that_is_overtaken_on_its_way_is_not_merged(
    shop: Project, look: Look, lake: Lake
) -> None:
    shop.publish("run-1", FIRST)
    store = shop.zone("local")
    older = store.head("shop", "main")
    assert older is not None
    shop.publish("run-2", {"load.table": {"t": b"1"}})
    newer = store.head("shop", "main")
    says = iter([older, newer])
    client = Client(lake.repository, find_login(None))
    target = Target(client, "main", "data", "demo", "shop", "local", store.identity())
    done = Projection(store, target, older, lambda: next(says)).run()
    assert (done.outcome, done.by, done.commit) == ("superseded", "run-2", None)
    assert (look.listed(), look.branches()) == ([], ["main"])


def test_branches_that_another_pipeline_has_are_left_to_it(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish("run-1", {"load.table": {"t": b"1"}})
    look.branch("wombat-shop-run-1")
    look.put("data/shop-run/_wombat.json", b"{}", "wombat-shop-run-1")
    assert "is not one of demo/shop" in refused(shop, capsys, 15)
    about = {"wombat-project": "demo", "wombat-pipeline": "shop-run", "wombat-run": "1"}
    look.commit("wombat-shop-run-1", about)
    said = refused(shop, capsys, 15)
    assert "its newest commit is of demo/shop-run, run 1" in said
    assert look.branches() == ["main", "wombat-shop-run-1"]


def test_a_failed_audit_leaves_nothing_on_the_target(
    shop: Project, look: Look, double: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody writes to the run's branch between the last upload and the commit."""
    shop.publish("run-1", FIRST)
    branch = "wombat-shop-run-1"
    spoilt = []

    def spoil(request: Request) -> Answer | None:
        if request.kind == "commit" and not spoilt:
            spoilt.append(1)
            look.put("data/shop/raw/stations.csv", b"x,y\n", branch)
            look.put("elsewhere", b"1", branch)
        return None

    double.act = spoil
    said = refused(shop, capsys, 14)
    assert "error[lakefs-audit]" in said
    assert "data/shop/raw/stations.csv, elsewhere" in said
    assert not look.listed()
    assert look.branches() == ["main", branch]
    # What was committed beside is still there: the branch is of no more use.
    assert "elsewhere" in refused(shop, capsys, 14)
    look._ask("DELETE", f"/branches/{branch}")
    assert synced(shop, capsys)["outcome"] == "projected"


def test_what_the_store_lost_reaches_no_branch(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish("run-1", {"load.table": {"t": LARGE + os.urandom(64)}})
    for pack in (shop.root / ".wombat" / "store").rglob("p/*/*"):
        pack.write_bytes(bytes(len(pack.read_bytes())))
    refused(shop, capsys, 14)
    assert not look.listed()


def test_where_nothing_is_projected(
    shop: Project, look: Look, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wombat(["lakefs", "sync", *shop.at]) == 0
    assert capsys.readouterr().out == "nothing is published that could stand in lakeFS\n"
    assert "pipeline 'unknown' has nothing published on main" in refused(
        shop, capsys, 17, "unknown"
    )
    shop.publish("run-1", FIRST, zone="u")
    monkeypatch.setenv("WOMBAT_ZONE", "u")
    assert "expected the zone t, or local" in refused(shop, capsys, 2)
    monkeypatch.delenv("WOMBAT_ZONE")
    shop.publish("run-1", FIRST)
    written = shop.root / "wombat.yml"
    text = written.read_text()
    written.write_text(text.replace("path:", "branch: nowhere, path:"))
    assert f"lakefs://{shop.lake.repository}/nowhere/ isn't there" in refused(shop, capsys, 17)
    written.write_text(text.replace("path:", "endpoint: 'https://lake.example', path:"))
    assert "error[endpoint-not-allowed]" in refused(shop, capsys, 2)
    written.write_text(f"{text}store: lakefs://{shop.lake.repository}/main/wombat\n")
    assert "expected a branch of its own" in refused(shop, capsys, 2)
    written.write_text("project: demo\n")
    assert "publish.lakefs" in refused(shop, capsys, 2)
    assert not look.listed()


def test_one_that_cannot_keeps_no_other_from_it(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    for pipeline in ("first", "second", "third"):
        shop.publish("run-1", {"load.table": {"t": b"1"}}, pipeline=pipeline)
    look.put("data/second/load/table/t", b"theirs")
    look.commit()
    assert "data/second/load/table/t" in refused(shop, capsys, 15)
    assert [path for path, data in look.files().items() if data == b"1"] == [
        "data/first/load/table/t",
        "data/third/load/table/t",
    ]


@pytest.mark.parametrize("spoilt", [b"x,y\n", b"x,y\n1,2\n"], ids=["same-size", "other-size"])
def test_bytes_that_only_say_they_are_ours_are_found_before_the_merge(
    shop: Project,
    look: Look,
    double: Double,
    capsys: pytest.CaptureFixture[str],
    spoilt: bytes,
) -> None:
    """As after damage on the server: the metadata are right, the checksum or the size is not."""
    shop.publish("run-1", FIRST)
    about = {
        "x-lakefs-meta-wombat-owner": "demo/shop",
        "x-lakefs-meta-wombat-content": blake3(b"a,b\n").hexdigest(),
    }

    def spoil(request: Request) -> Answer | None:
        if request.kind == "commit":
            double.act = None
            look.put("data/shop/raw/stations.csv", spoilt, "wombat-shop-run-1", **about)
        return None

    double.act = spoil
    assert "data/shop/raw/stations.csv" in refused(shop, capsys, 14)
    assert not look.listed()
    assert synced(shop, capsys)["outcome"] == "projected"
    assert look.read("data/shop/raw/stations.csv") == b"a,b\n"


def replaced(look: Look, path: str, data: bytes) -> None:
    """Other bytes under the same words: the owner's metadata are kept."""
    (one,) = (one for one in look.listed() if one["path"] == path)
    about = {f"x-lakefs-meta-{name}": value for name, value in one["metadata"].items()}
    look.put(path, data, **about)
    look.commit()


def test_bytes_that_somebody_replaced_on_the_target_are_sent_again(
    shop: Project, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    """Small files have their MD5 beside them, the record has that of large ones."""
    shop.publish("run-1", FIRST)
    synced(shop, capsys)
    before = look.files()
    assert list(look.record()["md5"]) == [blake3(LARGE).hexdigest()]
    for number, path in enumerate(("raw/stations.csv", "train/model/model.bin"), start=1):
        path = f"data/shop/{path}"
        replaced(look, path, before[path][::-1])
        done = synced(shop, capsys)
        assert (done["outcome"], done["files"], done["uploaded"]) == ("projected", 1, 1)
        assert look.files() == before
        assert look.record()["again"] == number
        assert synced(shop, capsys)["outcome"] == "unchanged"
    # Also where the next version has the same file, and its branch was begun by a try that ended.
    model = "data/shop/train/model/model.bin"
    replaced(look, model, LARGE[::-1])
    shop.publish("run-2", {"train.model": FIRST["train.model"]})
    look.branch("wombat-shop-run-2")
    assert synced(shop, capsys)["uploaded"] == 1
    assert look.read(model) == LARGE


def test_what_may_be_run_says_so(
    shop: Project, look: Look, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, store = tmp_path / "made", shop.zone("local")
    made.mkdir()
    for run, mode in (("run-1", 0o644), ("run-2", 0o755)):
        (made / "run.sh").write_bytes(b"#!/bin/sh\n")
        (made / "run.sh").chmod(mode)
        output = {**store.push_tree(made, type="directory").to_json(), "type": "directory"}
        store.publish(
            pipeline="shop", branch="main", run=run, plan="0" * 64, order=int(run[-1]),
            commit="c" * 40, time="2026-11-01T00:00:00Z", outputs={"t.o": output},
        )  # fmt: skip
        assert synced(shop, capsys)["uploaded"] == 1
    said = [one["metadata"] for one in look.listed() if one["path"].endswith("/run.sh")]
    assert [one.get("wombat-executable") for one in said] == ["true"]
    assert synced(shop, capsys)["outcome"] == "unchanged"


def test_a_full_disk_is_told(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table of wanted files may have no more than a few pages."""
    shop.publish("run-1", {"load.table": {f"{'n' * 100}{at}": b"1" for at in range(200)}})
    monkeypatch.setattr(table, "_TABLES", table._TABLES + "PRAGMA max_page_count = 6;")
    said = refused(shop, capsys, 13)
    assert "error[disk]" in said
    assert "full" in said
