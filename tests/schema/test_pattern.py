"""One meaning for a pattern: Python, RE2 and Rust say the same of every text."""

from __future__ import annotations

import re

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import BadPattern

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


@settings(max_examples=400, deadline=None)
@given(patterns(), st.lists(TEXTS, min_size=1, max_size=8))
def test_every_engine_agrees(text, values):
    pattern = parse_pattern(text)
    values = [*values, *pattern.samples()]
    mine = [pattern.matches(value) for value in values]
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


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_pattern_or_a_bad_one(text):
    try:
        pattern = parse_pattern(text)
    except BadPattern:
        return
    re.compile(pattern.rust().replace("(?-u:", "(?:").replace(r"\z", r"\Z"))
