"""Every rule of the proof is listed, stands in one place, and is missed where it is broken."""

from __future__ import annotations

import pytest

from tests.schema.proof.mutations import MUTATIONS, ROOT, Mutation, survived


def test_each_mutation_is_one_place_and_in_the_docs() -> None:
    text = (ROOT / "docs" / "PROOF.md").read_text()
    for one in MUTATIONS:
        assert (ROOT / "wombat/schema/proof" / one.file).read_text().count(one.old) == 1, one
        assert f"- {one.rule}\n" in text, one.rule
    assert text.count("\n- ") == len(MUTATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("one", MUTATIONS[::13], ids=lambda one: one.rule)
def test_a_broken_rule_turns_a_test_red(one: Mutation) -> None:
    assert not survived(one)
