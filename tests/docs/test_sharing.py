"""The page on sharing: its two projects, its commands in their order, and its lock."""

from __future__ import annotations

import shlex
import tomllib

import pytest

from tests.docs.pages import anchors, blocks, code, links, prose
from tests.docs.playing import parse, play
from tests.docs.projects import write
from wombat.api.lockfile import FILE, read_lock

PAGE = "docs/SHARING.md"


@pytest.mark.slow
def test_the_page_s_commands_run_in_their_order(tmp_path, monkeypatch, capsys):
    for one in blocks(PAGE):
        if one.path:
            write(tmp_path / one.path, one.text)
    monkeypatch.chdir(tmp_path)
    play(PAGE, capsys, but="wombat push")
    assert (tmp_path / "shop" / "build" / "model" / "data.json").read_text() == '{"weight":4}'
    assert set(read_lock(tmp_path / "shop").entries) == {"model"}
    write(
        tmp_path / "shop" / "wombat.yml", "project: shop\nstore: ../artifacts\nupstream: ../team\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOMBAT_STORE", str(tmp_path / "team"))
    write(tmp_path / "first" / "wombat.yml", "project: shop\n")
    write(tmp_path / "first" / "x", "x")
    monkeypatch.chdir(tmp_path / "first")
    from wombat.cli.entry import run

    assert run(["put", "x", "raw/x"]) == 0
    monkeypatch.delenv("WOMBAT_STORE")
    monkeypatch.chdir(tmp_path / "shop")
    for block in blocks(PAGE, "console"):
        if "wombat push" in block.text:
            for line in block.text.splitlines():
                assert run(shlex.split(line)[2:]) == 0, capsys.readouterr()


def test_its_lock_is_a_lock(tmp_path):
    [one] = blocks(PAGE, "toml")
    write(tmp_path / FILE, f"version = 1\n\n{one.text}")
    assert read_lock(tmp_path).text().split("\n\n", 1)[1] == one.text
    assert tomllib.loads(one.text)


def test_its_words_and_links_lead_somewhere():
    for text in code(prose(PAGE)):
        if text.startswith("wombat "):
            parse(shlex.split(text)[1:])
    for path, anchor in links(PAGE):
        target = f"docs/{path}" if path else PAGE
        assert not anchor or anchor in anchors(target), (path, anchor)
