"""Packs and manifests: what is written is read back, and what is wrong is told."""

from __future__ import annotations

import contextlib
import random

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import memory_store
from wombat.digest import Digest, digest_bytes
from wombat.store import names
from wombat.store.chunking import Chunker
from wombat.store.manifests import Header, ManifestWriter
from wombat.store.packs import PackWriter, decompress, read_table
from wombat.store.reading import open_manifest
from wombat.store.records import Artifact, Mismatch
from wombat.store.sections import (
    ChunkRow,
    PackRow,
    read_chunks,
    read_files,
    read_packs,
    write_chunk,
    write_file,
    write_packs,
)
from wombat.store.tree import File, order

U32 = st.integers(0, 2**32 - 1)
HASH = st.binary(min_size=32, max_size=32)
STEP = st.text(st.characters(codec="ascii", min_codepoint=48, max_codepoint=122), min_size=1).map(
    lambda s: s.replace("\\", "_").lower()
)
PATHS = st.lists(st.lists(STEP, min_size=1, max_size=3).map("/".join), unique=True, max_size=12)


@given(st.lists(st.binary(max_size=300), max_size=40), st.integers(50, 2000), st.integers(20, 500))
def test_every_chunk_of_a_pack_comes_back(pieces: list[bytes], target: int, frame: int) -> None:
    packs: dict[int, bytes] = {}
    begun: list[int] = []

    def begin() -> int:
        begun.append(len(begun))
        return begun[-1]

    def put(ordinal: int, digest: Digest, data: bytes) -> None:
        assert digest == digest_bytes(data)
        packs[ordinal] = data

    writer = PackWriter(begin, put, target, frame)
    placed = [(p, writer.add(blake3(p).digest(), p)) for p in pieces]
    writer.close()
    assert sorted(packs) == begun
    for piece, place in placed:
        data = packs[place.pack][place.offset : place.offset + place.length]
        raw = decompress(place.codec, data, 1 << 20)
        assert raw[place.inside : place.inside + place.raw] == piece
    rows = [row for n in sorted(packs) for row in read_table(packs[n])]
    assert [r.chunk for r in rows] == [blake3(p).digest() for p in pieces]


@given(st.lists(st.builds(ChunkRow, HASH, st.just(9), U32, U32, st.just(9), U32, st.just(1))))
def test_chunk_rows(rows: list[ChunkRow]) -> None:
    rows = [r for r in rows if r.inside < 2**20]
    data = b"".join(write_chunk(r) for r in rows)
    assert read_chunks(data, len(rows)) == rows


@given(st.lists(st.tuples(HASH, U32, U32, st.sampled_from(["", "t/shop", "u/a.b"]))))
def test_pack_rows(rows: list[tuple[bytes, int, int, str]]) -> None:
    packs = [PackRow(Digest(h.hex()), size, used, zone) for h, size, used, zone in rows]
    assert read_packs(write_packs(packs), len(packs)) == packs


@given(PATHS, st.data())
def test_file_rows(paths: list[str], data: st.DataObject) -> None:
    files = [
        File(p, data.draw(st.booleans()), data.draw(st.integers(0, 2**50)), digest_bytes(b""))
        for p in sorted(paths, key=order)
    ]
    raw, before, start = b"", b"", 7
    for n, file in enumerate(files):
        raw += write_file(file, n, before)
        before = file.path.encode()
    rows = list(read_files(raw, len(files), 3, 7))
    assert [r.file for r in rows] == files
    for n, row in enumerate(rows):
        assert (row.chunks, row.start) == (n, start)
        start += row.file.size


@pytest.mark.parametrize("path", ["../x", "/x", "a/../x", "a\0", "a\n"])
def test_hostile_paths_in_a_manifest_are_refused(path: str) -> None:
    raw = write_file(File(path, False, 0, digest_bytes(b"")), 0, b"")
    with pytest.raises(Mismatch):
        list(read_files(raw, 1, 0, 0))


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 5))
def test_noise_is_a_mismatch_and_nothing_else(data: bytes, count: int) -> None:
    for read in (read_packs, read_chunks, lambda d, n: list(read_files(d, n, 0, 0))):
        with contextlib.suppress(Mismatch):
            read(data, count)
    for codec in (0, 1, 2):
        with contextlib.suppress(Mismatch):
            decompress(codec, data, 1000)
    with contextlib.suppress(Mismatch):
        read_table(data)
    with pytest.raises(ValueError, match=r"."):
        Header.decode(data)


def test_a_zstd_bomb_is_refused() -> None:
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(50 << 20))
    with pytest.raises(Mismatch):
        decompress(1, bomb, 1 << 20)
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1000))
    with pytest.raises(Mismatch):
        decompress(1, unsized, 1 << 20)


def test_one_file_of_many_is_found_by_reading_one_block() -> None:
    store = memory_store()
    writer = ManifestWriter("directory", Chunker())
    paths = sorted((f"d{n % 97}/f{n}" for n in range(40_000)), key=order)
    for path in paths:
        writer.add(File(path, False, 0, digest_bytes(path.encode())), 0)
    header, data = writer.finish(())
    artifact = Artifact(header.content, digest_bytes(header.encode()))
    key = names.manifest("t/shop", artifact.content, artifact.manifest)
    store.blobs.put(key, data)
    assert len(header.sections["F"]) == 3

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(store.blobs, name)

        def get_range(self, key: str, start: int, length: int) -> bytes:
            spans.append(length)
            return store.blobs.get_range(key, start, length)

    for path in random.Random(1).sample(paths, 5):
        spans: list[int] = []
        manifest = open_manifest(memory_store(Counting()).space, artifact)
        assert manifest.find(path).file.path == path
        assert len(spans) <= 3
        assert sum(spans) < len(data) * 0.6
    assert [f.path for f in store.manifest(artifact)] == paths
