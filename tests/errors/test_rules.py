"""Every code has a rule that explains it, and every rule a code that is raised."""

from __future__ import annotations

import re

import pytest

from tests.codes import SOURCE, codes_by_file, codes_of_files, words
from wombat.cli.entry import run
from wombat.review.rules import codes, explain, titles

RULES = sorted(file.stem for file in (SOURCE / "rules").glob("*.md"))
WITHOUT_EXAMPLES = {"more-mistakes"}


def test_every_code_has_a_rule() -> None:
    assert set(codes_by_file()) - set(RULES) == set()


def test_every_rule_has_a_code() -> None:
    assert set(RULES) - words() == set()


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_its_form(code: str) -> None:
    lines = explain(code).splitlines()
    assert re.fullmatch(rf"# {code}: \S.{{5,90}}", lines[0])
    assert "" in lines
    assert sum(line.startswith("```") for line in lines) % 2 == 0
    text = "\n".join(lines[1:])
    if code in codes_of_files() - WITHOUT_EXAMPLES:
        assert re.search(r"^\*{0,2}Wrong.*:", text, re.MULTILINE)
        assert re.search(r"^\*{0,2}Right.*:", text, re.MULTILINE)
        assert text.count("```") >= 4
    else:
        assert len(text) > 60


def test_the_verb_lists_and_explains(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule"]) == 0
    listed = capsys.readouterr().out
    assert all(re.search(rf"^{code} ", listed, re.MULTILINE) for code in RULES)
    assert run(["rule", "edge-refuted"]) == 0
    assert capsys.readouterr().out.startswith("# edge-refuted: ")
    assert set(titles()) == set(codes()) == set(RULES)


def test_an_unknown_rule_names_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule", "edge-refutted"]) == 2
    assert "did you mean 'edge-refuted'?" in capsys.readouterr().err
