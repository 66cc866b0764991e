"""Verify names every damage by what it costs, and repair brings back all that can be found."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from tests.store.test_moved import copied
from wombat.errors import StoreDamaged
from wombat.store import Artifact, Sizes, names
from wombat.store.chunking import Chunker
from wombat.store.moved import find_moved, record_moved
from wombat.store.records import seal
from wombat.store.refs import Change
from wombat.store.repair import repair
from wombat.store.sources import Files, OtherSpace
from wombat.store.standins import find_successor
from wombat.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.store import Store
    from wombat.store.verify import Report

SMALL = Sizes(pack=16 << 10, frame=2048, inline=0, chunker=Chunker(1024, 256, 4096))
ONE_PACK = Sizes(frame=2048, inline=0, chunker=SMALL.chunker)
FILES = {
    "big": random.Random(7).randbytes(50_000),
    "text": b"hello world " * 900,
    "small": b"1",
}
Folder = "Callable[[dict[str, bytes]], Path]"


class World:
    """A store with two published versions, and ways to hurt it."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.store = memory_store()
        self.artifact = self.store.push_tree(top, type="directory", sizes=SMALL)
        self.publish("r1", 1)
        self.publish("r2", 2)

    def publish(
        self, run: str, order: int, store: Store | None = None, pipeline: str = "p"
    ) -> None:
        to = store or self.store
        outputs = {"o": self.artifact.to_json()}
        to.create_header(pipeline, run, {"seed": run})
        to.record_attempt(pipeline, run, "t", None, {"state": "done", "outputs": outputs})
        to.record_result("ab" * 32, run, 1, {"outputs": outputs})
        to.publish(
            pipeline=pipeline,
            branch="main",
            run=run,
            plan="0" * 64,
            order=order,
            commit="c",
            time=f"2026-11-0{order}T00:00:00Z",
            outputs=outputs,
            results={"ab" * 32: outputs},
        )

    @property
    def objects(self) -> dict[str, tuple[bytes, float]]:
        return self.store.blobs.objects  # type: ignore[attr-defined,no-any-return]

    def flip(self, key: str, at: int = 100) -> None:
        data, when = self.objects[key]
        at = min(at, len(data) - 1)
        self.objects[key] = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], when)

    def pack(self, number: int = 0) -> str:
        return names.pack("t/shop", self.artifact.packs[number])

    @property
    def manifest(self) -> str:
        return names.manifest("t/shop", self.artifact.content, self.artifact.manifest)

    def ref(self, seq: int) -> str:
        return names.ref("t/shop", "p", "heads", "main", seq, None)

    def reader(self) -> Store:
        """Another process: it knows nothing of what this one saw."""
        return memory_store(self.store.blobs)

    def look(self, *, read_data: bool = True) -> Report:
        return verify(self.reader().space, read_data=read_data)

    def whole(self, into: Path) -> bool:
        artifact = Artifact.from_json(self.reader().head("p", "main").outputs["o"])  # type: ignore[union-attr]
        self.reader().fetch_tree(artifact, into)
        return {p: (into / p).read_bytes() for p in FILES} == FILES


@pytest.fixture
def world(folder: Callable[[dict[str, bytes]], Path]) -> World:
    made = World(folder(FILES))
    assert len(made.artifact.packs) > 2
    return made


@pytest.mark.parametrize("read_data", [False, True])
def test_a_sound_store_is_sound(world: World, read_data: bool) -> None:
    report = world.look(read_data=read_data)
    assert report.sound
    assert report.faults == []
    assert (report.artifacts, report.packs) == (1, len(world.artifact.packs))
    assert report.records == 12
    assert not [k for k in world.objects if "/damage/" in k]


def test_a_gone_pack_is_told_by_what_it_costs(world: World) -> None:
    del world.objects[world.pack(1)]
    report = world.look(read_data=False)
    (fault,) = report.faults
    assert (fault.key, fault.kind, fault.healed) == (world.pack(1), "pack", False)
    assert fault.files == ("big",)
    texts = {str(w) for w in fault.witnesses}
    assert "p@main, version 2, run r2: o" in texts
    assert "p/t, run r1, attempt 1: o" in texts
    assert not report.sound


def test_a_flipped_bit_needs_the_data_to_be_read(world: World) -> None:
    world.flip(world.pack())
    assert world.look(read_data=False).sound
    report = world.look()
    assert [f.key for f in report.faults] == [world.pack()]
    assert report.faults[0].files == ("big",)


