"""Every schedule of the model: the target is right, and without any one rule it isn't."""

from __future__ import annotations

import os

import pytest

from tests.lakefs.faults.model import CASES, LONG, RULES, WORLDS, explore

SOAK = bool(os.environ.get("WOMBAT_SOAK"))


@pytest.mark.slow
def test_no_schedule_loses() -> None:
    models = [explore(world) for world in (*WORLDS, *(LONG if SOAK else ()))]
    states = sum(model.states for model in models)
    print(f"{states:,} states")
    assert states > 30_000
    assert [model.losses for model in models if model.losses] == []


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_needed(rule: str) -> None:
    assert explore(CASES[rule], rule, first=True).losses
