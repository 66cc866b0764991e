"""What a compute of wombat.yml becomes: runner tags, and Kubernetes' quantities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.backends.gitlab.compute import cores, quantity, resources

FACTORS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1"), (4.0, "4"), (0.5, "500m"), (1.5, "1500m"), (0.0001, "1m"), (0.1001, "101m")],
)
def test_cores(number: float, said: str) -> None:
    assert cores(number) == said


@given(size=st.integers(1, 2**50))
def test_a_quantity_is_the_same_number_of_bytes(size: int) -> None:
    said = quantity(size)
    assert int(said.rstrip("KMGTi")) * FACTORS.get(said.lstrip("0123456789"), 1) == size


def test_quantities_people_write() -> None:
    assert [quantity(n) for n in (16 * 2**30, 512 * 2**20, 4 * 10**9, 7)] == [
        *("16Gi", "512Mi", "3906250Ki", "7")
    ]


def test_tags_join_those_of_every_job_and_none_comes_twice() -> None:
    assert resources({"tags": ["big", "k8s"]}, ["k8s"]) == {"tags": ["k8s", "big"]}
    # A job's own list would replace the base's: without a tag of its own it needs none.
    assert resources({"tags": ["k8s"]}, ["k8s"]) == {}
    assert resources({}, ["k8s"]) == {}
