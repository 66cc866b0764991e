"""The rights of roles in lakeFS: each does its work with them, and nothing that isn't its own.

Two judges: lakeFS's rules as `rights.py` has them, before the double; and, where
`WOMBAT_TEST_LAKEFS_SERVER` names its program, a server of lakeFS itself, which is told by an
`Authority` who may do what and judges each request on its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.lakefs.authority import ALL, Authority
from tests.lakefs.conftest import Lake
from tests.lakefs.double import Double
from tests.lakefs.projects import Look, Project
from tests.lakefs.rights import ACTIONS, Wire, actions, allows, needed, wired
from tests.storing.test_policy import work
from wombat.api.policies import Wanted, policies, shown
from wombat.api.session import open_session
from wombat.cli.entry import run as wombat
from wombat.errors import StoreDenied, UsageFault
from wombat.store import Store, open_store
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.policy import SHOWN, LakePlace, permissions, showing
from wombat.store.reach import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wombat.store.reach import Role

SERVER: Final = os.environ.get("WOMBAT_TEST_LAKEFS_SERVER", "")
FIRST: Final = {"train.model": {"model.bin": b"12", "notes": b"3"}, "raw": {"a.csv": b"a\n"}}
SECOND: Final = {"train.model": {"model.bin": b"13"}}


@dataclass
class Ground:
    """A server that knows one user, who may do what `hold` was last told; at first everything."""

    lake: Lake
    hold: Callable[[Mapping[str, Any]], None]
    wire: Wire


@pytest.fixture(params=["rules", *(["server"] if SERVER else [])])
def ground(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Ground]:
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE", "WOMBAT_RUN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAKECTL_CONFIG_FILE", str(tmp_path_factory.getbasetemp() / "none.yaml"))
    monkeypatch.delenv("LAKECTL_CREDENTIALS_SESSION_TOKEN", raising=False)
    wire = wired(monkeypatch)
    opened = (
        _rules(wire) if request.param == "rules" else _server(tmp_path_factory.mktemp("lk"), wire)
    )
    for found in opened:
        for name, value in found.lake.environ.items():
            monkeypatch.setenv(name, value)
        body = {"name": found.lake.repository, "storage_namespace": "local://lake"}
        with found.lake.raw as raw:
            assert raw.ask("POST", "/repositories", tree=body).status == 201
        yield found


def _rules(wire: Wire) -> Iterator[Ground]:
    double = Double()

    def hold(document: Mapping[str, Any]) -> None:
        wire.document = document

    yield Ground(Lake(double.endpoint, double.key, double.secret, "lake", double), hold, wire)
    double.close()


def _server(folder: Path, wire: Wire) -> Iterator[Ground]:
    """lakeFS as it comes, told to ask an authority; it remembers nothing of what that said."""
    authority = Authority()
    authority.documents["user"] = ALL
    port = 20_000 + os.getpid() % 10_000
    config = {
        "listen_address": f"127.0.0.1:{port}",
        "database": {"type": "local", "local": {"path": str(folder / "kv")}},
        "blockstore": {"type": "local", "local": {"path": str(folder / "data")}},
        "auth": {
            "encrypt": {"secret_key": "for this test alone"},
            "ui_config": {"rbac": "internal"},
            "cache": {"enabled": False},
            "api": {"endpoint": authority.endpoint, "token": "for this test alone"},
        },
        "stats": {"enabled": False},
        "logging": {"output": str(folder / "log")},
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    words = [SERVER, "--config", str(folder / "config.yaml"), "run"]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
    try:
        lake = Lake(f"http://127.0.0.1:{port}", "user", "resu", "lake")
        _answers(lake, process)

        def hold(document: Mapping[str, Any]) -> None:
            authority.documents["user"] = document

        yield Ground(lake, hold, wire)
    finally:
        process.terminate()
        process.wait()
        authority.close()


def _answers(lake: Lake, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "lakeFS ended at once"
        try:
            with lake.raw as raw:
                if raw.ask("GET", "/user").status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("lakeFS doesn't answer")


def publishing(ground: Ground, folder: Path) -> None:
    """All that showing runs asks for: the first, a second, none new, a repair."""
    project, look = Project(folder, ground.lake), Look(ground.lake)
    sync = ["lakefs", "sync", *project.at]
    project.publish("run-1", FIRST)
    assert wombat(sync) == 0
    project.publish("run-2", SECOND)
    assert wombat(sync) == 0
    assert wombat(sync) == 0
    assert look.files() == {"data/shop/train/model/model.bin": b"13"}
    assert look.branches() == ["main"]


def test_the_publisher_shows_runs_with_its_rights(ground: Ground, tmp_path: Path) -> None:
    ground.hold(showing(LakePlace("lake", "main", "data"), "publisher"))
    publishing(ground, tmp_path / "shop")


def test_each_right_of_the_publisher_is_needed(ground: Ground, tmp_path: Path) -> None:
    """No action in the document that nothing asks for."""
    document = showing(LakePlace("lake", "main", "data"), "publisher")
    ground.wire.asked.clear()
    publishing(ground, tmp_path / "shop")
    assert wombat(["doctor", "-C", str(tmp_path / "shop")]) in (0, 1)
    for one in document["statement"]:
        for action in one["action"]:
            alone = {"statement": [{**one, "action": [action]}]}
            assert any(allows(alone, *asked) for asked in ground.wire.asked), (action, one)


def test_a_consumer_moves_nothing(
    ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.hold(showing(LakePlace("lake", "main", "data"), "consumer"))
    project = Project(tmp_path / "shop", ground.lake)
    project.publish("run-1", FIRST)
    assert wombat(["lakefs", "sync", *project.at]) == 13
    said = capsys.readouterr().err
    assert "error[lakefs-denied]" in said
    assert "hint: the rights that are needed: wombat store policy" in said
    ground.hold(ALL)
    assert Look(ground.lake).branches() == ["main"]
    assert not Look(ground.lake).listed()


PLACE: Final = LakePlace("lake", "main", "wombat")
ADDRESS: Final = "lakefs://lake/main/wombat"


def opened(zone: str, *, create: bool = False) -> Store:
    readable = ("t",) if zone == "u" else ()
    return open_store(ADDRESS, project="shop", zone=zone, readable=readable, create=create)


@pytest.mark.slow
def test_each_role_of_a_store_does_its_work_and_no_more(ground: Ground, tmp_path: Path) -> None:
    opened("t", create=True)
    ground.hold(permissions(PLACE, "trusted", "shop", ()))
    made = work(opened("t"), tmp_path / "in", "1")
    ground.hold(permissions(PLACE, "untrusted", "shop", ()))
    own = opened("u")
    assert own.find_result("ab" * 32) is not None
    own.fetch_tree(work(own, tmp_path / "in", "2", 2), tmp_path / "out")
    with pytest.raises(StoreDenied, match="insufficient permissions"):
        opened("t").create_header("p", "3", {"seed": "3"})
    ground.hold(permissions(PLACE, "reader", "shop", ()))
    opened("t").fetch_tree(made, tmp_path / "read")
    seen = next(opened("u").blobs.list("u/shop/results/"))
    with pytest.raises(StoreDenied):
        opened("u").blobs.get(seen)
    key = next(opened("t").blobs.list("t/shop/p/"))
    refused: tuple[Role, ...] = ("trusted", "untrusted", "reader")
    for role in refused:
        ground.hold(permissions(PLACE, role, "shop", ()))
        with pytest.raises(StoreDenied):
            opened("t").blobs.delete([key])
    ground.hold(permissions(PLACE, "gc", "shop", ()))
    opened("t").blobs.delete([key])
    assert key not in list(opened("t").blobs.list("t/shop/p/"))
    with pytest.raises(StoreDenied):
        opened("t").blobs.delete(["t/shop/runs/p/1/header"])


def test_every_action_is_one_of_the_servers() -> None:
    documents = [permissions(PLACE, role, "shop", ("etl",)) for role in ROLES]
    documents += [showing(PLACE, role) for role in SHOWN]
    assert {action for one in documents for action in actions(one)} <= ACTIONS


def test_a_request_is_counted_as_the_right_that_it_needs(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message names the right that was lacking: it has to be the one."""
    counted, plain = [], Client.once

    def once(self: Client, what: str, call: Any, **words: Any) -> Any:
        before = len(ground.wire.asked)
        found = plain(self, what, call, **words)
        counted.append((what, {action for action, _ in ground.wire.asked[before:]}))
        return found

    monkeypatch.setattr("wombat.projection.sending.WIDTH", 1, raising=False)
    monkeypatch.setattr(Client, "once", once)
    publishing(ground, tmp_path / "shop")
    assert len({what for what, _ in counted}) >= 8
    assert all(what in asked for what, asked in counted if asked)


