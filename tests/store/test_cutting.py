"""By which chunker an artifact is cut."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.store.chunking import FINE, Chunker
from wombat.store.push import Sizes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.store import Store
    from wombat.store.records import Artifact

    Folder = Callable[[dict[str, bytes]], Path]

NOISE = random.Random(1).randbytes(400_000)
OTHER = Chunker(4096, 1024, 16384, 2)


def cut_by(store: Store, artifact: Artifact) -> Chunker | None:
    return Chunker.from_json(store.manifest(artifact).header.chunker)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"data.parquet": b"PAR1" + NOISE}, FINE),
        ({"a": b"PAR1" + NOISE, "b": NOISE}, FINE),
        ({"data.csv": NOISE}, Chunker()),
        ({"a": b"", "b": b"PAR1" + NOISE}, Chunker()),
    ],
)
def test_the_first_version_by_its_bytes(
    folder: Folder, files: dict[str, bytes], expected: Chunker
) -> None:
    store = memory_store()
    assert cut_by(store, store.push_tree(folder(files), type="file")) == expected


def test_the_next_as_the_one_before(folder: Folder) -> None:
    """Also where its bytes say otherwise."""
    store = memory_store()
    first = store.push_tree(folder({"x": NOISE}), type="file", sizes=Sizes(chunker=OTHER))
    second = store.push_tree(folder({"x": b"PAR1" + NOISE}), type="file", base=[first])
    assert cut_by(store, second) == OTHER


def test_neither_by_inputs_of_another_type_nor_by_what_was_never_cut(folder: Folder) -> None:
    store = memory_store()
    table = folder({"x": NOISE})
    text = store.push_tree(table, type="text", sizes=Sizes(chunker=OTHER))
    small = store.push_tree(folder({"x": b"1"}), type="dataframe")
    made = store.push_tree(folder({"x": b"PAR1" + NOISE}), type="dataframe", base=[small, text])
    assert cut_by(store, made) == FINE
