"""A put of an earlier try that lands late, between any two requests of the next one."""

from __future__ import annotations

import pytest

from tests.store.conftest import memory_store
from tests.store.test_refs import change
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.wrap.around import Around


class Late(Around):
    """Before request number `at` the record of the earlier try lands, if its name is free."""

    def __init__(self, inner: MemoryBlobs, key: str, data: bytes, at: int) -> None:
        super().__init__(inner)
        self.key, self.data, self.left = key, data, at

    def __getattribute__(self, name: str) -> object:
        if name in ("get", "create", "list", "folders", "entries", "stat"):
            if self.left == 0:
                self.inner.create(self.key, self.data)
            self.left -= 1
        return super().__getattribute__(name)


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("at", range(12))
def test_a_late_put_is_recognised_whenever_it_lands(before: int, at: int) -> None:
    blobs = MemoryBlobs()
    for number in range(before):
        memory_store(blobs).commit_ref(change(f"first{number}"))
    memory_store(blobs).commit_ref(change("ours"))
    key = next(k for k in blobs.objects if f"{2**63 - before - 1:016x}" in k)
    data = blobs.objects.pop(key)[0]
    again = memory_store(Late(blobs, key, data, at)).commit_ref(change("ours"))
    assert again.outcome in ("already", "published")
    log = [record.run for record in memory_store(blobs).ref_log("p", "main")]
    assert log == ["ours", *(f"first{n}" for n in reversed(range(before)))]
