"""Artifacts: what is pushed comes back, whole or not at all."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import memory_store
from wombat.errors import Absent, DataInvalid, StoreDamaged, UsageFault
from wombat.store import Artifact, Sizes, Store, landing, reading
from wombat.store import push as push_module
from wombat.store.chunking import Chunker
from wombat.store.names import pack as pack_name
from wombat.store.originals import opened
from wombat.store.tree import walk

Folder = Callable[[dict[str, bytes]], Path]
NOISE = random.Random(7).randbytes(3_000_000)
FILES = {"big": NOISE, "text/a": b"hello " * 90_000, "text/b": b"x", "empty": b""}


def tree(top: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        str(p.relative_to(top)): (p.read_bytes(), os.access(p, os.X_OK))
        for p in top.rglob("*")
        if p.is_file()
    }


def test_round_trip(store: Store, folder: Folder, tmp_path: Path) -> None:
    top = folder(FILES)
    (top / "text" / "b").chmod(0o755)
    artifact = store.push_tree(top, type="directory")
    store.record_attempt("p", "r", "t", None, {"outputs": {"o": artifact.to_json()}})
    store.fetch_tree(artifact, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(top)
    manifest = store.manifest(artifact)
    assert (manifest.type, manifest.files) == ("directory", 4)
    assert manifest.bytes == sum(map(len, FILES.values()))
    assert store.read_file(artifact, "text/a") == FILES["text/a"]
    with pytest.raises(Absent):
        store.read_file(artifact, "text")
    assert store.find_artifact(artifact.content) == Artifact(
        artifact.content, artifact.manifest, artifact.packs, store.zone
    )
    assert Artifact.from_json(artifact.to_json()) == artifact


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.lists(st.sampled_from(["a", "b", "c-", "é"]), min_size=1, max_size=3).map("/".join),
        st.one_of(
            st.binary(max_size=50), st.integers(0, 90_000).map(lambda n: NOISE[: n + 1] + b"z" * n)
        ),
        max_size=6,
    )
)
def test_any_tree_comes_back(files: dict[str, bytes]) -> None:
    files = {p: d for p, d in files.items() if not any(o.startswith(f"{p}/") for o in files)}
    store = memory_store()
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary, "in")
        top.mkdir()
        for path, data in files.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(data)
        artifact = store.push_tree(top, type="directory")
        store.fetch_tree(artifact, Path(temporary, "out"))
        assert tree(Path(temporary, "out")) == tree(top)


@pytest.mark.parametrize(
    "sizes",
    [
        Sizes(pack=100_000),
        Sizes(frame=1),
        Sizes(inline=0),
        Sizes(chunker=Chunker(8192, 2048, 32768)),
        Sizes(pack=1, frame=1, chunker=Chunker(4096, 1024, 16384, 2)),
    ],
)
def test_content_doesnt_move_with_sizes(folder: Folder, tmp_path: Path, sizes: Sizes) -> None:
    """Nor with pack order or the number of writers, which only change where chunks lie."""
    top, usual, other = folder(FILES), memory_store(), memory_store()
    first = usual.push_tree(top, type="directory")
    again = other.push_tree(top, type="directory", sizes=sizes)
    assert again.content == first.content
    other.fetch_tree(again, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(top)


def test_content_doesnt_move_with_what_was_there_before(folder: Folder, tmp_path: Path) -> None:
    """Other writers before: other packs and manifests, one content."""
    contents, manifests = set(), set()
    parts = [folder({p: d}) for p, d in FILES.items()]
    for number, order in enumerate((parts, parts[::-1], parts[1:2], [])):
        store = memory_store()
        base = [store.push_tree(p, type="x", sizes=Sizes(inline=0)) for p in order]
        artifact = store.push_tree(folder(FILES), type="directory", base=base)
        contents.add(artifact.content)
        manifests.add(artifact.manifest)
        store.fetch_tree(artifact, tmp_path / str(number))
        assert tree(tmp_path / str(number)) == tree(folder(FILES))
    assert len(contents) == 1
    assert len(manifests) == 3


def test_a_small_artifact_costs_one_object(folder: Folder, memory: Store) -> None:
    artifact = memory.push_tree(folder({"value.json": b'{"a":1}'}), type="json")
    assert artifact.packs == ()
    assert len(list(memory.blobs.list(""))) == 1
    assert memory.read_file(artifact, "value.json") == b'{"a":1}'


def test_one_file_is_a_tree_of_one(folder: Folder, memory: Store) -> None:
    top = folder({"value.json": b"1"})
    assert memory.push_tree(top / "value.json", type="json") == memory.push_tree(top, type="json")


def test_what_is_known_isnt_stored_again(folder: Folder, memory: Store) -> None:
    top = folder(FILES)
    base = memory.push_tree(top, type="directory")
    before = set(memory.blobs.list(""))
    assert memory.push_tree(top, type="directory", base=[base]) == base
    assert set(memory.blobs.list("")) == before
    (top / "big").write_bytes(NOISE[:1_500_000] + b"!" + NOISE[1_500_000:])
    memory.push_tree(top, type="directory", base=[base])
    new = [memory.blobs.stat(k).size for k in set(memory.blobs.list("")) - before]
    assert sum(new) < 400_000


def test_chunks_twice_in_one_push_are_stored_once(folder: Folder, memory: Store) -> None:
    memory.push_tree(folder({"a": NOISE, "b": NOISE, "c": NOISE}), type="directory")
    assert sum(memory.blobs.stat(k).size for k in memory.blobs.list("")) < 3_200_000


def test_trusted_never_points_into_untrusted(folder: Folder, memory: Store) -> None:
    top = folder({"big": NOISE})
    untrusted = memory_store(memory.blobs, zone="u/shop")
    theirs = untrusted.push_tree(top, type="file")
    ours = memory.push_tree(top, type="file", base=[Artifact(*_bare(theirs), "u/shop")])
    assert {p.zone for p in memory.manifest(ours).packs()} == {"t/shop"}
    back = untrusted.push_tree(
        folder({"big": NOISE, "x": b"1"}), type="file", base=[Artifact(*_bare(ours), "t/shop")]
    )
    zones = {p.zone for p in untrusted.manifest(back).packs()}
    assert zones == {"t/shop", "u/shop"}
    assert untrusted.read_file(back, "big") == NOISE


def _bare(a: Artifact) -> tuple[object, ...]:
    return (a.content, a.manifest, a.packs)


def test_a_damaged_base_only_costs_space(folder: Folder, memory: Store) -> None:
    top = folder(FILES)
    base = memory.push_tree(top, type="directory")
    key = next(k for k in memory.blobs.list("") if "/m/" in k)
    good, when = memory.blobs.objects[key]  # type: ignore[attr-defined]
    memory.blobs.objects[key] = (good[:200], when)  # type: ignore[attr-defined]
    (top / "more").write_bytes(b"1")
    artifact = memory.push_tree(top, type="directory", base=[base])
    assert memory.read_file(artifact, "big") == NOISE


def test_part_of_an_artifact(store: Store, folder: Folder, tmp_path: Path) -> None:
    artifact = store.push_tree(folder(FILES), type="directory")
    store.fetch_tree(artifact, tmp_path / "out", paths=["text/b", "empty"])
    assert set(tree(tmp_path / "out")) == {"text/b", "empty"}
    with pytest.raises(Absent, match="nothing"):
        store.fetch_tree(artifact, tmp_path / "none", paths=["text/b", "nothing"])
    assert not (tmp_path / "none").exists()


def test_nothing_of_the_users_is_touched(store: Store, folder: Folder, tmp_path: Path) -> None:
    artifact = store.push_tree(folder({"a": b"1"}), type="file")
    full = folder({"mine": b"!"})
    (tmp_path / "link").symlink_to(full)
    (tmp_path / "file").write_bytes(b"!")
    for into in (full, tmp_path / "link", tmp_path / "file"):
        with pytest.raises(UsageFault):
            store.fetch_tree(artifact, into)
    assert tree(full) == {"mine": (b"!", False)}
    empty = tmp_path / "empty"
    empty.mkdir()
    store.fetch_tree(artifact, empty)
    assert tree(empty) == {"a": (b"1", False)}
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".part")]


def test_progress_tells_bytes(store: Store, folder: Folder, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    artifact = store.push_tree(
        folder(FILES), type="directory", progress=lambda n, total: told.append((n, total))
    )
    size = sum(map(len, FILES.values()))
    assert told[-1][0] == size
    store.fetch_tree(artifact, tmp_path / "o", progress=lambda n, total: told.append((n, total)))
    assert told[-1] == (size, size)


@pytest.mark.parametrize("size", [10, 40_000, 400_000])
@pytest.mark.parametrize("grows", [True, False])
def test_a_file_that_changes_isnt_stored(
    folder: Folder, memory: Store, monkeypatch: pytest.MonkeyPatch, size: int, grows: bool
) -> None:
    top = folder({"a": b"x" * size})
    real = push_module.opened

    def meddle(found: object) -> object:
        (top / "a").write_bytes(b"x" * (size + (1 if grows else -1)))
        return real(found)  # type: ignore[arg-type]

    for module in (push_module, landing):
        monkeypatch.setattr(module, "opened", meddle)
    with pytest.raises(DataInvalid) as caught:
        memory.push_tree(top, type="file")
    assert caught.value.code == "artifact-changed"
    assert not [k for k in memory.blobs.list("") if "/m/" in k]


def test_a_writer_that_puts_the_time_back_is_noticed(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"one")
    (found,) = walk(place)
    before = place.stat()
    time.sleep(0.05)  # longer than a tick of a file system's clock

    def read_and_rewritten() -> None:
        with opened(found):
            place.write_bytes(b"two")
            os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(DataInvalid, match="changed while"):
        read_and_rewritten()
    assert place.stat().st_mtime_ns == before.st_mtime_ns


def test_a_lost_pack_is_damage_not_absence(folder: Folder, memory: Store, tmp_path: Path) -> None:
    artifact = memory.push_tree(folder(FILES), type="directory")
    memory.blobs.delete([pack_name("t/shop", artifact.packs[0])])
    with pytest.raises(StoreDamaged) as caught:
        memory.fetch_tree(artifact, tmp_path / "out")
    assert caught.value.code == "store-lost"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_memory_stays_bounded(memory: Store, tmp_path: Path) -> None:
    """A sparse file of 300 MB needs far less than that, and less than that in the store."""
    import tracemalloc

    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "sparse").open("wb") as stream:
        stream.truncate(300 << 20)
    tracemalloc.start()
    artifact = memory.push_tree(tmp_path / "in", type="file")
    memory.fetch_tree(artifact, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 << 20
    assert sum(memory.blobs.stat(k).size for k in memory.blobs.list("")) < 1 << 20


def test_a_block_of_chunks_is_taken_apart_once(
    folder: Folder, memory: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time of a pull grows with the square of its files."""
    counted: list[int] = []
    real = reading.read_chunks

    def counting(data: bytes, count: int) -> object:
        counted.append(count)
        return real(data, count)

    monkeypatch.setattr(reading, "read_chunks", counting)
    files = {f"d{n % 7}/{n}": b"%d" % n * 100 for n in range(400)}
    artifact = memory.push_tree(folder(files), type="directory")
    memory.fetch_tree(artifact, tmp_path / "out")
    assert counted == [400]
