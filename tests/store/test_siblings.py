"""A manifest that no record named is believed once its files are proved against the content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.digest import Digest, digest_bytes
from wombat.errors import StoreDamaged
from wombat.store import Artifact, Sizes, Store, names
from wombat.store.manifests import PREFIX
from wombat.store.reading import of_content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {f"{n:05}": b"%d" % n for n in range(5000)}
"""So many that the table isn't in the first bytes that are read, and has to be asked for."""


def forged(store: Store, real: Artifact, evil: Artifact) -> Artifact:
    """The manifest of other files, which says that it is of `real`'s content."""
    objects = store.blobs.objects  # type: ignore[attr-defined]
    raw = objects[names.manifest("t/shop", evil.content, evil.manifest)][0]
    end = PREFIX.size + PREFIX.unpack_from(raw)[1]
    header = raw[PREFIX.size : end].replace(evil.content.encode(), real.content.encode())
    digest = digest_bytes(header)
    key = names.manifest("t/shop", real.content, digest)
    objects[key] = (raw[: PREFIX.size] + header + raw[end:], 0.0)
    return Artifact(real.content, Digest(digest), (), "t/shop")


def made(
    folder: Callable[[dict[str, bytes]], Path], count: int
) -> tuple[Store, Artifact, Artifact]:
    store = memory_store()
    files = dict(list(FILES.items())[:count])
    # An inline artifact would be proved by its bytes alone.
    sizes = Sizes(inline=0)
    real = store.push_tree(folder(files), type="directory", sizes=sizes)
    evil = store.push_tree(folder({**files, "00007": b"EVIL"}), type="directory", sizes=sizes)
    return store, real, forged(store, real, evil)


@pytest.mark.slow
@pytest.mark.parametrize("count", [20, 5000])
def test_a_forged_manifest_stands_in_for_none(
    folder: Callable[[dict[str, bytes]], Path], tmp_path: Path, count: int
) -> None:
    store, real, evil = made(folder, count)
    assert [m.artifact.manifest for m in of_content(store.space, "t/shop", real.content)] == [
        real.manifest
    ]
    found = store.find_artifact(real.content)
    assert found is not None
    assert found.manifest == real.manifest
    with pytest.raises(StoreDamaged):
        store.manifest(evil, named=False)
    objects = store.blobs.objects  # type: ignore[attr-defined]
    objects[names.manifest("t/shop", real.content, real.manifest)] = (b"x" * 400, 0.0)
    with pytest.raises(StoreDamaged):
        store.read_file(real, "00007")
    with pytest.raises(StoreDamaged):
        store.fetch_tree(real, tmp_path / "out", paths=["00007"])
    assert not (tmp_path / "out").exists()
    with pytest.raises(StoreDamaged):
        store.find_artifact(real.content)


def test_what_is_at_hand_is_proved_whoever_named_it(
    folder: Callable[[dict[str, bytes]], Path], tmp_path: Path
) -> None:
    store, real, evil = made(folder, 20)
    store.blobs.delete([names.manifest("t/shop", real.content, real.manifest)])
    with pytest.raises(StoreDamaged):
        store.read_file(evil, "00007")
    with pytest.raises(StoreDamaged):
        store.fetch_tree(evil, tmp_path / "out", paths=["00007"])
