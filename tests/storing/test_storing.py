"""Making a store, and what its wombat.json says of its server."""

from __future__ import annotations

import json
import secrets
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.s3.conftest import servers as servers  # noqa: PLC0414 -- a fixture
from tests.s3.servers import ENVIRON
from wombat.cli.entry import run
from wombat.store import open_store
from wombat.store.blobs.memory import MemoryBlobs, _named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.s3.servers import Server


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside any repository or CI."""
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def form(address: str) -> dict[str, Any]:
    """As the store has it."""
    store = open_store(address, project="shop", zone="local", create=False)
    found: dict[str, Any] = json.loads(store.blobs.get("wombat.json"))
    return found


def lying(atomic: bool) -> str:
    """The address of a store in memory whose server can't create atomically, or can."""
    name = secrets.token_hex(4)
    _named[f"memory:{name}"] = MemoryBlobs(atomic)
    return f"memory:{name}"


def test_a_folder_becomes_a_store_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, tree = said(capsys, "store", "init", "../store")
    assert code == 0
    assert tree["create"] == "atomic"
    assert tree["changed"]
    address = str(tmp_path / "store")
    assert tree["address"] == address
    before = form(address)
    assert before["create"] == "atomic"
    assert before["probed"]["facts"]["create once"] == "good"
    code, tree = said(capsys, "store", "init", "../store")
    assert code == 15
    assert tree["error"]["code"] == "store-exists"
    assert form(address) == before


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("s3:/artifacts", "s3://artifacts"),
        ("s3:artifacts/wombat", "s3://artifacts/wombat"),
        ("S3://artifacts", "s3://artifacts"),
        ("s4://artifacts", "s3://artifacts"),
        ("gs://artifacts", "s3://artifacts"),
        ("file:/srv/wombat", "file:///srv/wombat"),
        ("word:/x", "s3://x"),
        ("", None),
    ],
)
def test_a_mistyped_address_makes_no_folder(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    meant: str | None,
) -> None:
    (project / "a.txt").write_text("a")
    code, tree = said(capsys, "store", "init", address)
    assert (code, tree["error"]["code"]) == (2, "unknown-store")
    assert meant is None or f"did you mean '{meant}'?" in tree["error"]["hint"]
    if address:
        for variable, words in (("STORE", "put a.txt raw/a"), ("UPSTREAM", "show raw/a")):
            monkeypatch.setenv(f"WOMBAT_{variable}", address)
            code, tree = said(capsys, *words.split())
            assert (code, tree["error"]["code"]) == (2, "unknown-store")
            monkeypatch.delenv(f"WOMBAT_{variable}")
        (project / "wombat.yml").write_text(f'store: "{address}"\n')
        assert said(capsys, "put", "a.txt", "raw/a")[0] == 2
    assert {one.name for one in project.iterdir()} <= {"a.txt", "wombat.yml"}


def test_a_folder_may_have_any_name_if_it_is_said_as_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["store", "init", "./s3:x"]) == 0
    assert f"made a store at {project / 's3:x'}\n" in capsys.readouterr().out


