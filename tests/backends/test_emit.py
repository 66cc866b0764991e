"""The YAML writer: what is written comes back, whatever reads it."""

from __future__ import annotations

import os
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.readers import read_1_2
from wombat.emit import Commented, Plain, emit_yaml, scalar

EXAMPLES = 5_000 if os.environ.get("WOMBAT_SOAK") else 300
NASTY = [
    *(
        "",
        " ",
        "a ",
        " a",
        "-",
        "- a",
        "?",
        "? a",
        ":",
        "a:",
        "a: b",
        "a #b",
        "#",
        "&a",
        "*a",
        "!a",
    ),
    *("|", ">", "%", "@", "`", "'", '"', "\\", "\\n", "\n", "a\nb", "\t", "\r", "\x85", "\u2028"),
    *(
        "yes",
        "no",
        "y",
        "N",
        "on",
        "Off",
        "true",
        "False",
        "null",
        "~",
        "NULL",
        "=",
        "<<",
        "---",
        "...",
    ),
    *(
        "0",
        "010",
        "0o7",
        "0x1f",
        "0b1",
        "1_0",
        "1.5",
        ".5",
        "._5",
        "._",
        "1e3",
        "1e",
        ".inf",
        "-.INF",
    ),
    *(
        ".nan",
        "12:30",
        "2026-11-01",
        "+1",
        "-1",
        "1,2",
        "🐨",
        "\x7f",
        "\x00",
        "\x1b",
        "\ufeff",
        "\ufffe",
    ),
    *(
        "é",
        "e\u0301",
        "\u200b",
        "{a}",
        "[a]",
        "{{x}}",
        "$(id)",
        "${X}",
        "$$",
        "a" * 300,
        "a b" * 90,
    ),
]
texts = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
leaves = st.none() | st.booleans() | st.integers() | texts
leaves |= st.floats(allow_nan=False, allow_infinity=False)
trees = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4),
    max_leaves=20,
)
documents = st.dictionaries(texts, trees, max_size=6).filter(bool)
law = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@law
@given(document=documents)
@example(document={"a": [1e16, 1e-7, -0.0, 5e-324, 1.7976931348623157e308]})
@example(document={"a": {"b": [[["🐨", {"no": []}], {}]]}})
def test_what_is_written_comes_back(document: dict[str, Any]) -> None:
    text = emit_yaml(document, header=["made by a test", "of 🐨 and \n breaks"])
    assert same(yaml.safe_load(text), document)
    assert same(yaml.load(text, Loader=yaml.CSafeLoader), document)
    assert same(read_1_2(text), document)
    assert emit_yaml(document) == emit_yaml(yaml.safe_load(text))


def same(one: Any, two: Any) -> bool:
    """Equal, with the same types and the same order of keys."""
    if isinstance(two, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in two)
    if isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and one == two


@pytest.mark.parametrize("text", NASTY)
def test_a_scalar_is_text_to_every_reader(text: str) -> None:
    written = f"a: {scalar(text)}\n"
    assert yaml.safe_load(written) == {"a": text}
    assert read_1_2(written) == {"a": text}


@pytest.mark.parametrize(
    "text", ["churn/load", "wombat exec churn/load --part=us", "step 1", ".wombat/x"]
)
def test_what_is_harmless_stays_plain(text: str) -> None:
    assert scalar(text) == text


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="U\\+D83D"):
        scalar("\ud83d")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        emit_yaml({"a": number})


@pytest.mark.slow
@law
@given(lines=st.lists(texts, max_size=3), document=documents)
def test_comments_change_nothing(lines: list[str], document: dict[str, Any]) -> None:
    commented = {key: Commented(value, tuple(lines)) for key, value in document.items()}
    assert yaml.safe_load(emit_yaml(commented)) == yaml.safe_load(emit_yaml(document))


def test_items_have_comments_of_their_own():
    text = emit_yaml({"a": [Commented({"b": 1, "c": [2]}, ("one",)), Commented("d", ()), "e"]})
    assert text == "a:\n  # one\n  - b: 1\n    c: [2]\n  - d\n  - e\n"


def test_marks_stand_as_they_are_and_never_in_a_flow_collection():
    mark = Plain("$[[ inputs.tags ]]")
    text = emit_yaml({"a": {"tags": mark}, "b": [mark], "c": str(mark)})
    assert text == (
        'a:\n  tags: $[[ inputs.tags ]]\nb:\n  - $[[ inputs.tags ]]\nc: "$[[ inputs.tags ]]"\n'
    )
    assert read_1_2(text) == yaml.safe_load(text)
