"""One's own commit is found wherever it is in a history, and little of it is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import memory_store
from tests.store.test_refs import change
from wombat.store import RefRecord, Store, refs
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.wrap.counting import Counting

STEPS = st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans()), max_size=14)


def _naive(store: Store, wanted: refs.Change) -> RefRecord | None:
    return next((r for r in store.ref_log("p", "main") if r.key == wanted.key), None)


@pytest.mark.slow
@pytest.mark.parametrize("atomic", [True, False])
@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_it_finds_what_reading_everything_finds(
    atomic: bool, steps: list[tuple[int, bool, bool]]
) -> None:
    """Also among forks, which two who write at the same time leave where nobody can win."""
    blobs = MemoryBlobs(atomic)
    store = memory_store(blobs, atomic=atomic)
    tried = []
    for number, (order, merge, raced) in enumerate(steps):
        wanted = change(f"run{number}", order, merge=merge)
        before = dict(blobs.objects)
        tried.append(wanted)
        store.commit_ref(wanted)
        if raced and not atomic:
            rival = change(f"rival{number}", (order * 7) % 10 + 1, merge=not merge)
            other = memory_store(MemoryBlobs(atomic, objects=before), atomic=atomic)
            other.commit_ref(rival)
            tried.append(rival)
            blobs.objects.update(before)
    for wanted in [*tried, change("never", 5), change("never", 5, merge=True)]:
        assert refs.find_commit(store.space, wanted) == _naive(store, wanted)


def test_a_publish_that_was_superseded_reads_little_when_it_is_repeated() -> None:
    store = memory_store()
    for number in range(2, 302):
        store.commit_ref(change(f"run{number}", number), tries=1)
    for order, most in ((301, 4), (300, 6), (150, 40), (1, 40)):
        counting = Counting(store.blobs)
        space = replace(store.space, blobs=counting)
        found = refs.find_commit(space, change(f"run{order}", order))
        assert (found is None) == (order == 1)
        assert counting.counts.total <= most
