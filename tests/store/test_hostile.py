"""Manifests that a hostile writer made: refused, and nothing is written anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.digest import digest_bytes
from wombat.errors import StoreDamaged
from wombat.store import Artifact, File, Store, names
from wombat.store.chunking import Chunker
from wombat.store.manifests import ManifestWriter
from wombat.store.sections import ChunkRow, PackRow

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"owned"


def hostile(
    store: Store,
    files: list[tuple[str, bytes]],
    *,
    claim: str | None = None,
    packs: list[PackRow] | None = None,
    chunks: list[ChunkRow] | None = None,
) -> Artifact:
    """A manifest with honest digests of dishonest rows; `claim` is put in as the content digest."""
    writer = ManifestWriter("directory", Chunker())
    for path, data in files:
        writer.add(File(path, False, len(data), digest_bytes(data)), 1 if chunks else 0)
    if chunks:
        writer.add_chunks(chunks)
    if claim:
        writer.content.finish = lambda: claim  # type: ignore[method-assign,assignment,return-value]
    header, manifest = writer.finish(packs or [], b"" if chunks else b"".join(d for _, d in files))
    digest = digest_bytes(header.encode())
    store.blobs.put(names.manifest(store.zone, header.content, digest), manifest)
    return Artifact(header.content, digest)


def refused(store: Store, artifact: Artifact, top: Path) -> None:
    (top / "inner").mkdir(exist_ok=True)
    before = sorted(top.rglob("*"))
    with pytest.raises(StoreDamaged):
        store.fetch_tree(artifact, top / "inner" / "out")
    assert sorted(top.rglob("*")) == before


@pytest.mark.parametrize(
    "path",
    [
        "../evil",
        "../../evil",
        "/tmp/wombat-evil",
        "a/../../evil",
        "..",
        ".",
        "a//b",
        "a\nb",
        "a\\b",
        "a/",
        "x" * 256,
        "e\u0301",
    ],
)
def test_paths_never_leave_their_folder(memory: Store, tmp_path: Path, path: str) -> None:
    artifact = hostile(memory, [(path, DATA)])
    refused(memory, artifact, tmp_path)
    with pytest.raises(StoreDamaged):
        list(memory.manifest(artifact))


@pytest.mark.parametrize(
    "paths", [["A", "a"], ["a", "a/b"], ["a", "a"], ["b", "a"], ["K", "k"], ["A/x", "a/y"]]
)
def test_paths_never_fall_together(memory: Store, tmp_path: Path, paths: list[str]) -> None:
    refused(memory, hostile(memory, [(p, DATA) for p in paths]), tmp_path)


def test_a_claimed_content_digest_is_computed_again(memory: Store, tmp_path: Path) -> None:
    refused(memory, hostile(memory, [("a", DATA)], claim="ab" * 32), tmp_path)


def test_a_manifest_of_other_content_isnt_taken(memory: Store) -> None:
    honest = hostile(memory, [("a", DATA)])
    key = names.manifest(memory.zone, honest.content, honest.manifest)
    other = Artifact(digest_bytes(b"other"), honest.manifest)  # type: ignore[arg-type]
    memory.blobs.put(
        names.manifest(memory.zone, other.content, other.manifest), memory.blobs.get(key)
    )
    with pytest.raises(StoreDamaged):
        memory.manifest(other)


@pytest.mark.parametrize("what", ["chunk", "file", "pack", "ordinal", "length"])
def test_chunks_that_lie(memory: Store, tmp_path: Path, what: str) -> None:
    body = DATA + b"x" * 100
    pack = digest_bytes(body)
    memory.blobs.put(names.pack(memory.zone, pack), body)
    good = digest_bytes(DATA)
    row = ChunkRow(
        hash=bytes.fromhex(digest_bytes(b"no") if what == "chunk" else good),
        raw=len(DATA),
        pack=7 if what == "ordinal" else 0,
        offset=0,
        length=3 if what == "length" else len(DATA),
        inside=0,
        codec=0,
    )
    name = digest_bytes(b"gone") if what == "pack" else pack
    packs = [PackRow(name, len(body), len(DATA))]
    data = b"other" if what == "file" else DATA
    refused(memory, hostile(memory, [("a", data)], packs=packs, chunks=[row]), tmp_path)


def test_a_link_that_takes_a_folders_place_isnt_followed(tmp_path: Path) -> None:
    from wombat.store.pull import Below

    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "a").symlink_to(tmp_path / "out")
    with Below(tmp_path / "in") as below:
        with pytest.raises(OSError, match="directory"):
            below.write("a/b", False, iter([DATA]))
        (tmp_path / "in" / "c").symlink_to(tmp_path / "out" / "c")
        with pytest.raises(StoreDamaged):
            below.write("c", False, iter([DATA]))
    assert not any((tmp_path / "out").iterdir())


def test_an_untrusted_manifest_isnt_read_by_a_trusted_store(memory: Store) -> None:
    untrusted = memory_store(memory.blobs, zone="u/shop")
    artifact = hostile(untrusted, [("a", DATA)])
    with pytest.raises(StoreDamaged) as caught:
        memory.manifest(artifact)
    assert caught.value.code == "store-lost"


@pytest.mark.parametrize("pieces", [[b"owned"], [b"ow", b"ned"]])
def test_files_that_lie_about_their_whole(
    memory: Store, tmp_path: Path, pieces: list[bytes]
) -> None:
    """Each chunk is right, and the file is another than its row says."""
    body = b"".join(pieces)
    pack = digest_bytes(body)
    memory.blobs.put(names.pack(memory.zone, pack), body)
    writer = ManifestWriter("directory", Chunker())
    writer.add(File("a", False, len(body), digest_bytes(b"other")), len(pieces))
    at = [sum(map(len, pieces[:n])) for n in range(len(pieces))]
    writer.add_chunks(
        [
            ChunkRow(bytes.fromhex(digest_bytes(p)), len(p), 0, start, len(p), 0, 0)
            for p, start in zip(pieces, at, strict=True)
        ]
    )
    header, data = writer.finish([PackRow(pack, len(body), len(body))])
    digest = digest_bytes(header.encode())
    memory.blobs.put(names.manifest(memory.zone, header.content, digest), data)
    artifact = Artifact(header.content, digest)
    refused(memory, artifact, tmp_path)
    with pytest.raises(StoreDamaged):
        memory.read_file(artifact, "a")
