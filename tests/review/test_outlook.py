"""What is foretold, in each form: bounded, and harmless whatever users wrote; times add up."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import example, given, settings

from tests.review.test_plan import shape, shop, words
from wombat.plan.causes import Cause
from wombat.review.changes import Changes, PipelineChange, TaskChange
from wombat.review.changes_text import changes_markdown, changes_text
from wombat.review.explained import Explained, Explanation, Made
from wombat.review.outline import outline
from wombat.review.outlook import Forecast, TaskOutlook, expected
from wombat.review.plan_html import plan_html
from wombat.review.plan_markdown import plan_markdown
from wombat.review.plan_text import plan_text
from wombat.review.why_text import why_text
from wombat.review.why_words import cause_words


class Shape(HTMLParser):
    """Tags with their attributes, but no text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, attrs))

    def handle_endtag(self, tag):
        self.found.append(tag)


def foreseen(text, name="shop"):
    """A plan of which everything that a user may write says `text`."""
    plan = shop(text, text, name)
    parts = {"run": 1, "reuse": 2}
    outlooks = {
        task.name: TaskOutlook("run", parts, (text, text), 3.0, 7, 9) for task in plan.tasks
    }
    forecast = Forecast(text, 1, 2, (1.0, 9.0), 2, 1, 5, 6, (text,), (text,), (text,))
    return outline([plan], None, {name: forecast}, {name: outlooks})


@settings(max_examples=25)
@given(words)
@example("</style><script>alert(1)</script>")
@example('" onload="x')
def test_what_users_wrote_changes_nothing_of_a_page(text):
    plain, given_ = (plan_html(foreseen(one), note=one) for one in ("x", text))
    assert Shape(plain).found == Shape(given_).found
    assert all(c == "\n" or c.isprintable() for c in given_)


@settings(max_examples=25)
@given(words)
def test_what_is_foretold_steers_nothing(text):
    plain, given_ = (plan_markdown(foreseen(one)) for one in ("x", text))
    assert shape(plain) == shape(given_)
    assert all(c == "\n" or c.isprintable() for c in plan_text(foreseen(text)))


def causes_of(text):
    kinds = ("code", "parameter", "schema", "image", "source", "upstream", "command", "setting")
    return tuple(Cause(kind, text, text, [text], text, text) for kind in kinds)


@settings(max_examples=25)
@given(words)
def test_causes_steer_nothing(text):
    made = Made(text, text, text, text, text, 3, text)
    told = Explained(("t", None), "run", causes_of(text), ("code",), (), made, made, (text,))
    said = why_text(Explanation("p", (("t", None),), {("t", None): told}))
    assert all(c == "\n" or c.isprintable() for c in said)

    def changes(one):
        task = TaskChange(one, "changed", causes_of(one), causes_of(one))
        return Changes(one, (PipelineChange(one, "changed", (), (task,)),), notes=(one,))

    assert shape(changes_markdown(changes("x"))) == shape(changes_markdown(changes(text)))
    lines = len(changes_text(changes("x")).splitlines())
    assert len(changes_text(changes(text)).splitlines()) == lines


def test_a_thousand_tasks_that_are_reused_are_one_line():
    task = shop().tasks[0]
    names = [f"t{n}" for n in range(1000)]
    plan = replace(
        shop(), tasks=tuple(replace(task, name=name) for name in names), jobs=(), edges=()
    )
    states = {name: TaskOutlook("reuse" if n > 4 else "run", {}) for n, name in enumerate(names)}
    shown = outline([plan], None, {"shop": Forecast("main", 1, 2)}, {"shop": states})
    for form in (plan_text, plan_markdown, plan_html):
        text = form(shown)
        assert "995 more tasks reused" in text
        assert len(text) < 20_000
    assert "t999" in plan_text(shown, every=True)


def test_causes_are_bounded():
    cause = Cause("parameter", "p", "x" * 10_000, "y" * 10_000)
    assert len(cause_words(cause)) < 200
    told = {
        ("t", str(n)): Explained(("t", str(n)), "run", (cause,) * (1 + n % 60), notes=(str(n),))
        for n in range(300)
    }
    said = why_text(Explanation("p", tuple(told), told))
    assert len(said.splitlines()) < 5000
    assert "… and 250 more" in said


@pytest.mark.parametrize(("workers", "took"), [(None, 7.0), (1, 14.0), (2, 7.0), (3, 7.0)], ids=str)
def test_parts_wait_for_what_they_need_and_for_a_worker(workers, took):
    a, b, c, d, e = ((name, None) for name in "abcde")
    before = {a: (), b: (), c: (), d: (a,), e: ()}
    seconds = {a: 2.0, b: 1.0, c: 2.0, d: 5.0, e: 4.0}
    assert expected(before, seconds, workers) == took


def test_what_a_server_said_is_told_word_by_word():
    then, now = {"modified": "2026-01-01", "size": 8}, {"modified": "2026-02-01", "size": 12}
    said = cause_words(Cause("source", "http://x", then, now))
    assert said == ("outside data http://x changed (modified 2026-01-01 → 2026-02-01, size 8 → 12)")
    said = cause_words(Cause("source", "http://x", {"etag": "a"}, now))
    assert said == (
        "outside data http://x changed (etag a → none, modified none → 2026-02-01, size none → 12)"
    )


def test_what_only_differs_in_the_middle_is_shown_by_that():
    then = "\n".join(["set -e", "cd there" * 10, "one", "end"])
    now = then.replace("one", "two")
    said = cause_words(Cause("command", "shell", then, now))
    assert said == "what the pipeline says of shell: one → two"


def test_a_long_chain_is_told_by_its_end():
    units = [(f"t{n}", None) for n in range(300)]
    told = {
        unit: Explained(
            unit, "maybe", (Cause("upstream", f"t{n + 1}.o", "x", input="x"),), (), (nxt,)
        )
        for n, (unit, nxt) in enumerate(pairwise(units))
    }
    told[units[-1]] = Explained(units[-1], "run", (Cause("parameter", "p", 1, 2),))
    said = why_text(Explanation("p", (units[0],), told)).splitlines()
    assert len(said) < 20
    assert max(map(len, said)) < 80
    assert said[-2].strip() == "in the end, t299 runs"
    assert said[-1].strip() == "- parameter p: 1 → 2"
