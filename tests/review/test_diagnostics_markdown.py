"""Diagnostics as Markdown: whole, and harmless where they are rendered."""

from __future__ import annotations

from dataclasses import replace

from wombat.errors import Diagnostic, Guilty, Place
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
    every = [replace(BROKEN, place=Place("a.yml", line)) for line in range(1, SHOWN + 6)]
    text = as_markdown(every, "")
    assert text.count("schema-breaking") == SHOWN
    assert text.endswith("- 5 more: `wombat check` shows all\n")


def test_what_one_change_does_to_several_is_one_item():
    said = "crm/load.users: 'age' may be null, need forbids it"
    both = [
        Diagnostic(
            "schema-breaking",
            f"{said}; {who} takes it as it was at abc",
            Place("schemas/all.yml", 5, 8),
            f"keep what it was; or have it changed in {who} first",
            table=(("id", "age"), ("1", Guilty("null"))),
        )
        for who in ("shop", "ml")
    ]
    text = as_markdown(both, "")
    assert text.count("schema-breaking") == text.count("for example") == 1
    assert "  - `shop takes it as it was at abc`\n  - `ml takes it as it was at abc`\n" in text
    assert text.endswith(
        "  - one of: `keep what it was` · `have it changed in shop first` · "
        "`have it changed in ml first`\n"
    )
    assert "        1   null\n            ^^^^\n" in text
    other = replace(both[1], place=Place("schemas/all.yml", 6, 8))
    assert as_markdown([both[0], other], "").count("schema-breaking") == 2
