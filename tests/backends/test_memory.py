"""What GitLab's limit counts, against what a real Ruby said of the same documents."""

from __future__ import annotations

from typing import Any

import pytest

from wombat.backends.gitlab.memory import parsed_bytes

JOB = {
    "needs": ["a", "b"],
    "retry": {"max": 1, "exit_codes": [12, 13]},
    "script": ["wombat exec churn/score --part=us"],
}
# Ruby 3.1.2: ObjectSpace.memsize_of over what Psych made of each.
MEASURED: dict[str, tuple[Any, int]] = {
    "a text of 15": ("a" * 15, 40),
    "a text of 23": ("a" * 23, 40),
    "a text of 24": ("a" * 24, 65),
    "a text of 56": ("a" * 56, 97),
    "a text of 200": ("a" * 200, 241),
    "a text of 700": ("a" * 700, 741),
    "a list of 3": ([1, 2, 3], 40),
    "a list of 4": ([1] * 4, 200),
    "a list of 17": ([1] * 17, 200),
    "a list of 50 texts": (["x"] * 50, 2488),
    "a key": ({"a": 1}, 208),
    "8 keys": ({chr(97 + number): 1 for number in range(8)}, 488),
    "9 keys": ({chr(97 + number): 1 for number in range(9)}, 1288),
    "20 keys": ({f"k{number}": None for number in range(20)}, 1728),
    "1000 keys": ({f"k{number}": True for number in range(1000)}, 68_768),
    "a job": ({"job": JOB}, 1018),
}


@pytest.mark.parametrize("name", MEASURED)
def test_never_less_than_ruby_takes_and_not_far_more(name: str) -> None:
    value, measured = MEASURED[name]
    assert measured <= parsed_bytes(value) <= 2 * measured


def test_of_a_job_it_is_close() -> None:
    value, measured = MEASURED["a job"]
    assert parsed_bytes(value) < 1.1 * measured
