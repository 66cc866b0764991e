"""`wombat pull lakefs://…`: what is committed, verified; no folder of others is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.landing import Landing, Project
from wombat.digest import digest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake


@pytest.fixture
def landing(lake: Lake) -> Landing:
    return Landing(lake)


@pytest.fixture
def project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Project:
    return Project.new(tmp_path / "shop", capsys, monkeypatch)


def below(folder: Path) -> dict[str, bytes]:
    files = (one for one in folder.rglob("*") if one.is_file())
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}


def test_a_folder_comes_once_and_again_when_it_moved(landing: Landing, project: Project) -> None:
    body = b"x" * 3_000_000  # more than one piece
    landing.put("data/big", body, meta={"wombat-content": str(digest_bytes(body))})
    commit = landing.commit({"data/b/c d.csv": b"1", "data/empty": b"", "data2": b"no"})
    files = {"big": body, "b/c d.csv": b"1", "empty": b""}
    out = project.root / "out"

    def pulled(*words: str) -> dict[str, Any]:
        code, tree = project.ask("pull", landing.url("data/"), "-o", "out", *words)
        assert code == 0, tree
        return dict(tree)

    first = pulled("-j", "2")
    assert (first["fetched"], first["files"], first["bytes"]) == (True, 3, 3_000_001)
    assert (first["commit"], first["unverified"]) == (commit, 0)
    assert below(out) == files
    landing.put("data/new", b"not yet")
    assert not pulled()["fetched"]
    landing.delete("data/empty")
    landing.commit({"data/b/c d.csv": b"2"})
    assert pulled()["fetched"]
    assert below(out) == {"big": body, "b/c d.csv": b"2", "new": b"not yet"}
    assert pulled("--path", "b", "--force")["files"] == 1
    assert below(out) == {"b/c d.csv": b"2"}
    code, tree = project.ask("pull", landing.url("data", commit), "-o", "then")
    assert code == 0, tree  # no slash: there is no such file, so it is a folder
    assert below(project.root / "then") == files


def test_one_file(landing: Landing, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.commit({"data/a.csv": b"1", "k=de/data.parquet": b"2", "k=us/data.parquet": b"3"})
    monkeypatch.chdir(project.root)
    code, told = project.say("pull", landing.url("data/a.csv"))
    assert code == 0
    assert "1 file, 1 bytes in a" in told
    assert below(project.root / "a") == {"a.csv": b"1"}
    assert ", already there" in project.say("pull", landing.url("data/a.csv"))[1]
    assert project.ask("pull", landing.url("k=de/data.parquet"))[0] == 0
    code, tree = project.ask("pull", landing.url("k=us/data.parquet"))
    assert (code, tree["error"]["code"]) == (2, "target-in-use")
    assert "was pulled from lakefs://" in tree["error"]["message"]
    assert below(project.root / "data") == {"data.parquet": b"2"}
    landing.commit({"k=de/data.parquet": b"4"})  # the same place, and what stands there now
    assert project.ask("pull", landing.url("k=de/data.parquet"))[0] == 0
    assert below(project.root / "data") == {"data.parquet": b"4"}
    # Whoever names a folder means it.
    assert project.ask("pull", landing.url("k=us/data.parquet"), "-o", "data")[0] == 0
    assert below(project.root / "data") == {"data.parquet": b"3"}


def test_a_path_as_lakectl_shows_it(landing: Landing, project: Project) -> None:
    landing.commit({"p/k=a%20b/x": b"1", "p/k=c d/x": b"2", "p/é/x": b"3", "both%20": b"4"})
    landing.commit({"both ": b"5"})
    for path, body in (
        ("p/k=a%20b/", b"1"),
        ("p/k=a%2520b/", b"1"),
        ("p/k=a%20b/x", b"1"),
        ("p/k=c%20d/", b"2"),
        ("p/k=c d/", b"2"),
        ("p/é/", b"3"),
        ("p/%C3%A9/", b"3"),
        ("both%20", b"5"),
        ("both%2520", b"4"),
    ):
        code, tree = project.ask("pull", landing.url(path), "-o", "out", "--force")
        assert code == 0, (path, tree)
        assert list(below(project.root / "out").values()) == [body], path
    code, tree = project.ask("pull", landing.url("p/k=e%20f/"), "-o", "none")
    assert code == 17
    assert "k=e f" in tree["error"]["message"]


def test_what_no_pull_wrote_stays(landing: Landing, project: Project) -> None:
    landing.commit({"data/a": b"1"})
    (project.root / "out").mkdir()
    (project.root / "out" / "mine").write_text("mine")
    code, tree = project.ask("pull", landing.url("data/"), "-o", "out", "--force")
    assert (code, tree["error"]["code"]) == (2, "target-in-use")
    assert below(project.root / "out") == {"mine": b"mine"}
    landing.put("false/a", b"other", meta={"wombat-content": str(digest_bytes(b"right"))})
    landing.commit()  # to fetch it would fail otherwise
    assert project.ask("pull", landing.url("false/"), "-o", "out")[0] == 2
    assert project.ask("pull", landing.url("data/"), "-o", "other")[0] == 0
    (project.root / "other" / "a").write_text("changed")
    code, tree = project.ask("pull", landing.url("data/"), "-o", "other")
    assert (code, tree["error"]["code"]) == (2, "target-in-use")
    assert project.ask("pull", landing.url("data/"), "-o", "other", "--force")[0] == 0
    assert below(project.root / "other") == {"a": b"1"}


def test_what_may_be_run_may_be(landing: Landing, project: Project) -> None:
    body = b"#!/bin/sh\n"
    digest = {"wombat-content": str(digest_bytes(body))}
    landing.put("bin/run.sh", body, meta=digest | {"wombat-executable": "true"})
    landing.put("bin/a.txt", body, meta=digest)
    landing.commit()
    out = project.root / "out"

    def pulled(*words: str) -> bool:
        code, tree = project.ask("pull", landing.url("bin/"), "-o", "out", *words)
        assert code == 0, tree
        ran = [bool((out / name).stat().st_mode & 0o111) for name in ("run.sh", "a.txt")]
        assert ran == [True, False]
        return bool(tree["fetched"])

    assert pulled()
    assert not pulled()
    (out / "run.sh").chmod(0o644)
    code, tree = project.ask("pull", landing.url("bin/"), "-o", "out")
    assert (code, tree["error"]["code"]) == (2, "target-in-use")
    assert pulled("--force")


def test_what_is_damaged_or_isnt_there(landing: Landing, project: Project) -> None:
    landing.put("data/a", b"other", meta={"wombat-content": str(digest_bytes(b"right"))})
    landing.commit()
    for url, exit_code, code in (
        (landing.url("data/"), 14, "lakefs-content"),
        (landing.url("none/"), 17, "absent"),
        (landing.url("data/", "none"), 17, "absent"),
        ("lakefs://lake", 2, "store-address"),
    ):
        found, tree = project.ask("pull", url, "-o", "out")
        assert (found, tree["error"]["code"]) == (exit_code, code), tree
        assert not (project.root / "out").exists()


def test_a_damaged_pull_leaves_what_was_there(landing: Landing, project: Project) -> None:
    landing.commit({"data/a": b"1"})
    assert project.ask("pull", landing.url("data/"), "-o", "out")[0] == 0
    landing.put("data/a", b"2", meta={"wombat-content": str(digest_bytes(b"right"))})
    landing.commit()
    assert project.ask("pull", landing.url("data/"), "-o", "out")[0] == 14
    assert below(project.root / "out") == {"a": b"1"}
