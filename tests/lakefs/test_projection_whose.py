"""Zones and stores that show one pipeline at one place: who replaces whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.projects import Look, Project, artifact
from wombat.api.projecting import shown_elsewhere
from wombat.cli.entry import run as wombat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake

ONE = "data/shop/load/table/t"


class Desk:
    """A project in a folder of its own, with a store of its own."""

    def __init__(
        self, root: Path, lake: Lake, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.project, self._patch, self._capsys = Project(root, lake), patch, capsys

    def publish(self, run: str, data: bytes, zone: str) -> None:
        self.project.publish(run, {"load.table": {"t": data}}, zone=zone)

    def sync(self, zone: str, *words: str) -> tuple[int, str]:
        self._patch.setenv("WOMBAT_ZONE", zone)
        code = wombat(["lakefs", "sync", *words, *self.project.at])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def id(self, zone: str) -> str:
        return self.project.zone(zone).identity()


@pytest.fixture
def look(lake: Lake) -> Look:
    return Look(lake)


@pytest.fixture
def desks(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[Desk, Desk]:
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_RUN"):
        monkeypatch.delenv(name, raising=False)
    first, second = (Desk(tmp_path / name, lake, monkeypatch, capsys) for name in ("ci", "mine"))
    return first, second


def test_what_ci_shows_is_replaced_by_nobody_unasked(desks: tuple[Desk, Desk], look: Look) -> None:
    ci, mine = desks
    ci.publish("ci-1", b"trusted", "t")
    assert ci.sync("t")[0] == 0
    record = look.record()
    assert (record["zone"], record["store"]) == ("t", ci.id("t"))
    about = look.head()["metadata"]
    assert (about["wombat-zone"], about["wombat-store"]) == ("t", ci.id("t"))
    head = look.head()["id"]
    ci.publish("desk-1", b"by hand", "local")
    mine.publish("lap-1", b"a laptop", "local")
    mine.publish("else-1", b"another store", "t")
    for desk, zone in ((ci, "local"), (mine, "local"), (mine, "t")):
        for words in ((), ("-n",)):
            code, said = desk.sync(zone, *words)
            assert code == 15, said
            assert "error[lakefs-foreign]" in said
            assert f"version 1 of run ci-1, from zone t of the store {ci.id('t')[:8]}" in said
            assert "wombat lakefs sync shop --force" in said
    assert (look.head()["id"], look.branches(), look.read(ONE)) == (head, ["main"], b"trusted")

    assert mine.sync("local", "--force")[0] == 0
    assert look.read(ONE) == b"a laptop"
    assert ci.sync("local")[0] == 15
    assert ci.sync("t")[0] == 0  # what stands is of somebody's own machine
    assert look.read(ONE) == b"trusted"


def test_a_later_version_than_the_refs_own_stays(desks: tuple[Desk, Desk], look: Look) -> None:
    """As after a store that was brought back from an older copy."""
    ci, _ = desks
    ci.publish("ci-1", b"1", "t")
    assert ci.sync("t")[0] == 0
    record = look.record()
    about = {f"x-lakefs-meta-{k}": v for k, v in look.listed()[0]["metadata"].items()}
    look.put("data/shop/_wombat.json", json.dumps({**record, "version": 7}).encode(), **about)
    look.commit()
    code, said = ci.sync("t")
    assert code == 15, said
    assert "version 7 of run ci-1" in said
    assert ci.sync("t", "--force")[0] == 0
    assert look.record()["version"] == 1


def test_a_branch_of_another_store_is_left_alive(desks: tuple[Desk, Desk], look: Look) -> None:
    """Its run isn't overtaken by what another store's ref says; nor is it gone on with."""
    ci, mine = desks
    mine.publish("lap-1", b"a laptop", "local")
    alive = "wombat-shop-ci-2"
    for about in (ci.project.about("ci-2", "t"), mine.project.about("ci-2", "t")):
        look.branch(alive)
        look.put(ONE, b"ci2", alive)
        look.commit(alive, about)
        assert mine.sync("local")[0] == 0
        assert look.branches() == ["main", alive]
        look.drop(alive)
    look.branch("wombat-shop-lap-2")
    look.put(ONE, b"ci2", "wombat-shop-lap-2")
    look.commit("wombat-shop-lap-2", ci.project.about("lap-2", "t"))
    mine.publish("lap-2", b"anew", "local")
    code, said = mine.sync("local")
    assert code == 15, said
    assert f"of demo/shop, run lap-2, zone t of store {ci.id('t')[:8]}" in said
    assert look.read(ONE) == b"a laptop"


def test_of_two_at_once_ci_stands(
    desks: tuple[Desk, Desk], look: Look, lake: Lake, double: Any
) -> None:
    """The laptop's merge is on its way, when CI's lands."""
    ci, mine = desks
    ci.publish("ci-1", b"trusted", "t")
    mine.publish("lap-1", b"a laptop", "local")

    def act(request: Any) -> None:
        if request.kind == "mergeIntoBranch":
            double.act = None
            assert ci.sync("t")[0] == 0

    double.act = act
    code, said = mine.sync("local")
    assert code == 15, said
    assert "version 1 of run ci-1, from zone t" in said
    assert (look.read(ONE), look.branches()) == (b"trusted", ["main"])


def test_a_note_on_sync_where_ci_is_not_there_to_do_it(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = desks[0].project.root
    for zone, before, after in (("local", True, False), ("t", True, True), ("u", False, False)):
        monkeypatch.setenv("WOMBAT_ZONE", zone)
        assert shown_elsewhere(root) == before
        (root / ".gitlab-ci.yml").touch()
        assert shown_elsewhere(root) == after
        (root / ".gitlab-ci.yml").unlink()


@pytest.mark.parametrize(
    "body",
    [
        b'{"again": 1e999}',
        b"[" * 200_000,
        b'{"again": "x"}',
        b'{"again": -1}',
        b"\xff\xfe",
        b'{"again": 1' + b"0" * 6000 + b"}",
        b'{"again": 1' + b"0" * 600 + b"}",
        b'{"md5": [], "version": {}}',
        b"[]",
        b"",
    ],
    ids=range(10),
)
def test_a_record_that_says_nothing_is_written_anew(
    desks: tuple[Desk, Desk], look: Look, calm: None, body: bytes
) -> None:
    ci, _ = desks
    ci.publish("ci-1", b"1", "t")
    owner = {"x-lakefs-meta-wombat-owner": "demo/shop", "x-lakefs-meta-wombat-content": "0" * 64}
    look.put("data/shop/_wombat.json", body, **owner)
    look.commit()
    code, said = ci.sync("t")
    assert code == 0, said
    assert look.record()["run"] == "ci-1"


def test_what_no_pull_could_write_is_not_shown(desks: tuple[Desk, Desk], look: Look) -> None:
    ci, _ = desks
    store = ci.project.zone("local")

    def parts(*values: str) -> dict[str, Any]:
        made = [artifact(store, {"f": b"1"}) for _ in values]
        found = {
            f"p{at}": {"values": {"k": value}, **one}
            for at, (value, one) in enumerate(zip(values, made, strict=True))
        }
        return {"type": "directory", "parts": found}

    one = artifact(store, {"a": b"1"})
    cases: list[tuple[dict[str, Any], str]] = [
        ({"t.o": one, "t": artifact(store, {"o": b"a file"})}, "data/shop/t"),
        ({"t.o": one, "T.o": one}, "only by upper and lower case"),
        ({"t.o": parts("a", "A")}, "only by upper and lower case"),
        ({"t.o": parts("u\u0308")}, "NFC"),
        ({"t.o": parts("x" * 300)}, "more than 255 bytes"),
        (
            {"t.o": artifact(store, {"/".join(["d" * 200] * 6) + "/f": b"1"})},
            "paths of up to 1,024 bytes",
        ),
    ]
    for number, (outputs, why) in enumerate(cases, start=1):
        store.publish(
            pipeline="shop", branch="main", run=f"run-{number}", plan="0" * 64, order=number,
            commit="c" * 40, time="2026-11-01T00:00:00Z", outputs=outputs,
        )  # fmt: skip
        code, said = ci.sync("local")
        assert code == 15, (why, said)
        assert "error[lakefs-foreign]" in said
        assert why in said
        assert "nothing was written" in said
    assert (look.listed(), look.branches()) == ([], ["main"])
