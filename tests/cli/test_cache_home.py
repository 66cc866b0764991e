"""A home that can't be written, or a cache that is full of rubbish, is in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wombat.cli.entry import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("home", ["a file", "rubbish"])
def test_verbs_go_on_without_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: str
) -> None:
    cache, project = tmp_path / "cache", tmp_path / "shop"
    project.mkdir()
    if home == "a file":
        cache.write_bytes(b"not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.chdir(project)
    (project / "wombat.yml").write_text("project: shop\n")
    (project / "data").mkdir()
    for number in range(3):
        (project / "data" / f"{number}").write_bytes(b"%d" % number * 30_000)
    assert run(["put", "data", "raw/data", "-q"]) == 0
    if home == "rubbish":
        kept = [path for path in cache.rglob("*") if path.is_file()]
        assert kept
        for path in kept:
            path.write_bytes(b"rubbish")
    capsys.readouterr()
    assert run(["put", "data", "raw/data"]) == 0
    assert "unchanged" in capsys.readouterr().out
    (project / "data" / "1").write_bytes(b"other" * 6_000)
    assert run(["put", "data", "raw/data", "-q"]) == 0
    assert run(["pull", "raw/data", "-o", "out", "-q"]) == 0
    for path in (project / "data").iterdir():
        assert (project / "out" / path.name).read_bytes() == path.read_bytes()
    assert run(["gc", "-q"]) == 0
    if home == "a file":
        assert cache.read_bytes() == b"not a folder"
