"""REUSE.md: its commands do what it says, and its numbers are the code's."""

from __future__ import annotations

import os

import pytest

from tests.docs.pages import read
from tests.docs.playing import play
from wombat.api.scaffold import begin
from wombat.executor.reuse.hits import LOOKS, READ

PAGE = "docs/REUSE.md"


@pytest.mark.slow
def test_its_commands_run(tmp_path, monkeypatch, capsys):
    begin(tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    assert "WOMBAT_RUN" not in os.environ
    play(PAGE, capsys)


def test_its_numbers_are_those_of_the_code():
    text = " ".join(read(PAGE).split())
    assert f"up to {sum(READ)} such records" in text
    assert f"at most {LOOKS} keys" in text


def test_the_readme_leads_there():
    assert f"]({PAGE})" in read("README.md")
