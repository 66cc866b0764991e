"""Values arrive as they were written: the reader of marks inverts their writer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.emit import emit_yaml
from wombat.errors import Diagnostics
from wombat.language.source import Mapping, parse_documents
from wombat.language.values import value
from wombat.plan.values import as_text, marks, resolve_value

WORDS: dict[str, dict[str, Any]] = {
    "params": {"s": "hi", "j": {"$": "params.s"}},
    "foreach": {"k": "us"},
}
KEYS = st.sampled_from(["$", "format", "text", "value", "literal", "a"])
LEAVES = st.sampled_from(
    [None, True, 0, 1.5, "", "x", "$params.s", "$$", "literal", "params.s", "format", "{s}"]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def read(text: str) -> Any:
    root = parse_documents(text.encode(), "a.yml", Diagnostics())[0].root
    assert isinstance(root, Mapping)
    written = json.dumps(value(next(iter(root.values()))))
    return json.loads(written)  # as it stands in a plan


def is_format(tree: Any) -> bool:
    """Whether somewhere `format` is the only key, which means something."""
    if isinstance(tree, dict):
        return list(tree) == ["format"] or any(is_format(item) for item in tree.values())
    return isinstance(tree, list) and any(is_format(item) for item in tree)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(TREES.filter(lambda tree: not is_format(tree)))
def test_any_json_arrives_as_it_was_written(tree: Any) -> None:
    marked = read(emit_yaml({"a": tree}))
    assert not list(marks(marked))
    assert resolve_value(marked, WORDS) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'a: {"$": 1, x: $params.s, y: {"$": 2}}',
            {"$": 1, "x": "hi", "y": {"$": 2}},
        ),
        ('a: {"$": $foreach.k}', {"$": "us"}),
        ('a: {"$": literal, value: {"$": $params.s}}', {"$": "literal", "value": {"$": "hi"}}),
        ('a: {"$": [{format: "{s}-{k}"}]}', {"$": ["hi-us"]}),
        ("a: $params.j", {"$": "params.s"}),
    ],
)
def test_references_beside_a_dollar_key(text: str, expected: Any) -> None:
    marked = read(text)
    assert resolve_value(marked, WORDS) == expected
    assert list(marks(marked))


@pytest.mark.parametrize(
    "item", ["3.10", "1.0e-3", "0x10", "010", "no", "true", "12:30", "1_000", "~x", "0o17"]
)
def test_a_commands_words_keep_their_spelling(item: str) -> None:
    from wombat.language.pipeline import TaskDecl

    root = parse_documents(f"command: [x, {item}]".encode(), "a.yml", Diagnostics())[0].root
    command = TaskDecl.model_validate(root).command
    assert command is not None
    assert [as_text(resolve_value(word, WORDS)) for word in command] == ["x", item]


def test_a_commands_references_are_still_references() -> None:
    from wombat.language.pipeline import TaskDecl

    text = """command: [$params.s, "$params.s", $$x, {format: "{s}.csv"}, {a: 1}, [3.10]]"""
    root = parse_documents(text.encode(), "a.yml", Diagnostics())[0].root
    words = [as_text(resolve_value(w, WORDS)) for w in TaskDecl.model_validate(root).command or ()]
    assert words == ["hi", "$params.s", "$x", "hi.csv", '{"a":1}', "[3.1]"]


def test_an_environments_text_stays_text() -> None:
    from wombat.language.pipeline import TaskDecl

    text = """{shell: x, env: {A: 3.10, B: no, C: $$x, D: "$params.s", E: a$b, F: "$$x"}}"""
    root = parse_documents(text.encode(), "a.yml", Diagnostics())[0].root
    env = TaskDecl.model_validate(root).env
    assert env == {"A": "3.10", "B": "no", "C": "$x", "D": "$params.s", "E": "a$b", "F": "$$x"}
