"""RECOVERY.md: its commands run, and its exit codes are those that rules tell."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import read
from tests.docs.playing import play
from wombat.api.lineage import LIMIT
from wombat.api.scaffold import begin
from wombat.review.rules import explain

PAGE = "docs/RECOVERY.md"


@pytest.mark.slow
def test_its_commands_run(tmp_path, monkeypatch, capsys):
    begin(tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    play(PAGE, capsys)


def test_its_numbers_are_those_of_the_code():
    text = read(PAGE)
    assert f"({LIMIT} artifacts" in text
    codes = re.search(r"\| 14 \| .*\((.*)\)", text)
    assert codes is not None
    for code in codes[1].replace("`", "").split(", "):
        assert code == "store-lost" or "Exit code 14" in explain(code)


def test_other_pages_lead_there():
    assert "](RECOVERY.md)" in read("docs/RUNNING.md")
