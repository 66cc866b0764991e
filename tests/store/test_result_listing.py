"""Which of many keys have results: exactly those, in few requests where they may be few."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wombat.store import names, result_listing
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.result_listing import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.store.blobs import Entry

ZONE = "u/my-shop"
PAGE = 10


@dataclass
class Counted(MemoryBlobs):
    """Counts pages as a server gives them: one that isn't full is the last."""

    pages: list[str] = field(default_factory=list)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        self.pages.append(prefix)
        found = MemoryBlobs.entries(self, prefix, after=after)
        for number, one in enumerate(found, start=1):
            yield one
            if number % PAGE == 0:
                self.pages.append(prefix)


def key_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def filled(numbers: range | list[int], attempts: int = 1) -> Counted:
    blobs = Counted()
    for number in numbers:
        for attempt in range(attempts):
            blobs.create(names.result(ZONE, key_of(number), f"run-{number}", attempt + 1), b"{}")
    blobs.create(f"{ZONE}/runs/p/r/header", b"{}")
    return blobs


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_listing, "PAGE", PAGE)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 60), unique=True, max_size=40),
    st.lists(st.integers(0, 80), max_size=40),
    st.integers(1, 12),
    st.booleans(),
)
@example([1, 2, 3], [2] * 9, 12, True)
@example([], [1, 2, 3, 4, 5, 6], 1, True)
@example(list(range(40)), list(range(80)), 1, True)
@example(list(range(40)), list(range(80)), 12, True)
def test_exactly_what_stands_is_found(
    there: list[int], asked: list[int], attempts: int, far: bool
) -> None:
    blobs, keys = filled(there, attempts), [key_of(one) for one in asked]
    found = entries_of(blobs, ZONE, keys, far=far)
    told = {key: [one.key for one in entries] for key, entries in found.items()}
    expected = {
        key_of(one): sorted(
            names.result(ZONE, key_of(one), f"run-{one}", n + 1) for n in range(attempts)
        )
        for one in {*there} & {*asked}
    }
    assert told == expected


@pytest.mark.parametrize(
    ("results", "asked", "most"),
    [(0, 200, 1), (9, 200, 1), (60, 200, 12), (300, 200, 61), (2000, 200, 201), (2000, 4, 4)],
)
def test_requests_are_few_where_results_are(results: int, asked: int, most: int) -> None:
    blobs = filled(range(results))
    entries_of(blobs, ZONE, [key_of(-one) for one in range(1, asked + 1)], far=True)
    assert len(blobs.pages) <= most


def test_a_folder_is_asked_for_each_key() -> None:
    blobs = filled(range(300))
    entries_of(blobs, ZONE, [key_of(one) for one in range(50)], far=False)
    assert len(set(blobs.pages)) == 50