@pytest.mark.parametrize("at", [-1, -60, -30])
def test_a_damaged_table_is_told_without_reading_data(world: World, at: int) -> None:
    world.flip(world.pack(), at=len(world.objects[world.pack()][0]) + at)
    report = world.look(read_data=False)
    assert [f.key for f in report.faults] == [world.pack()]
    assert report.faults[0].healed  # whoever has a manifest doesn't need the table


def test_each_kind_of_record_is_looked_at(world: World) -> None:
    kinds = {"ref", "header", "attempt", "all", "segment", "result"}
    for kind in sorted(kinds):
        key = next(k for k in world.objects if (n := names.parse(k)) and n.kind == kind)
        good = world.objects[key]
        world.flip(key)
        assert [f.key for f in world.look(read_data=False).faults] == [key]
        world.objects[key] = good


def test_what_retention_let_go_is_no_damage(world: World) -> None:
    kept = {bytes.fromhex(world.artifact.content + world.artifact.manifest)}
    for key in (world.pack(), world.manifest):
        good = world.objects.pop(key)
        space = world.reader().space
        assert not verify(space, kept=lambda: kept).sound
        report = verify(space, kept=set[bytes])
        assert (report.sound, report.let_go) == (True, 1)
        world.objects[key] = good


def test_only_the_pipelines_that_are_asked_for(world: World) -> None:
    world.flip(world.ref(1))
    assert verify(world.reader().space, ["q"]).records == 0
    assert len(verify(world.reader().space, ["p"]).faults) == 1


def mended(world: World, *sources: object) -> Report:
    space = world.reader().space
    before = dict(world.objects)
    done = repair(space, verify(space, read_data=True), sources)  # type: ignore[arg-type]
    for key, value in before.items():
        assert world.objects[key] == value, f"{key} was overwritten or deleted"
    after = world.look()
    again = world.reader().space
    assert repair(again, after, sources).written == {} or not after.sound  # type: ignore[arg-type]
    assert done.written or not after.sound
    return after


@pytest.mark.parametrize("how", ["gone", "flip", "cut"])
def test_a_pack_is_repaired_from_the_users_files(world: World, how: str, tmp_path: Path) -> None:
    key = world.pack()
    if how == "gone":
        del world.objects[key]
    elif how == "flip":
        world.flip(key)
    else:
        world.objects[key] = (world.objects[key][0][:1000], 0.0)
    with pytest.raises(StoreDamaged):
        world.whole(tmp_path / "before")
    after = mended(world, Files(world.top))
    assert after.sound
    assert world.whole(tmp_path / "after")
    assert find_moved(world.reader().space, "t/shop", world.artifact.packs[0])


def test_what_other_files_hold_is_no_help(world: World, tmp_path: Path) -> None:
    del world.objects[world.pack()]
    (tmp_path / "other").write_bytes(b"other" * 9000)
    assert not mended(world, Files(tmp_path / "other")).sound


def copy_of(world: World) -> Store:
    """Another store with the same content, packed otherwise."""
    other = memory_store()
    assert other.push_tree(world.top, type="directory").content == world.artifact.content
    return other


@pytest.mark.parametrize("what", ["pack", "manifest"])
@pytest.mark.parametrize("how", ["gone", "flip"])
def test_what_another_store_holds_heals(world: World, what: str, how: str, tmp_path: Path) -> None:
    key = world.pack() if what == "pack" else world.manifest
    if how == "gone":
        del world.objects[key]
    else:
        world.flip(key)
    after = mended(world, OtherSpace(copy_of(world).space))
    # A damaged manifest stays so under its name; another one of its content stands in for it.
    if what == "manifest":
        successor = find_successor(world.reader().space, world.artifact)
        assert successor is not None
        assert successor.content == world.artifact.content
    assert after.sound
    assert world.whole(tmp_path / "after")


@pytest.mark.parametrize("what", ["pack", "manifest"])
def test_what_is_gone_comes_back_under_its_own_name(world: World, what: str) -> None:
    other = memory_store()
    other.blobs.objects.update(world.objects)  # type: ignore[attr-defined]
    key = world.pack() if what == "pack" else world.manifest
    good = world.objects.pop(key)
    after = mended(world, OtherSpace(other.space))
    assert after.faults == []
    assert world.objects[key][0] == good[0]


def test_an_unsound_copy_is_no_copy(world: World) -> None:
    other = memory_store()
    other.blobs.objects.update(world.objects)  # type: ignore[attr-defined]
    for key in (world.pack(), world.manifest):
        data, _ = world.objects.pop(key)
        other.blobs.objects[key] = (data[:-200] + bytes(200), 0.0)  # type: ignore[attr-defined]
    after = mended(world, OtherSpace(other.space))
    assert {f.key for f in after.faults} == {world.manifest}  # what leads to the pack is gone
    assert world.pack() not in world.objects


