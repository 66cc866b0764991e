"""Readers take no more of an object than the format allows, whatever somebody put there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.digest import Digest, digest_bytes
from wombat.errors import StoreDamaged
from wombat.store import Artifact, names
from wombat.store.manifests import ROWS, Block, Header
from wombat.store.moved import find_moved
from wombat.store.reading import open_alone
from wombat.store.records import LIMIT, Mismatch, seal, unseal
from wombat.store.wrap.counting import Counting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCK = Block(0, 10, 10, ROWS, 0, "ab" * 32)


@pytest.mark.slow
def test_little_is_read_of_a_record_that_is_too_long() -> None:
    store = memory_store()
    outputs = {"o": {"C": "ab" * 32, "M": "ab" * 32, "packs": []}}
    objects = store.blobs.objects  # type: ignore[attr-defined]
    ref = names.ref("t/shop", "p", "heads", "main", 1, None)
    moved = names.build("moved", zone="t/shop", digest="ab" * 32, move="1")
    header = names.header("t/shop", "p", "r1")
    result = names.result("t/shop", "ab" * 32, "r1", 1)
    for key, kind in ((ref, "ref"), (moved, "moved"), (header, "header"), (result, "result")):
        objects[key] = (seal(key, kind, {"outputs": outputs}) + b" " * (40 << 20), 0.0)
    counting = Counting(store.blobs)
    reader = memory_store(counting)
    for read in (
        lambda: reader.head("p", "main"),
        lambda: reader.header("p", "r1"),
        lambda: find_moved(reader.space, "t/shop", Digest("ab" * 32)),
    ):
        with pytest.raises(StoreDamaged):
            read()
    assert reader.find_result("ab" * 32) is None
    assert counting.counts.received < 30 * LIMIT


def test_a_record_has_at_most_a_mebibyte() -> None:
    shape = {"text": "x" * LIMIT}
    with pytest.raises(Mismatch, match="too long"):
        unseal("k", "header", seal("k", "header", shape))
    unseal("k", "moved", seal("k", "moved", shape))  # it may hold another one


@pytest.mark.parametrize(
    "sections",
    [
        {"F": (replace(BLOCK, count=ROWS + 1),)},
        {"C": (replace(BLOCK, count=ROWS - 1), BLOCK)},
        {"C": (BLOCK, replace(BLOCK, count=ROWS + 1))},
        {"P": (BLOCK, BLOCK)},
        {"I": (BLOCK, BLOCK)},
    ],
)
def test_blocks_have_as_many_rows_as_the_format_says(sections: dict[str, tuple[Block]]) -> None:
    sound = {name: (BLOCK, replace(BLOCK, count=5)) for name in "FC"} | {"P": (BLOCK,), "I": ()}
    header = Header("x", Digest("ab" * 32), 1, 1, 1, {}, sound)
    assert Header.decode(header.encode()).sections["C"] == sound["C"]
    with pytest.raises(ValueError, match="block of"):
        Header.decode(replace(header, sections={**sound, **sections}).encode())


def test_a_manifest_of_other_blocks_is_damaged(
    folder: Callable[[dict[str, bytes]], Path],
) -> None:
    store = memory_store()
    made = store.push_tree(folder({"a": b"1"}), type="x")
    objects = store.blobs.objects  # type: ignore[attr-defined]
    raw = objects[names.manifest("t/shop", made.content, made.manifest)][0]
    length = int.from_bytes(raw[8:12], "big")
    header = Header.decode(raw[12 : 12 + length])
    (block,) = header.sections["F"]
    wrong = replace(header, sections={**header.sections, "F": (replace(block, count=ROWS + 1),)})
    data = wrong.encode()
    digest = Digest(digest_bytes(data))
    key = names.manifest("t/shop", made.content, digest)
    objects[key] = (raw[:8] + len(data).to_bytes(4, "big") + data + raw[12 + length :], 0.0)
    with pytest.raises(StoreDamaged, match="readable header"):
        open_alone(store.space, Artifact(made.content, digest))
