"""DIFF.md: its schema is right, its commands are commands, and its words are the code's."""

from __future__ import annotations

import shlex

from tests.docs.pages import ROOT, blocks, commands, read
from tests.docs.playing import parse
from tests.docs.projects import codes, lay_out
from wombat.data.drift import FEWEST, GROUPS
from wombat.data.stats import ROOM
from wombat.data.stats.grid import BINS
from wombat.data.stats.sample import SAMPLE
from wombat.data.stats.sketch import FEW, LONGEST, SEVERAL, TOP

PAGE = "docs/DIFF.md"


def test_what_it_shows_is_right(tmp_path):
    assert lay_out(tmp_path, PAGE).keys() == {"schemas/orders.yml", "pipelines/little.yml"}
    assert codes(tmp_path) == []


def test_its_commands_are_commands():
    found = [one.line for block in blocks(PAGE, "console") for one in commands(block.text)]
    assert len(found) > 5
    for line in found:
        parse(shlex.split(line)[1:])


def test_its_numbers_are_those_of_the_code():
    text = " ".join(read(PAGE).split())
    assert (TOP, GROUPS) == (10, 10)
    for said in (
        f"at most {SAMPLE:,} rows", f"up to {BINS} bins", "the ten most frequent values",
        f"at most {FEW} distinct ones", f"longer than {LONGEST} characters",
        f"at least {SEVERAL} rows", f"at least {FEWEST} values", f"fewer than {2 * FEWEST} values",
        f"at most {ROOM >> 10} kB", "at most ten groups",
    ):  # fmt: skip
        assert said in text, said


def test_the_readme_leads_there():
    assert (ROOT / PAGE).is_file()
    assert f"]({PAGE})" in read("README.md")
