"""Gather jobs: few enough needs at every place, and the same jobs behind them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.backends.gitlab.gather import Gathered, gathered


def names(count: int, prefix: str = "j") -> tuple[str, ...]:
    return tuple(f"{prefix}{number:05}" for number in range(count))


def behind(found: Gathered, needs: tuple[str, ...]) -> list[str]:
    """The jobs that stand behind what stands in for `needs`, through all tiers."""
    made = {one.name: one.needs for jobs in found.made.values() for one in jobs}
    waiting, reached = list(found.instead.get(needs, needs)), []
    while waiting:
        name = waiting.pop(0)
        waiting[:0] = made.get(name, ())
        if name not in made:
            reached.append(name)
    return reached


@given(count=st.integers(0, 3000), limit=st.integers(2, 60))
def test_each_need_once_and_never_too_many(count: int, limit: int) -> None:
    needs = names(count)
    found = gathered("p", [("t", needs)], limit)
    assert behind(found, needs) == list(needs)
    made = [one for jobs in found.made.values() for one in jobs]
    assert all(1 < len(one.needs) <= limit for one in made)
    assert len(found.instead.get(needs, needs)) <= limit
    total = len(made)
    assert [one.name for one in made] == [
        f"p/gather-t: [{number}/{total}]" for number in range(1, total + 1)
    ]
    before: set[str] = set(needs)
    for one in made:  # each after what it waits for
        assert before.issuperset(one.needs)
        before.add(one.name)


@pytest.mark.parametrize(
    ("count", "jobs"), [(50, 0), (51, 1), (52, 2), (120, 3), (2500, 50), (2501, 51), (2550, 52)]
)
def test_how_many_there_are(count: int, jobs: int) -> None:
    needs = names(count)
    assert len(gathered("p", [("t", needs)], 50).made.get(needs, [])) == jobs


def test_jobs_with_the_same_needs_share_them() -> None:
    needs = names(120)
    found = gathered("p", [("a", needs), ("b", needs), ("publish", needs)], 50)
    assert [one.name for one in found.made[needs]] == [
        f"p/gather-a: [{number}/3]" for number in (1, 2, 3)
    ]


def test_parts_of_a_task_with_needs_of_their_own_count_together() -> None:
    one, two = names(60, "x"), names(70, "y")
    found = gathered("p", [("t", one), ("t", two)], 50)
    said = [made.name for needs in (one, two) for made in found.made[needs]]
    assert said == [f"p/gather-t: [{number}/4]" for number in (1, 2, 3, 4)]