@pytest.mark.parametrize("role", ["trusted", "untrusted", "reader", "gc"])
def test_other_places_are_shut(role: Any) -> None:
    document = permissions(PLACE, role, "shop", ())
    fs = "arn:lakefs:fs:::repository"
    for name in ("t/shop2/p/x", "t/etl/p/x", "u/etl/p/x", "../t/shop/p/x", "x/etl/crm/s"):
        for action in ("fs:ReadObject", "fs:WriteObject", "fs:DeleteObject"):
            assert not allows(document, action, f"{fs}/lake/object/wombat/{name}")
    for place in ("lake/object/t/shop/p/x", "other/object/wombat/t/shop/p/x"):
        assert not allows(document, "fs:ReadObject", f"{fs}/{place}")
    given = {"ReadObject", "WriteObject", "DeleteObject", "ListObjects", "ReadConfig"}
    for action in ACTIONS - {f"fs:{one}" for one in given}:
        assert not allows(document, action, f"{fs}/lake")
        assert not allows(document, action, f"{fs}/lake/branch/main")
    assert not allows(document, "fs:WriteObject", f"{fs}/lake/object/wombat/wombat.json")


def test_the_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS", "WOMBAT_STORE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "wombat.yml").write_text(
        "project: shop\npublish: {lakefs: {repository: lake, branch: prod, path: data}}\n"
    )
    session = open_session(tmp_path)
    tree = policies(session, Wanted(address="lakefs://stores/main/wombat", reads=("etl",)), "json")
    assert list(tree["roles"]) == [*ROLES]
    assert tree["roles"]["trusted"]["name"] == "wombat-shop-trusted"
    assert "stores/object/wombat/t/etl/*" in json.dumps(tree["roles"]["reader"])
    assert list(tree["shown"]["roles"]) == [*SHOWN]
    publisher = tree["shown"]["roles"]["publisher"]["policy"]
    assert allows(publisher, "fs:CreateCommit", "arn:lakefs:fs:::repository/lake/branch/prod")
    assert not allows(publisher, "fs:CreateCommit", "arn:lakefs:fs:::repository/lake/branch/main")
    text = shown(tree, "text")
    assert "# wombat-shop-publisher: " in text
    assert "one user, who may do everything" in text
    alone = policies(session, Wanted(), "json")
    assert sorted(alone) == ["notes", "shown"]
    at = "lakefs://stores/main/w"
    for wanted, form in ((Wanted(at), "terraform"), (Wanted(at, branches=("main",)), "json")):
        with pytest.raises(UsageFault, match="lakeFS"):
            policies(session, wanted, form)
    with pytest.raises(UsageFault, match="stands for others"):
        policies(session, Wanted(address="lakefs://stores/main/a*"), "json")


def test_a_request_that_is_not_known_is_no_right() -> None:
    with pytest.raises(AssertionError, match="isn't known"):
        needed("PATCH", "http://lake/api/v1/repositories/lake/branches", None)
