"""One meaning for a pattern: Python, RE2 and Rust say the same of every text."""

from __future__ import annotations

import re
from random import Random

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.schema.automaton import automaton_of
from wombat.schema.model import Check, Column, FrameSchema, Pattern
from wombat.schema.pattern import Pattern as Parsed
from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import BadPattern, parse
from wombat.schema.proof import relate
from wombat.schema.proof.evaluate import holds
from wombat.schema.proof.shape import pattern_of
from wombat.schema.types import LogicalType

LETTERS = "ab1_- .\n\r\t\x0b\x1c\x85é٣ßK\u2028👩\\[]^$|&~"
TEXTS = st.text(st.sampled_from(LETTERS), max_size=6)
ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "é",
        ".",
        "\\d",
        "\\D",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "[ab]",
        "[^ab]",
        "[a-z&&b]",
        "[\\d_]",
        "[^\\W]",
        "[]a]",
        "[a\\-b]",
        "[a-]",
        "\\.",
        "\\n",
        "^",
        "$",
        "\\b",
        "\\x61",
        "\\u00e9",
        "[\\s-]",
        "[~~]",
        "-",
        "&",
        "~",
        "#",
        " ",
        "{",
        "}",
        "\\[",
        "]",
    ]
)


def patterns():
    def wider(inner):
        return st.one_of(
            st.lists(inner, min_size=1, max_size=3).map("".join),
            st.tuples(inner, inner).map("|".join),
            inner.map(lambda p: f"({p})"),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"])).map(
                lambda pair: f"(?:{pair[0]}){pair[1]}"
            ),
        )

    return st.recursive(ATOMS, wider, max_leaves=6)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(patterns(), st.lists(TEXTS, min_size=1, max_size=8))
def test_every_engine_agrees(text, values):
    pattern = parse_pattern(text)
    values = [*values, *pattern.samples()]
    mine = [pattern.matches(value) for value in values]
    assert [pattern.python().fullmatch(value) is not None for value in values] == mine
    assert pc.match_substring_regex(pa.array(values), pattern.re2()).to_pylist() == mine
    assert pl.Series(values).str.contains(pattern.rust()).to_list() == mine


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ("a|b", "xb", False),
        ("a|b", "b", True),
        ("a", "a\n", False),
        ("a$", "a\n", False),
        ("^a$", "a", True),
        (".", "\n", False),
        ("\\d", "٣", False),
        ("\\w", "é", False),
        ("[^a]", "\n", True),
        ("", "", True),
        ("(?P<x>a)b", "ab", True),
        (".{3}", "👩éa", True),
        ("[[]", "[", True),
        ("a{2", "a{2", True),
    ],
)
def test_meanings(text, value, matches):
    assert parse_pattern(text).matches(value) is matches


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ("(a|a)*b", "a" * 20_000, False),
        ("(a*)*b", "a" * 20_000 + "b", True),
        ("(\\w+\\b ?)*-", "ab " * 5000, False),
        ("(.{0,20}){0,20}", "a" * 400, True),
        (".*a.{50}", "ba" * 2000, True),
    ],
)
def test_a_hostile_value_takes_linear_time(text, value, matches):
    """An engine that goes back would take longer than the world stands."""
    assert parse_pattern(text).matches(value) is matches
    schema = FrameSchema("s.t", {}, patterns=(Pattern(text, Column(LogicalType("int8"))),))
    assert (pattern_of(schema, value) == 0) is matches
    check = Check("match", text)
    assert holds(check, value) is matches
    made = Column(LogicalType("string"), within=(value,))
    wanted = Column(LogicalType("string"), match=text)
    sides = [FrameSchema("s.t", {"a": column}) for column in (made, wanted)]
    assert relate(*sides).kind == ("proven" if matches else "refuted")


def test_states_that_are_kept_are_bounded():
    machine = automaton_of(".*a.{200}")
    random = Random(1)
    text = "".join(random.choice("ab") for _ in range(1000))
    assert machine.matches(text + "a" + "b" * 200)
    assert not machine.matches(text + "b" * 201)
    assert sum(len(one[0]) for one in machine.known.values() if one) < 60_000


BAD = [
    "(",
    ")",
    "[",
    "[]",
    "a**",
    "a*+",
    "*a",
    "(?=a)",
    "(?!a)",
    "(?<=a)",
    "(?<!a)",
    "(?i)a",
    "(?#x)",
    "(a)\\1",
    "\\p{L}",
    "\\B",
    "\\G",
    "\\Q",
    "[[:alpha:]]",
    "[z-a]",
    "[\\d-z]",
    "a{1001}",
    "a{3,2}",
    "\\",
    "^*",
    "\\b+",
    "(?P=a)",
    "(?>a)",
    "((a{1000}){1000})",
    "(a{40}){40}",
    "(b|(a{2,}c)*){600}",
    "[^\\d\\D]",
    "\\x6",
    "(" * 60 + ")" * 60,
    "\\ud800",
    "[\\ud800]",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_in_the_language(text):
    with pytest.raises(BadPattern):
        parse_pattern(text)


@pytest.mark.parametrize("text", [".{1000}", "[^a]{1000}", "(é|b){0,300}", "\\w{1,1000}"])
def test_the_largest_patterns_run_everywhere(text):
    pattern = parse_pattern(text)
    value = next(pattern.samples(), "a" * 1000)
    assert pc.match_substring_regex(pa.array([value]), pattern.re2())[0].as_py()
    assert pl.Series([value]).str.contains(pattern.rust())[0]


COUNTS = st.sampled_from(["{40}", "{3,30}", "{25,}", "*", "+", "?", "{0,1}", "{500}", "{2}"])


@settings(max_examples=200, deadline=None)
@given(st.lists(COUNTS, max_size=4), st.booleans())
def test_repetitions_in_each_other_run_in_re2_or_are_refused(counts, between):
    text = "a"
    for count in counts:
        text = f"({text}{'|b' if between else ''}){count}"
    try:
        pattern = parse_pattern(text)
    except BadPattern as fault:
        if "copies" in str(fault):
            with pytest.raises(pa.ArrowInvalid):
                pc.match_substring_regex(pa.array(["a"]), Parsed(text, parse(text)).re2())
        return
    pc.match_substring_regex(pa.array(["a"]), pattern.re2())


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_pattern_or_a_bad_one(text):
    try:
        pattern = parse_pattern(text)
    except BadPattern:
        return
    re.compile(pattern.rust().replace("(?-u:", "(?:").replace(r"\z", r"\Z"))
