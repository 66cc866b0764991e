"""YAML 1.2's core schema, by table; and what is refused because other tools read it otherwise."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from pydantic_core import PydanticCustomError

from wombat.errors import Diagnostics
from wombat.language.scalars import ambiguity, free, resolve
from wombat.language.source import Mapping, Scalar, parse_documents
from wombat.language.values import value

TABLE: list[tuple[str, Any]] = [
    ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
    ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"),
    ("false", False), ("False", False), ("FALSE", False),
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("N", "N"),
    ("0", 0), ("-0", 0), ("+12", 12), ("010", 10), ("0o17", 15), ("0x1F", 31), ("-12", -12),
    ("0b11", "0b11"), ("1_000", "1_000"), ("0o8", "0o8"), ("0xG", "0xG"), ("--1", "--1"),
    ("1.5", 1.5), ("-.5", -0.5), ("+1.", 1.0), ("1e3", 1000.0), ("1E-2", 0.01), (".", "."),
    ("1.2.3", "1.2.3"), ("1e", "1e"), (".inf", math.inf), ("-.INF", -math.inf), ("inf", "inf"),
    ("12:30", "12:30"), ("2026-11-01", "2026-11-01"), ("17.10", 17.1), ("1e999", math.inf),
    ("\u0661", "\u0661"), ("1 ", 1), ("'1'", "1"), ('"true"', "true"), ("'~'", "~"),
]  # fmt: skip


def parsed(text: str) -> Scalar:
    documents = parse_documents(f"a: {text}\n".encode(), "a.yml", Diagnostics())
    root = documents[0].root
    assert isinstance(root, Mapping)
    node = next(iter(root.values()))
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_resolve(text: str, expected: Any) -> None:
    found = resolve(parsed(text))
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text", ["9" * 4001, "0x" + "f" * 3900, "0x" + "f" * 9000, "-" + "9" * 4001]
)
def test_numbers_that_nobody_can_write_down_are_infinite(text: str) -> None:
    assert resolve(parsed(text)) == (-math.inf if text[0] == "-" else math.inf)
    with pytest.raises(PydanticCustomError):
        free(parsed(text))
    assert free(parsed(f'"{text}"')) == text


@pytest.mark.parametrize("text", ["9" * 4000, "0x" + "f" * 3300, "-" + "9" * 3999])
def test_long_numbers_are_numbers(text: str) -> None:
    assert json.loads(json.dumps(free(parsed(text)))) == int(text, 0)


def test_not_a_number() -> None:
    found = resolve(parsed(".nan"))
    assert isinstance(found, float)
    assert math.isnan(found)


OTHERWISE = [
    *("yes", "Yes", "YES", "no", "No", "on", "off", "y", "Y", "n", "N"),
    *("010", "0o17", "-07", "0_7", "1_000", "1_000.5", "0b11"),
    *("12:30", "1:30:00", "-1:30.5", "2026-11-01", "2026-1-1"),
]
SAFE = [
    *("true", "false", "null", "~", "0", "12", "-3", "1.5", "0x1F", "text", "17.10", "v1"),
    *("1.2.3", "nope", "yesterday", "08:ab", "1:99", "a_1"),
]


@pytest.mark.parametrize("text", OTHERWISE)
def test_what_other_tools_read_otherwise_wants_quotes(text: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        free(parsed(text))
    assert caught.value.type.startswith("yaml-")
    assert caught.value.context is not None
    assert f'write "{text}"' in caught.value.context["hint"]
    assert free(parsed(f'"{text}"')) == text


@pytest.mark.parametrize("text", SAFE)
def test_what_all_read_alike_is_free(text: str) -> None:
    assert free(parsed(text)) == resolve(parsed(text))


@pytest.mark.parametrize("text", SAFE)
def test_the_refusals_are_complete_against_a_yaml_1_1_reader(text: str) -> None:
    theirs, ours = yaml.safe_load(text), resolve(parsed(text))
    assert theirs == ours


def test_a_yaml_1_1_reader_agrees_wherever_nothing_is_refused() -> None:
    pieces = ("0", "1", "7", "8", "9", "_", ":", ".", "-", "+", "e", "x", "o", "b", "n", "y", "a")
    seen = 0
    for one in pieces:
        for two in pieces:
            for three in pieces:
                text = one + two + three
                if text.endswith(":") or text[0] in "-:" or _read(text) is None:
                    continue
                node = parsed(text)
                if ambiguity(node) is None and not _known_difference(text):
                    theirs = yaml.safe_load(text)
                    assert (theirs, type(theirs)) == (resolve(node), type(resolve(node))), text
                    seen += 1
    assert seen > 2_000


def _read(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None


def _known_difference(text: str) -> bool:
    """Floats that YAML 1.1 takes for text, and underscores where only some tools allow them."""
    return "e" in text or "_" in text or text.startswith(("+.", "-."))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$params.a", {"$": "params.a"}),
        ("$foreach.region", {"$": "foreach.region"}),
        ("'$params.a'", "$params.a"),
        ("$$HOME", "$HOME"),
        ("$$$x", "$$x"),
        ("a$params.b", "a$params.b"),
        ("{format: 'x{a}'}", {"$": "format", "text": "x{a}"}),
        ("{format: 'x{a}', b: 1}", {"format": "x{a}", "b": 1}),
        ("{'$': 1}", {"$": "literal", "value": {"$": 1}}),
        ("[1, $params.a, {b: $foreach.c}]", [1, {"$": "params.a"}, {"b": {"$": "foreach.c"}}]),
    ],
)
def test_values(text: str, expected: Any) -> None:
    documents = parse_documents(f"a: {text}\n".encode(), "a.yml", Diagnostics())
    root = documents[0].root
    assert isinstance(root, Mapping)
    assert value(next(iter(root.values()))) == expected


@pytest.mark.parametrize(
    "text", ["$x", "$params", "$params.A", "$nowhere.a", "$", "${a}", "$a.b.c"]
)
def test_what_looks_like_a_reference_is_one_or_an_error(text: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        value(parsed(f"{text} " if text.endswith("}") else text))
    assert caught.value.type == "invalid-reference"
