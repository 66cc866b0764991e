"""Of several manifests of a content the others go only while the named one is whole today."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.gc.world import SMALL, World
from wombat.store import Sizes, names
from wombat.store.gc.clocks import DAY, HOUR

if TYPE_CHECKING:
    from pathlib import Path

DATA = random.Random(4).randbytes(30_000)
OTHERWISE = Sizes(pack=8192, frame=2048, inline=0, chunker=SMALL.chunker)


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("how", ["sound", "manifest", "pack gone", "pack told"])
def test_a_double_stays_while_the_named_one_is_not_whole(
    tmp_path: Path, how: str, cached: bool
) -> None:
    world = World()
    objects = world.blobs.objects
    first = world.writer()
    named = world.push(first, DATA)
    world.publish(first, named)
    kept = {"cache": tmp_path / "marks"} if cached else {}
    world.gc(**kept)
    (tmp_path / "file").write_bytes(DATA)
    double = world.writer().push_tree(tmp_path / "file", type="file", sizes=OTHERWISE)
    assert double.content == named.content
    assert not set(double.packs) & set(named.packs)
    manifest = names.manifest("t/shop", named.content, named.manifest)
    pack = names.pack("t/shop", named.packs[0])
    if how == "manifest":  # its size and time stay
        data, time = objects[manifest]
        objects[manifest] = (data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], time)
    elif how == "pack gone":
        del objects[pack]
    elif how == "pack told":
        data, time = objects[pack]
        objects[pack] = (data[:50] + bytes([data[50] ^ 1]) + data[51:], time)
        assert world.read(named) == DATA  # by the double, and the damage is told
    world.pass_(10 * DAY)
    for _ in range(6):
        world.gc(**kept)
        world.pass_(12 * HOUR)
    other = names.manifest("t/shop", double.content, double.manifest)
    assert (other in objects) == (how != "sound")
    assert world.read(named) == DATA


def test_what_stands_in_is_compacted_to_what_is_wanted_of_it(tmp_path: Path) -> None:
    """The named manifest and its pack are gone; the one that stands in leans on a pack of an older
    version, most of which nobody wants: that pack goes, what is wanted of it doesn't."""
    world, waste = World(), random.Random(5).randbytes(60_000)
    older = tmp_path / "older"
    older.mkdir()
    (older / "file").write_bytes(DATA)
    (older / "more").write_bytes(waste)
    one = Sizes(frame=2048, inline=0, chunker=SMALL.chunker)
    base = world.writer().push_tree(older, type="directory", sizes=one)
    (tmp_path / "file").write_bytes(DATA)
    double = world.writer().push_tree(tmp_path / "file", type="file", base=[base], sizes=one)
    assert double.packs == base.packs
    writer = world.writer()
    named = writer.push_tree(tmp_path / "file", type="file", sizes=one)
    assert (named.content, set(named.packs) & set(base.packs)) == (double.content, set())
    world.publish(writer, named)
    lost = [names.pack("t/shop", pack) for pack in named.packs]
    for key in (names.manifest("t/shop", named.content, named.manifest), *lost):
        del world.blobs.objects[key]
    assert world.read(named) == DATA
    world.pass_(10 * DAY)
    for _ in range(12):
        world.gc()
        world.pass_(12 * HOUR)
        assert world.read(named) == DATA
    assert names.pack("t/shop", base.packs[0]) not in world.blobs.objects
