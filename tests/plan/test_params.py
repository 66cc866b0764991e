"""Parameters: what a run gives, as text, becomes values of their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wombat.api.project import check
from wombat.errors import UsageFault
from wombat.plan.ir import Param
from wombat.plan.params import given_params

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = (
    Param("days", "int", 30, min=1, max=90),
    Param("rate", "float", 0.5),
    Param("flag", "bool", default=False),
    Param("word", "string", "x", choices=("x", "y")),
    Param("free", "json", None),
)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("days", "7", 7),
        ("rate", "2", 2.0),
        ("rate", "1e-3", 0.001),
        ("flag", "true", True),
        ("word", "y", "y"),
        ("free", '{"a": [1, null]}', {"a": [1, None]}),
        ("free", '"text"', "text"),
    ],
)
def test_what_is_given(name: str, text: str, expected: Any) -> None:
    found = given_params(PARAMS, {name: text})
    assert found[name] == expected
    assert type(found[name]) is type(expected)
    others = {p.name: p.default for p in PARAMS if p.name != name}
    assert {key: value for key, value in found.items() if key != name} == others


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("days", "0", "expected at least 1"),
        ("days", "91", "expected at most 90"),
        ("days", "7.5", "expected a whole number"),
        ("days", "true", "expected a whole number"),
        ("days", "seven", "expected a whole number"),
        ("days", "", "expected a whole number"),
        ("rate", "NaN", "expected a number"),
        ("rate", "Infinity", "expected a number"),
        ("rate", "1e999", "expected a number"),
        ("free", "[" * 100_000, "expected JSON"),
        ("flag", "yes", "expected true or false"),
        ("flag", "1", "expected true or false"),
        ("word", "z", 'expected one of "x", "y"'),
        ("free", "{", "expected JSON"),
        ("free", "NaN", "expected JSON"),
        ("free", '"\\ud800"', "expected JSON"),
        ("free", '{"\\udfff": 1}', "expected JSON"),
        ("word", "a\udcff", "expected text"),
        ("dayz", "1", "no parameter 'dayz'"),
    ],
)
def test_what_does_not_fit(name: str, text: str, said: str) -> None:
    with pytest.raises(UsageFault) as caught:
        given_params(PARAMS, {name: text})
    assert caught.value.code == "param-invalid"
    assert said in caught.value.message


def test_a_required_one_must_be_given() -> None:
    with pytest.raises(UsageFault, match="has no default") as caught:
        given_params((Param("days", "int", required=True),), {})
    assert caught.value.code == "param-missing"
    assert caught.value.hint == "-P days=…"


def test_a_float_is_a_float_however_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "p.yml").write_text(
        "pipeline: p\nparams: {f: {type: float, default: 1}}\n"
        "tasks: {t: {shell: 'true', outputs: {o: {type: json}}}}\n"
    )
    params = check(tmp_path).plans["p"].params
    for given in ({}, {"f": "1"}):
        assert type(given_params(params, given)["f"]) is float
