"""Labels: short, of safe characters, made of the values alone, and one a part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.language.label import MAX_LABEL, is_label, label_of
from wombat.plan.foreach import expand
from wombat.store.names import attempt

VALUES = st.text(max_size=45) | st.text("ab.-_1", max_size=42) | st.just("x" * 40)


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_a_label_can_name_a_job_a_folder_and_a_key(values: list[str]) -> None:
    label = label_of(values)
    assert is_label(label)
    assert len(label) <= MAX_LABEL
    assert attempt("local/demo", "p", "r", "task", label, 1).endswith(f"task={label}/1")


@pytest.mark.parametrize(
    ("values", "plain"),
    [
        (["us"], True),
        (["us", "2026-01"], True),
        (["x" * 40, "y" * 40], True),
        (["x" * 40, "y" * 40, "z" * 40], False),
        (["x" * 41], False),
        ([".."], False),
        (["a,b"], False),
        ([""], False),
    ],
)
def test_plain_values_that_are_short_together_are_the_label(values: list[str], plain: bool) -> None:
    assert (label_of(values) == ",".join(values)) is plain


def test_five_long_values_have_labels_of_their_own() -> None:
    keys = {f"k{n}": [f"{n}{c}" * 20 for c in "ab"] for n in range(5)}
    labels = [part.label for part in expand(keys)]
    assert len(set(labels)) == 32
    assert {len(label) for label in labels} == {12}
    assert not is_label(",".join(["x" * 40] * 5))
