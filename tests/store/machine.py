"""A store against a model that knows none of its code: what was acknowledged, by whom, as bytes."""

from __future__ import annotations

import random
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.process import Died, Fault, Process
from wombat.errors import Conflict, OutcomeUnknown, StoreDamaged
from wombat.store import Artifact, Change, Sizes, Store
from wombat.store.blobs.local import LocalBlobs
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.chunking import Chunker
from wombat.store.doom import Doomed, Watch
from wombat.store.gc import Clocks, Retention, Rules, collect
from wombat.store.gc.marks import Marks
from wombat.store.gc.roots import Choosing
from wombat.store.repair import repair
from wombat.store.sources import Files
from wombat.store.space import Space
from wombat.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = 3600.0
KEEP = Retention(Rules(keep_last=2, younger_than=0))
SMALL = Sizes(pack=8 << 10, frame=1024, inline=64, chunker=Chunker(512, 128, 2048))
PIECES = [random.Random(n).randbytes(3000 + 500 * n) for n in range(10)]
ZONES = st.sampled_from(["t/shop", "t/shop", "u/shop"])
BRANCHES = st.sampled_from(["main", "side"])
SEEDS = st.lists(st.integers(0, 9), min_size=1, max_size=3)
Tree = dict[str, bytes]


@dataclass
class Version:
    """An acknowledged one: what each output holds, as files."""

    run: str
    order: int
    outputs: dict[str, Tree]
    let_go: bool = False
    leans: bool = False
    """Whether it may point to packs of the trusted zone, which its own roots don't keep."""


@dataclass
class Line:
    """A branch of a zone as the model knows it, the newest last. `maybe`: nobody was told."""

    versions: list[Version] = field(default_factory=list)
    maybe: int = 0


