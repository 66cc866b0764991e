"""EXPLAIN.md: its commands say what it shows, and its numbers are the code's."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import read
from tests.docs.playing import play
from wombat.api.at_revision import LARGEST
from wombat.api.explaining import SEGMENTS
from wombat.api.scaffold import begin
from wombat.review.outlook_words import FATES
from wombat.review.plan_text import REUSED

PAGE = "docs/EXPLAIN.md"


@pytest.mark.slow
def test_its_commands_say_what_it_shows(tmp_path, monkeypatch, capsys):
    begin(tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    play(PAGE, capsys)
    assert (tmp_path / "shop" / "plan.html").is_file()


def test_its_fates_and_numbers_are_those_of_the_code():
    text = read(PAGE)
    rows = re.findall(r"^\| `([a-z ]+)` \|", text, re.MULTILINE)
    assert rows == list(FATES.values())
    assert f"of the last {SEGMENTS} published runs" in text
    assert f"more than {REUSED} tasks" in text
    assert f"over {LARGEST >> 20} MiB" in text


def test_the_readme_leads_there():
    assert f"]({PAGE})" in read("README.md")
