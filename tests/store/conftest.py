"""Stores and folders that the tests of the store share."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from wombat.store import Store, open_store
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.space import Space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    address = {"memory": f"memory:{secrets.token_hex(8)}", "local": str(tmp_path / "store")}
    return open_store(address[request.param], project="shop", zone="local")


@pytest.fixture
def memory() -> Store:
    return memory_store()


def memory_store(blobs: object = None, *, atomic: bool = True, zone: str = "t/shop") -> Store:
    space = Space(blobs or MemoryBlobs(atomic), zone, (zone,), atomic)  # type: ignore[arg-type]
    return Store(space, "memory:")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Callable[[dict[str, bytes]], Path]]:
    def make(files: dict[str, bytes]) -> Path:
        top = tmp_path / secrets.token_hex(4)
        top.mkdir()
        for path, data in files.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(data)
        return top

    return make
