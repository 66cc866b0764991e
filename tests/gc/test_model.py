"""Every schedule of the model: nothing is lost, and without any one rule something is."""

from __future__ import annotations

import os

import pytest

from tests.gc.model import CASES, RULES, main, needed, run

SOAK = bool(os.environ.get("WOMBAT_SOAK"))


@pytest.mark.slow
def test_no_schedule_loses() -> None:
    """Once more of the jumps is twenty times the states."""
    model = run(jumps=2 if SOAK else 1)
    print(f"{model.states:,} states")
    assert model.states > 40_000
    assert model.losses == 0


@pytest.mark.slow
@pytest.mark.parametrize("rule", CASES)
def test_each_rule_is_needed(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    kept, without = needed(rule)
    with capsys.disabled():
        print(f"\n  without {rule:8} {without.losses:3} of {without.states:6,} states lose", end="")
    assert kept.losses == 0
    assert without.losses > 0


def test_every_rule_is_looked_at() -> None:
    """`young` costs a long push a second try, and no data."""
    assert set(RULES) - set(CASES) == {"young"}


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main("0")
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(RULES)