@pytest.mark.parametrize("seq", [1, 2])
def test_a_ref_is_made_again_from_its_run(world: World, seq: int, tmp_path: Path) -> None:
    world.flip(world.ref(seq), at=300)
    with pytest.raises(StoreDamaged):
        list(world.reader().ref_log("p", "main"))
    after = mended(world)
    assert after.sound
    log = list(world.reader().ref_log("p", "main"))
    assert [(r.run, r.seq) for r in log] == [("r2", 2), ("r1", 1)]
    assert world.whole(tmp_path / "after")
    # The branch goes on.
    world.store = world.reader()
    world.publish("r3", 3)
    assert [r.seq for r in world.reader().ref_log("p", "main")] == [3, 2, 1]


@pytest.mark.parametrize("what", ["promotion", "closing"])
def test_the_newest_of_a_branch_is_not_guessed(world: World, what: str) -> None:
    """One run alone is left that no record names: a superseded one. It isn't put up for that; its
    owner may say what shall stand there."""
    world.publish("late", 1)  # superseded
    store = world.reader()
    if what == "promotion":
        body = store.published("p", "r1")
        told = {n: body[n] for n in ("plan", "commit", "outputs")}
        time = "2026-11-09T00:00:00Z"
        store.commit_ref(Change("p", "main", "r1", order=2, time=time, again=2, **told))
    else:
        store.close("p", "main", time="2026-11-09T00:00:00Z")
    world.flip(world.ref(3), at=30)
    space = world.reader().space
    done = repair(space, verify(space))
    assert done.written == {}
    assert done.choices == {world.ref(3): ["late", "r1", "r2"]}
    with pytest.raises(StoreDamaged):
        world.reader().head("p", "main")
    assert repair(world.reader().space, world.look(), choose="r1").written
    assert world.look().sound
    head = world.reader().head("p", "main")
    assert head is not None
    assert (head.run, head.seq, head.order, head.closed) == ("r1", 3, 2, False)
    world.store = world.reader()
    world.publish("r4", 4)
    assert [r.run for r in world.reader().ref_log("p", "main")] == ["r4", "r1", "r2", "r1"]


@pytest.mark.parametrize("at", [30, 300, -40, "cut"])
def test_the_newest_is_proved_by_what_is_left_of_it(world: World, at: int | str) -> None:
    world.publish("late", 1)
    data, when = world.objects[world.ref(2)]
    if isinstance(at, str):
        world.objects[world.ref(2)] = (data[:150], when)
    else:
        world.flip(world.ref(2), at=at % len(data))
    assert mended(world).sound
    assert [r.run for r in world.reader().ref_log("p", "main")] == ["r2", "r1"]


def test_a_ref_of_one_of_two_runs_is_not_guessed(world: World) -> None:
    body = {"plan": "1" * 64, "order": 9, "commit": None, "time": "2026-11-09T00:00:00Z"}
    key = names.everything("t/shop", "p", "r9")
    stray = {**body, "branch": "main", "chosen": {}, "outputs": {}}
    world.store.blobs.create(key, seal(key, "all", stray))
    world.objects[world.ref(2)] = (bytes(1), 0.0)
    assert not mended(world).sound
    # Nor is the one before, where nothing is left of it and the one after can't be read.
    good, world.objects[world.ref(1)] = world.objects[world.ref(1)], (bytes(1), 0.0)
    space = world.reader().space
    done = repair(space, verify(space))
    assert (done.written, list(done.choices)) == ({}, [])
    world.objects[world.ref(1)] = good
    done = repair(space, verify(world.reader().space), choose="r9")
    assert list(done.written) == [world.ref(2)]


def test_a_ref_is_proved_by_the_one_after_it(world: World) -> None:
    """Another run might have written it, and would even come first: the parent's digest tells."""
    key = names.everything("t/shop", "p", "r0")
    body = {"plan": "1" * 64, "order": 1, "commit": None, "time": "2026-11-01T00:00:00Z"}
    stray = {**body, "branch": "main", "chosen": {}, "outputs": {}}
    world.store.blobs.create(key, seal(key, "all", stray))
    world.flip(world.ref(1), at=300)
    assert mended(world).sound
    assert [r.run for r in world.reader().ref_log("p", "main")] == ["r2", "r1"]


