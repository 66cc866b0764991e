"""`wombat verify` as people use it: a damaged store on disk, told and mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wombat.cli.entry import run
from wombat.cli.verify_ import _fault
from wombat.store import open_store
from wombat.store.verify import Fault

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wombat.yml").write_text("project: shop\n")
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "a.csv").write_bytes(b"id;n\n" + bytes(range(256)) * 200)
    monkeypatch.chdir(tmp_path)
    assert run(["put", "orders", "raw/orders", "-q"]) == 0
    return tmp_path


def pack(project: Path) -> Path:
    (found,) = (project / ".wombat" / "store" / "local" / "shop" / "p").glob("*/*")
    return found


def verified(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["verify", "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_sound_then_damaged_then_mended(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(capsys, "--read-data")[0] == 0
    path = pack(project)
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    assert verified(capsys)[0] == 0
    code, tree = verified(capsys, "raw", "--read-data")
    assert (code, tree["sound"]) == (14, False)
    (fault,) = tree["faults"]
    assert fault["files"] == ["a.csv"]
    assert any(one["output"] == "orders" for one in fault["named_by"])
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 14
    assert not (project / "out").exists()
    code, tree = verified(capsys, "--read-data", "--repair")
    assert code == 14
    code, tree = verified(capsys, "--read-data", "--repair", "--from", "orders")
    assert (code, tree["sound"]) == (0, True)
    assert len(tree["repaired"]) == 1
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 0
    assert (project / "out" / "a.csv").read_bytes() == (project / "orders" / "a.csv").read_bytes()
    assert path.read_bytes() == data


def test_a_branch_whose_newest_record_is_unproved_is_chosen(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ref,) = (project / ".wombat" / "store").glob("local/shop/refs/raw/heads/*/*")
    ref.chmod(0o600)
    ref.write_bytes(b"torn")
    capsys.readouterr()
    assert run(["verify", "raw", "--repair"]) == 14
    said = capsys.readouterr().out
    assert "nothing proves what" in said
    ((_, (name,)),) = verified(capsys, "--repair")[1]["choices"].items()
    assert f"--choose RUN   with one of {name}" in said
    assert run(["verify", "--choose", name]) == 2
    code, tree = verified(capsys, "--repair", "--choose", name)
    assert (code, tree["choices"]) == (0, {})
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 0


def test_what_is_behind_what_is_damaged_is_mended_too(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack(project).unlink()
    (ref,) = (project / ".wombat" / "store" / "local" / "shop" / "refs").glob("*/*/*/*")
    (manifest,) = (project / ".wombat" / "store" / "local" / "shop" / "m").glob("*/*")
    for path in (ref, manifest):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[:-3] + b"???")
    assert verified(capsys, "--read-data")[0] == 14
    code, tree = verified(capsys, "--read-data", "--repair", "--from", "orders")
    assert (code, tree["sound"]) == (0, True)
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 0


def test_in_words(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack(project).unlink()
    capsys.readouterr()
    assert run(["verify"]) == 14
    said = capsys.readouterr().out
    assert "is gone" in said
    assert "named by raw@" in said
    assert "lost: a.csv" in said
    assert "1 damaged; data not read" in said


@pytest.mark.parametrize(
    ("options", "code"),
    [(["nothing"], 17), (["--from", "orders"], 2), (["--repair", "--from", "none"], 17)],
)
def test_what_is_refused(project: Path, options: list[str], code: int) -> None:
    assert project.exists()
    assert run(["verify", *options]) == code


def test_without_a_store_there_is_nothing_to_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wombat.yml").write_text("project: shop\n")
    monkeypatch.chdir(tmp_path)
    assert run(["verify"]) == 17


def test_a_store_behind_heals_what_is_read_and_repaired(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_store(str(project / "behind"), project="shop", zone="t")
    (project / "wombat.yml").write_text(f"project: shop\nupstream: {project / 'behind'}\n")
    assert run(["push", "raw", "--zone", "t", "-q"]) == 0
    path = pack(project)
    path.unlink()
    capsys.readouterr()
    # A pull finds the same content there; verify says what this store lacks by itself.
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 0
    assert (project / "out" / "a.csv").read_bytes() == (project / "orders" / "a.csv").read_bytes()
    assert verified(capsys)[0] == 14
    code, tree = verified(capsys, "--read-data", "--repair")
    assert (code, tree["sound"]) == (0, True)
    (project / "wombat.yml").write_text("project: shop\n")
    assert run(["pull", "raw/orders", "-o", "again", "-q"]) == 0


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def test_what_a_pull_met_is_told_and_mended_without_reading_all(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(pack(project))
    assert verified(capsys)[1]["sound"]
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 14
    assert "wombat verify" in capsys.readouterr().err
    for _ in range(2):
        code, tree = verified(capsys)
        assert (code, len(tree["faults"])) == (14, 1)
    assert len(list(project.rglob("damage/*/*"))) == 1
    assert verified(capsys, "--repair", "--from", "orders")[0] == 0
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 0
    assert verified(capsys)[0] == 0


def test_put_stores_anew_what_a_pull_found_damaged(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(pack(project))
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 14
    capsys.readouterr()
    assert run(["put", "orders", "raw/orders"]) == 0
    assert "unchanged" not in capsys.readouterr().out
    assert run(["pull", "raw/orders", "-o", "out", "-q"]) == 0
    assert run(["put", "orders", "raw/orders"]) == 0
    assert "unchanged" in capsys.readouterr().out


def test_a_long_name_is_said_once() -> None:
    key = f"local/shop/p/ab/ab{'0' * 62}"
    assert _fault(Fault(key, "pack", f"{key} is gone")) == [f"damaged: {key}", "  it is gone"]
    assert _fault(Fault(key, "pack", "other bytes"))[1] == "  other bytes"
