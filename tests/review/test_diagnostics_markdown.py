"""Diagnostics as Markdown: whole, and harmless where they are rendered."""

from __future__ import annotations

from wombat.errors import Diagnostic, Place
from wombat.review.diagnostics_markdown import SHOWN, as_markdown

BROKEN = Diagnostic(
    "schema-breaking",
    "<img src=x> `'age'` may be null; @all",
    Place("schemas/all.yml", 5, 8),
    "keep it",
    table=(("id", "age"), ("1", "null\x1b[2J")),
    related=((Place("pipelines/a.yml", 2), "made here"),),
)


def test_an_item_tells_place_row_and_hint():
    text = as_markdown([BROKEN], "all is well")
    assert text.startswith("# Wombat check\n\n**1 error**\n\n- **error** `schema-breaking` at ")
    assert "``<img src=x> `'age'` may be null; @all``" in text
    assert "        id  age\n        1   null\\x1b[2J\n" in text
    assert "`pipelines/a.yml:2:1`: `made here`" in text
    assert text.endswith("  - hint: `keep it`\n")
    assert "all is well" not in text


def test_without_mistakes_it_says_so():
    assert as_markdown([], "no mistakes") == "# Wombat check\n\n`no mistakes`\n"


def test_many_are_cut():
    text = as_markdown([BROKEN] * (SHOWN + 5), "")
    assert text.count("schema-breaking") == SHOWN
    assert text.endswith("- 5 more: `wombat check` shows all\n")