@pytest.mark.parametrize("what", ["manifest", "pack"])
def test_nothing_that_is_about_to_go_stands_in(world: World, what: str, tmp_path: Path) -> None:
    """A collection doomed the copy that a repair would lead to: it makes another one."""
    again = world.reader().push_tree(world.top, type="directory", sizes=SMALL)
    assert again == world.artifact
    lost = world.manifest if what == "manifest" else world.pack()
    world.flip(lost)
    first = world.reader()
    repair(first.space, verify(first.space, read_data=True), [Files(world.top)])
    left = [k for k in world.objects if "/moved/" in k]
    for key in left:
        del world.objects[key]  # as if it was stopped before that record
    copies = [k for k in world.objects if k != lost and ("/m/" in k or "/p/" in k)]
    new = [k for k in copies if world.objects[k][1] == max(world.objects[c][1] for c in copies)]
    at = f"t/shop/gc/{names.inverse(1)}-{'ab' * 8}/doomed/000000"
    body = {"objects": [k.removeprefix("t/shop/") for k in new]}
    world.store.blobs.create(at, seal(at, "doomed", body))
    second = world.reader()
    repair(second.space, verify(second.space, read_data=True), [Files(world.top)])
    for key in new:
        del world.objects[key]
    assert world.look().sound
    assert world.whole(tmp_path / "after")


def test_wrong_bytes_are_never_put_back(world: World) -> None:
    other = memory_store()
    other.blobs.objects.update(world.objects)  # type: ignore[attr-defined]
    key = world.pack()
    data, _ = world.objects.pop(key)
    other.blobs.objects[key] = (bytes(100) + data[100:], 0.0)  # type: ignore[attr-defined]
    mended(world, OtherSpace(other.space))
    assert key not in world.objects


def test_a_pack_of_which_some_is_lost_keeps_the_rest(world: World, tmp_path: Path) -> None:
    """Half of the user's file is still there: what it holds is brought back, what not is told."""
    del world.objects[world.pack(0)]
    (tmp_path / "half").write_bytes(FILES["big"][: 8 << 10])
    report = mended(world, Files(tmp_path / "half"))
    assert not report.sound
    (wound,) = report.wounds
    assert 0 < len(wound.missing) < len(wound.wanted)


def test_the_same_push_again_is_whole(world: World, tmp_path: Path) -> None:
    """What is damaged is not in the way of storing the same bytes once more, nor relied on."""
    world.flip(world.pack())
    world.flip(world.manifest, at=len(world.objects[world.manifest][0]) - 5)
    again = world.reader()
    artifact = again.push_tree(world.top, type="directory", sizes=SMALL)
    assert artifact.content == world.artifact.content
    assert artifact.manifest != world.artifact.manifest
    world.artifact = artifact
    world.store = again
    world.publish("r3", 3)
    assert world.whole(tmp_path / "after")


def test_no_base_is_trusted_that_was_found_damaged(world: World, tmp_path: Path) -> None:
    world.flip(world.pack())
    world.look()
    again = world.reader()
    (world.top / "more").write_bytes(b"more" * 500)
    artifact = again.push_tree(world.top, type="directory", base=[world.artifact], sizes=SMALL)
    assert world.artifact.packs[0] not in artifact.packs
    again.fetch_tree(artifact, tmp_path / "out")


def test_a_repair_for_some_cuts_nobody_else_off(world: World, tmp_path: Path) -> None:
    """One pack of two pipelines was compacted, and what took over has a flipped bit: the repair of
    one of them, by the files that its owner has, leaves what the other needs where it is found."""
    big, other = world.artifact, random.Random(8).randbytes(40_000)
    (world.top / "other").write_bytes(other)
    whole = world.store.push_tree(world.top, type="directory", sizes=ONE_PACK)
    (shared,) = whole.packs
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "big").write_bytes(FILES["big"])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "other").write_bytes(other)
    made = {}
    for name in "ab":
        top, into = tmp_path / name, world.reader()
        made[name] = into.push_tree(top, type="directory", base=[whole], sizes=ONE_PACK)
        assert made[name].packs == (shared,)
        world.artifact = made[name]
        world.publish(f"r{name}", 3, into, pipeline=f"p{name}")
    world.artifact = big
    took_over = copied(world.store, [shared], salt=b"x")
    record_moved(world.store.space, "t/shop", shared, [took_over])
    del world.objects[names.pack("t/shop", shared)]
    world.flip(names.pack("t/shop", took_over), at=300)  # in the first chunk of `big`
    space = world.reader().space
    done = repair(space, verify(space, ["pa"], read_data=True), [Files(tmp_path / "a")])
    assert done.written
    assert took_over in find_moved(world.reader().space, "t/shop", shared)
    for name in "ab":
        world.reader().fetch_tree(made[name], tmp_path / f"out{name}")
