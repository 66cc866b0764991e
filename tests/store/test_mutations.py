"""The patches that take safety rules out still fit the code; `make soak` runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.mutations import MUTATIONS, TREE, Mutation


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda one: one.rule.replace(" ", "-"))
def test_the_patch_fits(one: Mutation) -> None:
    assert one.old in (TREE / one.path).read_text(), f"{one.path} says it otherwise now"
    assert one.old != one.new
    assert all(Path(TREE, test).exists() for test in one.tests)
