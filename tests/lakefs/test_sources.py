"""Reading what others committed to lakeFS: seen at a commit, and fetched from it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.landing import Landing, Project
from wombat.digest import digest_bytes
from wombat.errors import (
    Absent,
    CheckFailed,
    DataInvalid,
    SourceDenied,
    SourceUnreachable,
    StoreDamaged,
    UsageFault,
)
from wombat.executor.outside.lakefs import Lake as Source
from wombat.executor.outside.pinned import download, pin
from wombat.plan.observed import identity
from wombat.store import open_store
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.client import open_client
from wombat.store.s3.client import Patience

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake

QUICK = Source(Patience(tries=2, pause=0.01))
PIPELINE = """
pipeline: nightly
tasks:
  texts:
    run: tasks:texts
    inputs: {{orders: {{url: "{url}"}}}}
    outputs: {{texts: {{type: json}}}}
"""
TASKS = """
from pathlib import Path


def texts(orders: Path) -> list:
    files = sorted(orders.rglob("*")) if orders.is_dir() else [orders]
    return [file.read_text() for file in files if file.is_file()]
"""


@pytest.fixture
def landing(lake: Lake) -> Landing:
    return Landing(lake)


@pytest.fixture
def project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Project:
    return Project.new(tmp_path / "shop", capsys, monkeypatch)


def test_what_was_seen_is_fetched_whatever_comes_after(landing: Landing, tmp_path: Path) -> None:
    first = landing.commit({"orders/day.csv": b"a\n1\n"})
    url = landing.url("orders/day.csv")
    seen = QUICK.look(url)
    assert (seen.commit, seen.size, seen.files) == (first, 4, None)
    landing.put("orders/day.csv", b"a\n2,000\n")
    assert QUICK.look(url) == seen  # what isn't committed isn't there
    second = landing.commit()
    later = QUICK.look(url)
    assert (later.commit, later.size) == (second, 8)
    assert later.etag != seen.etag
    landing.delete("orders/day.csv")
    landing.commit()
    with pytest.raises(Absent) as caught:
        QUICK.look(url)
    assert (caught.value.code, caught.value.exit_code) == ("source-absent", 17)
    for then, body in ((seen, b"a\n1\n"), (later, b"a\n2,000\n")):
        QUICK.fetch(url, then.to_json(), tmp_path / "it")
        assert (tmp_path / "it").read_bytes() == body


def test_a_file_is_what_its_content_is(landing: Landing) -> None:
    url = landing.url("orders/day.csv")

    def seen_after(files: dict[str, bytes]) -> Any:
        commit = landing.commit(files)
        found = QUICK.look(url)
        assert found.commit == commit
        return identity(url, found.to_json())

    first = seen_after({"orders/day.csv": b"x"})
    assert seen_after({"other": b"1"}) == first
    second = seen_after({"orders/day.csv": b"y"})
    assert second != first
    assert seen_after({"orders/day.csv": b"x"}) == first


def test_where_no_checksum_is_known_the_commit_counts(landing: Landing) -> None:
    commit = landing.commit({"orders/day.csv": b"x"})
    client = open_client(parse_address(landing.url("")))
    pinned = pin(client, commit, "orders", folder=True)
    ((name, there),) = pinned.objects
    assert pinned.etag is not None
    assert replace(pinned, objects=((name, replace(there, checksum="")),)).etag is None
    url = landing.url("orders/")
    assert identity(url, {"commit": commit, "size": 1}) == {"url": url, "commit": commit}


def test_a_folder_is_all_that_lies_below_it(landing: Landing, tmp_path: Path) -> None:
    files = {"orders/a.csv": b"1", "orders/b/c ü.csv": b"22", "orders/_SUCCESS": b""}
    landing.commit({**files, "orders2/x": b"333", "orders/b/": b""})
    url = landing.url("orders/")
    seen = QUICK.look(url)
    assert (seen.size, seen.files) == (3, 3)
    landing.commit({"orders2/x": b"4"})
    assert QUICK.look(url).etag == seen.etag
    states = [seen.etag]
    for change in (
        lambda: landing.put("orders/a.csv", b"9"),
        lambda: landing.put("orders/new", b""),
        lambda: landing.delete("orders/_SUCCESS"),
        lambda: (landing.delete("orders/a.csv"), landing.put("orders/aa.csv", b"9")),
    ):
        change()
        landing.commit()
        states.append(QUICK.look(url).etag)
    assert len(set(states)) == len(states)
    QUICK.fetch(url, seen.to_json(), tmp_path / "it")
    there = {
        f"orders/{one.relative_to(tmp_path / 'it').as_posix()}": one.read_bytes()
        for one in (tmp_path / "it").rglob("*")
        if one.is_file()
    }
    assert there == files


def test_the_whole_repository_and_other_refs(landing: Landing, tmp_path: Path) -> None:
    first = landing.commit({"a": b"1"})
    landing.branch("side")
    second = landing.commit({"a": b"2"})
    for ref, commit in (("main", second), ("side", first), (first, first), ("main~1", first)):
        assert QUICK.look(landing.url("", ref)).commit == commit
        assert QUICK.look(landing.url("a", ref)).commit == commit
    QUICK.fetch(landing.url(""), QUICK.look(landing.url("", "side")).to_json(), tmp_path / "it")
    assert [one.name for one in (tmp_path / "it").iterdir()] == ["a"]


def test_what_isnt_there(landing: Landing) -> None:
    landing.commit({"orders/day.csv": b"x"})
    for url, said in (
        (landing.url("orders/none.csv"), "nothing at lakefs://"),
        (landing.url("orders"), "nothing at lakefs://"),
        (landing.url("none/"), "nothing at lakefs://"),
        (landing.url("orders/day.csv", "none"), "the repository, or the ref isn't there"),
        ("lakefs://none-of-this-name/main/x", "the repository, or the ref isn't there"),
    ):
        with pytest.raises(Absent, match=said) as caught:
            QUICK.look(url)
        assert caught.value.code == "source-absent"


def test_paths_that_no_folder_has(landing: Landing) -> None:
    landing.commit({"twice/a": b"1", "twice/a-b": b"2", "twice/a/b": b"3", "odd/../x": b"4"})
    for folder, said in (("twice/", "'a' is a file and a folder"), ("odd/", "climbs")):
        with pytest.raises(DataInvalid, match=said):
            QUICK.look(landing.url(folder))


def test_a_repository_or_a_commit_that_is_gone_meanwhile(landing: Landing, tmp_path: Path) -> None:
    landing.commit({"orders/day.csv": b"x"})
    url = landing.url("orders/day.csv")
    seen = QUICK.look(url).to_json()
    elsewhere = url.replace(landing.lake.repository, "none-of-this-name")
    for there, then in ((elsewhere, seen), (url, {**seen, "commit": "0" * 64})):
        with pytest.raises(CheckFailed, match="is gone since the run began") as caught:
            QUICK.fetch(there, then, tmp_path / "it")
        assert caught.value.code == "source-moved"


def test_bytes_are_held_against_what_is_known_of_them(landing: Landing, tmp_path: Path) -> None:
    landing.put("ours", b"right", meta={"wombat-content": str(digest_bytes(b"right"))})
    landing.put("false", b"other", meta={"wombat-content": str(digest_bytes(b"right"))})
    commit = landing.commit({"theirs": b"plain"})
    address = parse_address(landing.url(""))
    client = open_client(address)

    def came(path: str, **known: Any) -> int:
        pinned = pin(client, commit, path, folder=False)
        ((name, there),) = pinned.objects
        changed = replace(pinned, objects=((name, replace(there, **known)),))
        return download(changed, tmp_path / path)

    assert came("ours") == came("theirs") == 0
    assert came("ours", checksum="0" * 32) == 0  # its writer's word is better
    assert came("theirs", checksum="0" * 32) == 1  # an encrypted bucket's ETag looks like this
    assert came("theirs", checksum="0" * 32 + "-2") == 1
    assert (tmp_path / "theirs").read_bytes() == b"plain"
    with pytest.raises(StoreDamaged, match="what its writer said of it") as caught:
        came("false")
    assert (caught.value.code, caught.value.exit_code) == ("lakefs-content", 14)
    with pytest.raises(StoreDamaged, match="99 bytes"):
        came("theirs", size=99)


def test_who_may_not(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.commit({"x": b"1"})
    canary = secrets.token_hex(20)
    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", canary)
    with pytest.raises(SourceDenied) as caught:
        QUICK.look(landing.url("x"))
    assert caught.value.exit_code == 13
    assert canary not in f"{caught.value} {caught.value.hint}"
    monkeypatch.delenv("LAKECTL_CREDENTIALS_ACCESS_KEY_ID")
    with pytest.raises(SourceDenied, match="nothing says who asks"):
        QUICK.look(landing.url("x"))


def test_servers_that_the_login_isnt_for(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.commit({"x": b"1"})
    url = landing.url("x")
    with pytest.raises(UsageFault, match=r"a pipeline reads data at evil\.example\.com") as caught:
        QUICK.look(f"{url}?endpoint=https://evil.example.com")
    assert caught.value.code == "endpoint-not-allowed"
    with pytest.raises(UsageFault, match="metadata address"):
        QUICK.look(f"{url}?endpoint=http://169.254.169.254")
    assert QUICK.look(f"{url}?endpoint={landing.lake.endpoint}").size == 1  # the user's own
    monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", "https://lakefs.example.com")
    assert QUICK.look(f"{url}?endpoint={landing.lake.endpoint}").size == 1  # this machine


def test_a_name_that_leads_to_a_metadata_address(
    landing: Landing, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.commit({"x": b"1"})
    monkeypatch.setattr("wombat.store.endpoint.resolved", lambda host: ("169.254.169.254",))
    with pytest.raises(UsageFault, match="leads to a link-local") as caught:
        QUICK.look(landing.url("x"))
    assert caught.value.code == "store-address"
    code, tree = project.ask("pull", landing.url("x"), "-o", "out")
    assert (code, tree["error"]["code"]) == (2, "store-address")


def test_a_path_that_lakefs_does_not_take(landing: Landing) -> None:
    with pytest.raises(SourceUnreachable, match="maximum length") as caught:
        QUICK.look(landing.url("ü" * 600))
    assert "says the same again" in str(caught.value.hint)


def test_what_may_be_run_may_be(landing: Landing, tmp_path: Path) -> None:
    body = b"#!/bin/sh\n"
    landing.put("bin/a", body, meta={"wombat-executable": "true"})
    landing.put("bin/b", body, meta={"wombat-executable": "false"})
    landing.commit()
    urls = [landing.url("bin/"), landing.url("bin/a")]
    then = [QUICK.look(url) for url in urls]
    for url, seen in zip(urls, then, strict=True):
        QUICK.fetch(url, seen.to_json(), tmp_path / f"{seen.files}")
    modes = [(tmp_path / name).stat().st_mode & 0o111 for name in ("2/a", "2/b", "None")]
    assert [bool(mode) for mode in modes] == [True, False, True]
    landing.put("bin/a", body)
    landing.commit()
    now = [QUICK.look(url) for url in urls]
    assert all(one.etag != other.etag for one, other in zip(now, then, strict=True))


@pytest.mark.slow
def test_nightly_runs_see_new_commits_and_skip_when_there_are_none(
    landing: Landing, project: Project
) -> None:
    url = landing.url("orders/")
    project.write(pipelines__nightly=PIPELINE.format(url=url), tasks=TASKS)
    code, said = project.ask("run", "nightly")
    assert (code, said["error"]["code"]) == (17, "source-absent")

    def night(*, runs: bool) -> dict[str, Any]:
        code, tree = project.ask("run", "nightly")
        published = "published" if runs else "unchanged"
        assert (code, tree["reused"]) == (0, [] if runs else ["texts"])
        assert tree["published"] == published
        return dict(tree)

    first = landing.commit({"orders/1.csv": b"one"})
    begun = night(runs=True)
    night(runs=False)
    landing.commit({"elsewhere": b"x"})
    night(runs=False)
    landing.put("orders/2.csv", b"two")
    night(runs=False)  # nobody committed it
    second = landing.commit()
    code, told = project.say("why", "nightly/texts")
    assert code == 0
    assert f"outside data {url} changed" in told
    assert f"commit {first[:12]}" in told
    assert f"→ {second[:12]}" in told
    ended = night(runs=True)
    night(runs=False)

    store = open_store(str(project.root / ".wombat/store"), project="shop", zone="local")
    for run, commit, files in ((begun["run"], first, 1), (ended["run"], second, 2)):
        seen = store.header("nightly", run)["sources"][url]
        (attempt,) = store.attempts("nightly", run, "texts", None)
        assert (seen["commit"], seen["files"]) == (commit, files)
        assert attempt.record["sources"]["orders"].items() >= {**seen, "url": url}.items()

    # Years later: what the first run read is read again, though main has more.
    code, tree = project.ask("reproduce", begun["run"], "nightly/texts")
    assert (code, [one["task"] for one in tree]) == (0, ["texts"]), tree


@pytest.mark.slow
def test_no_credential_stands_anywhere(landing: Landing, project: Project) -> None:
    landing.commit({"orders/1.csv": b"one"})
    project.write(pipelines__nightly=PIPELINE.format(url=landing.url("orders/1.csv")), tasks=TASKS)
    told = [project.say("run", "nightly"), project.say("run", "nightly", "-v")]
    told += [project.say(*words) for words in (
        ("plan", "nightly", "--json"), ("show", "nightly/texts", "--json"),
        ("lineage", "nightly/texts", "--json"), ("config", "show", "--origin"),
        ("compile", "--to", "gitlab", "--out", "child.yml"),
    )]  # fmt: skip
    assert all(code in (0, 1) for code, _ in told), told
    written = [one.read_bytes() for one in project.root.rglob("*") if one.is_file()]
    store = open_store(str(project.root / ".wombat/store"), project="shop", zone="local")
    records = [store.header("nightly", run) for run in store.runs("nightly")]
    everything = b"\n".join([*written, repr((told, records)).encode()])
    assert b"orders/1.csv" in everything
    for canary in (landing.lake.secret, landing.lake.key):
        assert canary.encode() not in everything