@pytest.mark.slow
def test_in_a_bucket_no_store_is_made_by_using_it(
    project: Path,
    servers: Callable[[str], Server],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    address = servers("seaweed").address(f"new-{secrets.token_hex(4)}")
    monkeypatch.setenv("WOMBAT_STORE", address)
    (project / "a.txt").write_text("a")
    code, tree = said(capsys, "put", "a.txt", "raw/a")
    assert (code, tree["error"]["code"]) == (17, "absent")
    assert "there is no store at s3://" in tree["error"]["message"]
    assert f"wombat store init '{address}'" in tree["error"]["hint"]
    assert said(capsys, "store", "init", address)[0] == 0
    assert said(capsys, "put", "a.txt", "raw/a")[0] == 0


def test_a_server_that_cant_hold_a_store_gets_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = lying(atomic=True)
    monkeypatch.setattr(MemoryBlobs, "get_range", lambda self, key, *_: self.get(key))
    code, tree = said(capsys, "store", "init", address)
    assert code == 1
    assert tree["error"]["code"] == "store-unfit"
    assert "ranges" in tree["error"]["message"]
    assert not list(_named[address].list("wombat.json"))


def test_the_protocol_follows_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    address = lying(atomic=False)
    assert said(capsys, "store", "init", address)[0] == 0
    before = form(address)
    assert before["create"] == "none"
    # Nothing but a look protects it there: the server would overwrite it.
    assert said(capsys, "store", "init", address)[0] == 15
    assert form(address) == before
    assert not open_store(address, project="shop", zone="local").space.atomic


def test_a_probe_changes_nothing_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    address = lying(atomic=True)
    said(capsys, "store", "init", address)
    before = form(address)
    _named[address].atomic = False
    code, tree = said(capsys, "store", "probe", address)
    assert code == 1
    assert (tree["create"], tree["changed"], form(address)) == ("none", False, before)
    code, tree = said(capsys, "store", "probe", address, "--apply")
    assert (code, tree["changed"], form(address)["create"]) == (0, True, "none")
    assert form(address)["id"] == before["id"]


def test_a_store_never_becomes_atomic_silently(capsys: pytest.CaptureFixture[str]) -> None:
    address = lying(atomic=False)
    said(capsys, "store", "init", address)
    _named[address].atomic = True
    assert said(capsys, "store", "probe", address)[0] == 0
    code, tree = said(capsys, "store", "probe", address, "--apply")
    assert code == 1
    assert tree["error"]["code"] == "store-create"
    assert form(address)["create"] == "none"
    code, tree = said(capsys, "store", "probe", address, "--apply", "--atomic")
    assert (code, form(address)["create"]) == (0, "atomic")


def test_what_isnt_understood_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "store").mkdir()
    file = tmp_path / "store" / "wombat.json"
    for text in ('{"v": 2, "hash": "blake3", "requires": [], "create": "atomic"}', "{", "[]"):
        file.write_text(text)
        for words in (["init", "../store"], ["probe", "../store", "--apply"]):
            code, tree = said(capsys, "store", *words)
            assert (code, tree["error"]["code"]) in ((14, "store-format"), (15, "store-exists"))
            assert file.read_text() == text


def test_a_probe_of_nothing_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, tree = said(capsys, "store", "probe", "../store", "--apply")
    assert (code, tree["form"]) == (0, None)
    assert not (tmp_path / "store" / "wombat.json").exists()


def test_a_hint_can_be_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "a store & more"
    assert run(["store", "probe", str(place)]) == 0
    line = next(one for one in capsys.readouterr().out.splitlines() if "wombat store init" in one)
    words = ["store", "init", str(place)]
    assert shlex.split(line[line.index("wombat store init") :])[1:4] == words
    assert run([*words, "-q"]) == 0
    capsys.readouterr()
    code, tree = said(capsys, *words)
    assert (code, shlex.split(tree["error"]["hint"])[-1]) == (15, str(place))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["moto", "rclone"])
def test_on_a_server(
    kind: str,
    servers: Callable[[str], Server],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    server = servers(kind)
    address = server.address(f"storing-{secrets.token_hex(4)}")
    assert said(capsys, "store", "init", address)[0] == 0
    assert said(capsys, "store", "init", address)[0] == 15
    verdict = "atomic" if server.atomic else "none"
    assert form(address)["create"] == verdict
    code, tree = said(capsys, "store", "probe", address, "--apply")
    assert (code, tree["create"], tree["changed"]) == (0, verdict, True)
    assert open_store(address, project="shop", zone="t").space.atomic == server.atomic
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "CANARY-wrong")
    code, tree = said(capsys, "store", "probe", address)
    assert "CANARY" not in json.dumps(tree)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ENVIRON["AWS_SECRET_ACCESS_KEY"])
    elsewhere = address.replace("artifacts", "nobodys-bucket")
    code, tree = said(capsys, "store", "init", elsewhere)
    assert code == 13
    assert "nobodys-bucket" in tree["error"]["message"]