class StoreMachine(RuleBasedStateMachine):
    """Actors: trusted and untrusted writers, some slow; a collector; a repairer; readers.

    No rule has a precondition: the names of objects are partly random, so the same choices may
    lead to another state, and a history that offers other rules then can't be replayed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp(prefix="wombat-machine-"))
        self.now = 1_800_000_000.0
        self.times: dict[str, float] = {}
        self.first: dict[str, bytes] = {}
        self.damaged: dict[str, bytes] = {}
        self.lines: dict[tuple[str, str, str], Line] = {}
        self.held: list[tuple[str, Store, Artifact, Tree]] = []
        self.runs = 0
        self.chance = random.Random(0)
        self.memory = self.make()

    # What differs between stores.

    atomic = True

    def make(self) -> MemoryBlobs | None:
        """The store that all processes share; None where it lies on disk."""
        return MemoryBlobs(self.atomic)

    def inner(self) -> Any:
        return self.memory if self.memory is not None else LocalBlobs(self.top / "store")

    def overwrite(self, key: str, data: bytes) -> None:
        """As a disk does it that fails, past every rule."""
        if self.memory is not None:
            self.memory.objects[key] = (data, self.memory.objects[key][1])
            return
        path = self.top / "store" / key
        path.unlink()
        path.write_bytes(data)

    # Processes.

    def process(self, zone: str, fault: Fault | None = None) -> Store:
        """A new one, which knows nothing of what others did."""
        blobs = Process(self, self.inner(), fault or Fault())
        if zone.startswith("t/"):
            blobs.forbidden = "u/"  # the trusted role has no right to read there
        readable = (zone,) if zone.startswith("t/") else (zone, "t/shop")
        watch = Watch(clock=lambda: self.now)
        return Store(Space(blobs, zone, readable, self.atomic, watch), "test")

    def tree(self, seeds: list[int]) -> Tree:
        return {f"f{n}": PIECES[s] for n, s in enumerate(seeds)} | {"name": bytes(seeds)}

    def push(self, store: Store, tree: Tree, base: list[Artifact] | None = None) -> Artifact:
        folder = self.top / "tree"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path, data in tree.items():
            (folder / path).write_bytes(data)
        return store.push_tree(folder, type="directory", base=base or [], sizes=SMALL)

    def line(self, zone: str, branch: str, kind: str = "heads") -> Line:
        return self.lines.setdefault((zone, kind, branch), Line())

    def run(self) -> str:
        self.runs += 1
        return f"r{self.runs}"

    def change(self, run: str, branch: str, order: int, artifact: Artifact, **more: Any) -> Change:
        output = more.pop("output", "o")
        time = "2026-11-01T00:00:00Z"
        outputs = {output: artifact.to_json()}
        return Change("p", branch, run, "0" * 64, order, None, time, outputs, **more)

    @contextmanager
    def where_damaged(self, line: Line | None = None) -> Iterator[None]:
        """Damage may be told while there is any; and then nobody knows what landed."""
        leaning = line is not None and any(v.leans and v.let_go for v in line.versions)
        try:
            yield
        except StoreDamaged as error:
            # A zone with leftovers and no record; an untrusted branch that leans on what goes.
            refused = error.code == "gc-no-roots" or (leaning and error.code == "store-doomed")
            assert self.damaged or refused, "damage was told where there is none"
            if line is not None:
                line.maybe += 1

    def acknowledge(self, line: Line, outcome: str, version: Version) -> None:
        newest = max((v.order for v in line.versions), default=-1)
        if outcome == "superseded":
            assert newest > version.order or line.maybe
            return
        assert outcome in ("published", "already")
        line.versions.append(version)

    # Rules.

    @initialize()
    def begin(self) -> None:
        self.publish("t/shop", "main", [1, 2], False)

    @rule(zone=ZONES, branch=BRANCHES, seeds=SEEDS, late=st.booleans())
    def publish(self, zone: str, branch: str, seeds: list[int], late: bool) -> None:
        line, tree, run = self.line(zone, branch), self.tree(seeds), self.run()
        order = 0 if late else self.runs
        with self.where_damaged(line):
            store = self.process(zone)
            artifact = self.push(store, tree, self.base(store, branch))
            outcome = store.commit_ref(self.change(run, branch, order, artifact)).outcome
            self.acknowledge(line, outcome, Version(run, order, {"o": tree}, leans=True))

    def base(self, store: Store, branch: str) -> list[Artifact]:
        """The head of the own zone, else of the trusted one."""
        head = store.head("p", branch)
        if head is None and store.zone.startswith("u/"):
            head = self.process("t/shop").head("p", branch)
        if head is None or "o" not in head.outputs:
            return []
        zone = store.zone if store.head("p", branch) else "t/shop"
        found = Artifact.from_json(head.outputs["o"])
        return [Artifact(found.content, found.manifest, found.packs, found.zone or zone)]

    @rule(zone=ZONES, branch=BRANCHES, seeds=SEEDS)
    def put_beside(self, zone: str, branch: str, seeds: list[int]) -> None:
        """A merge: what the head holds stays, and another output comes to it."""
        line, tree, run = self.line(zone, branch), self.tree(seeds), self.run()
        if line.maybe:
            return
        with self.where_damaged(line):
            store = self.process(zone)
            artifact = self.push(store, tree)
            change = self.change(run, branch, 0, artifact, output="x", merge=True)
            assert store.commit_ref(change).outcome == "published"
            before = line.versions[-1] if line.versions else Version("", 0, {})
            order = max(0, before.order)
            outputs = {**before.outputs, "x": tree}
            line.versions.append(Version(run, order, outputs, leans=before.leans))

    @rule(zone=ZONES, branch=BRANCHES)
    def tag(self, zone: str, branch: str) -> None:
        line = self.line(zone, branch)
        if not line.versions or line.maybe or line.versions[-1].let_go:
            return
        newest, run = line.versions[-1], self.run()
        tags = self.line(zone, f"v{self.runs}", "tags")
        with self.where_damaged(tags):
            store = self.process(zone)
            head = store.head("p", branch)
            assert head is not None
            change = Change(
                "p", f"v{self.runs}", run, "0" * 64, 0, None, head.time, head.outputs, "tags"
            )
            assert store.commit_ref(change).outcome == "published"
            tags.versions.append(Version(run, 0, newest.outputs, leans=newest.leans))

    @rule(zone=ZONES, seeds=SEEDS, branch=BRANCHES)
    def push_and_wait(self, zone: str, seeds: list[int], branch: str) -> None:
        """A slow writer: what it pushed is named by a root later, perhaps days later."""
        if len(self.held) == 3:
            return
        with self.where_damaged():
            store, tree = self.process(zone), self.tree(seeds)
            artifact = self.push(store, tree, self.base(store, branch))
            store.blobs.sync()
            self.held.append((zone, store, artifact, tree))

    @rule(branch=BRANCHES)
    def go_on(self, branch: str) -> None:
        if not self.held:
            return
        zone, store, artifact, tree = self.held.pop(0)
        line, run = self.line(zone, branch), self.run()
        order = self.runs
        with self.where_damaged(line):
            try:
                outcome = store.commit_ref(self.change(run, branch, order, artifact)).outcome
            except Doomed:
                artifact = self.push(store, tree)
                outcome = store.commit_ref(self.change(run, branch, order, artifact)).outcome
            self.acknowledge(line, outcome, Version(run, order, {"o": tree}, leans=True))

    @rule(zone=ZONES, branch=BRANCHES, seeds=SEEDS, calls=st.integers(0, 30))
    def die_and_retry(self, zone: str, branch: str, seeds: list[int], calls: int) -> None:
        """Killed after some call; the same command again, in a new process, ends well."""
        line, tree, run = self.line(zone, branch), self.tree(seeds), self.run()
        order = self.runs
        with self.where_damaged(line):
            for fault in (Fault(die=calls), Fault()):
                store = self.process(zone, fault)
                try:
                    artifact = self.push(store, tree)
                    outcome = store.commit_ref(self.change(run, branch, order, artifact)).outcome
                except Died:
                    continue
                self.acknowledge(line, outcome, Version(run, order, {"o": tree}))
                return

    @rule(zone=ZONES, branch=BRANCHES, seeds=SEEDS, lose=st.sampled_from(["answer", "request"]))
    def lose_and_retry(self, zone: str, branch: str, seeds: list[int], lose: str) -> None:
        """A commit whose answer or request is lost: landed or unknown, never a false conflict."""
        line, tree, run = self.line(zone, branch), self.tree(seeds), self.run()
        order = self.runs
        with self.where_damaged(line):
            store = self.process(zone)
            artifact = self.push(store, tree)
            change = self.change(run, branch, order, artifact)
            store.blobs.fault.lose = lose  # type: ignore[attr-defined]
            try:
                outcome = store.commit_ref(change).outcome
            except OutcomeUnknown:
                assert lose == "request"
                again = self.process(zone)
                outcome = again.commit_ref(change).outcome
            except Conflict as error:
                raise AssertionError("a lost answer was told as a lost race") from error
            self.acknowledge(line, outcome, Version(run, order, {"o": tree}))

    @rule(seeds=SEEDS)
    def poison(self, seeds: list[int]) -> None:
        """An untrusted result of a key; trusted readers never see it."""
        key = f"{seeds[0]:064x}"
        with self.where_damaged():
            store = self.process("u/shop")
            artifact = self.push(store, {"evil": b"evil"})
            store.record_result(key, self.run(), 1, {"outputs": {"o": artifact.to_json()}})
            assert self.process("t/shop").find_result(key) is None

    @rule(hours=st.sampled_from([0.1, 0.5, 1.5, 13.0, 25.0, 30.0, 50.0]))
    def wait(self, hours: float) -> None:
        self.now += hours * HOUR

    @rule(zone=ZONES, small=st.booleans())
    def collect(self, zone: str, small: bool) -> None:
        """Two versions of a branch are kept; everything else may go."""
        self.mark_let_go(zone)
        with self.where_damaged():
            space = self.process(zone).space
            try:
                collect(
                    space, KEEP, apply=True, large=True, small=small, clocks=self.clocks(),
                )  # fmt: skip
            except Conflict as error:
                assert error.code == "gc-expired"  # noqa: PT017 -- it is allowed, not expected

    @rule(zone=ZONES, calls=st.integers(3, 120))
    def collect_and_die(self, zone: str, calls: int) -> None:
        self.mark_let_go(zone)
        with self.where_damaged():
            space = self.process(zone, Fault(die=calls)).space
            with suppress(Died):
                collect(space, KEEP, apply=True, large=True, clocks=self.clocks())

    def clocks(self) -> Clocks:
        return Clocks(elapsed=lambda: self.now, wall=lambda: self.now)

    def mark_let_go(self, zone: str) -> None:
        for (own, kind, _), line in self.lines.items():
            if own == zone and kind == "heads":
                for place, version in enumerate(reversed(line.versions)):
                    version.let_go = version.let_go or place + line.maybe >= 2
            if zone == "t/shop" and own == "u/shop":
                # Untrusted roots keep nothing of the trusted zone.
                for version in line.versions:
                    version.let_go = version.let_go or version.leans

    @rule(number=st.integers(0, 10_000), how=st.sampled_from(["flip", "cut", "zero", "empty"]))
    def corrupt(self, number: int, how: str) -> None:
        if len(self.damaged) == 3:
            return
        keys = [k for k in self.inner().list("") if k not in self.damaged and "/damage/" not in k]
        key = keys[number % len(keys)]
        data = self.inner().get(key)
        at = number % len(data) if data else 0
        bad = {
            "flip": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
            "cut": data[:at],
            "zero": data[:at] + bytes(len(data[at : at + 40])) + data[at + 40 :],
            "empty": b"",
        }[how]
        if bad != data:
            self.damaged[key] = data
            self.overwrite(key, bad)
            self.first.pop(key, None)

    @rule()
    def restore(self) -> None:
        """Somebody puts a backup of one object back."""
        if not self.damaged:
            return
        key, data = self.damaged.popitem()
        if next(self.inner().list(key, limit=1), None) == key:
            self.overwrite(key, data)
            self.first.pop(key, None)

    @rule(zone=ZONES, number=st.integers(0, 99))
    def look_and_repair(self, zone: str, number: int) -> None:
        """Verify; then repair from the files of some version. Sound without damage."""
        with self.where_damaged():
            space = self.process(zone).space
            report = verify(space, read_data=True, kept=lambda: self.kept(zone))
            assert report.sound or self.damaged
            known = [v for line in self.lines.values() for v in line.versions if "o" in v.outputs]
            if report.faults and known:
                folder = self.top / "own"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                for path, data in known[number % len(known)].outputs["o"].items():
                    (folder / path).write_bytes(data)
                repair(space, report, [Files(folder)])

    def kept(self, zone: str) -> set[bytes]:
        space = self.process(zone).space
        return Choosing(space, KEEP, self.clocks(), Marks(), self.now).choose().manifests

    @rule(number=st.integers(0, 10_000))
    def read(self, number: int) -> None:
        """Any acknowledged version, by a process that has just begun."""
        known = [
            (at, version) for at, line in sorted(self.lines.items()) for version in line.versions
        ]
        if known:
            self.check(*known[number % len(known)])

    def check(self, at: tuple[str, str, str], version: Version) -> None:
        zone, kind, branch = at
        store = self.process(zone)
        try:
            found = {r.run: r for r in store.ref_log("p", branch, kind)}
            assert version.run in found, f"{version.run} of {at} was acknowledged and is gone"
            for output, tree in version.outputs.items():
                artifact = Artifact.from_json(found[version.run].outputs[output])
                for path, data in tree.items():
                    assert store.read_file(artifact, path) == data, f"{at} {version.run} {path}"
        except StoreDamaged:
            assert version.let_go or self.damaged, f"{version.run} of {at} was lost"

    # Invariants.

    @invariant()
    def nothing_is_overwritten(self) -> None:
        if self.memory is None:
            return
        for key, (data, _) in self.memory.objects.items():
            assert self.first.setdefault(key, data) == data, f"{key} was overwritten"

    @invariant()
    def something_is_read(self) -> None:
        self.read(self.chance.randrange(10_000))

    def teardown(self) -> None:
        while self.damaged:
            self.restore()
        for at, line in self.lines.items():
            for version in line.versions:
                self.check(at, version)
        shutil.rmtree(self.top, ignore_errors=True)


class WithoutConditionalWrites(StoreMachine):
    atomic = False


class OnDisk(StoreMachine):
    def make(self) -> None:
        return None
