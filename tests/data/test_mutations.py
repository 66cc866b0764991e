"""Every listed rule of validation stands in one place, and is missed where it is broken."""

from __future__ import annotations

import pytest

from tests.data.mutations import MUTATIONS, Mutation, misplaced, survived


def test_each_mutation_is_one_place_and_one_rule() -> None:
    assert misplaced() == []
    assert len({one.rule for one in MUTATIONS}) == len(MUTATIONS)
    assert all(one.old != one.new for one in MUTATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("one", MUTATIONS[1::30], ids=lambda one: one.rule)
def test_a_broken_rule_turns_a_test_red(one: Mutation) -> None:
    assert not survived(one)
