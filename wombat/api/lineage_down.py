"""Who takes an artifact: in the newest version of every pipeline, and other projects by pins."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from wombat.api.addresses import ref_in, resolve
from wombat.api.lineage import ELSEWHERE, LIMIT
from wombat.api.run_finding import known_run
from wombat.errors import Absent, Conflict, StoreDamaged, StoreUnreachable, UsageFault
from wombat.executor.restore import restore_plan
from wombat.language.address import parse_address
from wombat.plan.ir import ArtifactSource, TaskSource
from wombat.review.lineage import Lineage, Node
from wombat.store import output_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.addresses import Found
    from wombat.api.session import Session
    from wombat.plan.ir import Plan, Task
    from wombat.store import RefRecord, Store
    from wombat.store.pins import Pin


@dataclass(frozen=True)
class Version:
    """A version of a pipeline with the plan of its run; none where it was put."""

    project: str
    record: RefRecord
    plan: Plan | None
    artifacts: Mapping[str, Any]

    def contents(self, name: str) -> frozenset[str]:
        """Of an output in it, of all its parts."""
        found = output_contents(self.record.outputs[name])
        return frozenset([found] if isinstance(found, str) else found.values())


@dataclass(frozen=True)
class Held:
    """An output, `task.output`, of a version; `contents` are those that were asked about."""

    version: Version
    name: str
    contents: frozenset[str]

    @property
    def key(self) -> str:
        record = self.version.record
        contents = ",".join(sorted(self.contents))
        return f"{self.version.project}:{record.pipeline}/{self.name}@{contents}@{record.run}"


@dataclass
class Downwards:
    """What is followed; the versions and pins are read once."""

    session: Session
    depth: int | None
    limit: int
    lineage: Lineage = field(default_factory=lambda: Lineage("down"))
    versions: list[Version] = field(default_factory=list)

    def follow(self, found: Found) -> Lineage:
        self._read()
        first = Held(self._asked(found), found.name, frozenset(
            artifact.content for _, artifact in found.artifacts()
        ))  # fmt: skip
        self.lineage.add(self._node(first))
        queue = deque([(first, 0)])
        while queue:
            held, depth = queue.popleft()
            followed = len(self.lineage.nodes) < self.limit
            if not followed or (self.depth is not None and depth >= self.depth):
                self.lineage.left += 1
                continue
            for label, taker, version, task in self._takers(held):
                if task is None:
                    self.lineage.add(taker, held.key, label)
                    continue
                for one in _made(version, task):
                    if self.lineage.add(self._node(one), held.key, label):
                        queue.append((one, depth + 1))
        return self.lineage

    def _asked(self, found: Found) -> Version:
        """The version that an address names, or the newest where it is that one."""
        if found.ref is None:
            raise UsageFault(
                "a content alone names no version; expected pipeline/output@ref",
                code="invalid-address",
            )
        project = found.address.project or self.session.project
        for one in self.versions:
            if one.project == project and one.record.name == found.ref.name:
                return one
        return self._version(project, found.store, found.ref)

    def _read(self) -> None:
        """The newest version of each pipeline that this session reads, as an address without a
        ref means it; and who pinned what."""
        stores = list(self.session.stores_of(self.session.project))
        names = dict.fromkeys(name for store in stores for name in store.pipelines())
        for name in islice(names, self.limit):
            try:
                if (version := self._newest(stores, name)) is not None:
                    self.versions.append(version)
            except (Conflict, StoreDamaged, StoreUnreachable) as fault:
                self.lineage.unread.append(fault.message)
            except ELSEWHERE:
                self.lineage.unread.append(f"the newest version of {name}")
        self.lineage.left += max(0, len(names) - self.limit)

    def _newest(self, stores: list[Store], pipeline: str) -> Version | None:
        for store in stores:
            record = ref_in(self.session, store, pipeline, None)
            if record is not None and not record.closed:
                return self._version(self.session.project, store, record)
        return None

    def _version(self, project: str, store: Store, record: RefRecord) -> Version:
        known = known_run(store, record.pipeline, record.run)
        if known is None:
            return Version(project, record, None, {})
        plan = restore_plan(known.header["plan"])
        return Version(project, record, plan, known.header["artifacts"])

    def _takers(self, held: Held) -> Iterator[tuple[str, Node, Version, Task | None]]:
        """By the name of an input: each task; an effect, or another project, without outputs."""
        for version, task, label in self._tasks(held):
            yield label, self._effect(version, task), version, None if task.effect else task
        own = held.version.project == self.session.project
        for pin in self._pins if own else ():
            if held.contents & {one.content for one in pin.artifacts()}:
                facts = {"until": f"{pin.until:%Y-%m-%d}"}
                key = f"project:{pin.consumer}@{pin.address}"
                node = Node(key, "project", pin.consumer, None, facts)
                yield pin.address, node, held.version, None

    def _tasks(self, held: Held) -> Iterator[tuple[Version, Task, str]]:
        """Of the same run, and of each pipeline whose newest run took this very content."""
        own, output = held.version, held.name.rpartition(".")
        for task in own.plan.tasks if own.plan else ():
            for one in task.inputs:
                source = one.source
                if isinstance(source, TaskSource) and (source.task, source.output) == output[::2]:
                    yield own, task, one.name
        for version in self.versions:
            for task in version.plan.tasks if version.plan else ():
                for one in task.inputs:
                    if isinstance(one.source, ArtifactSource) and _takes(
                        version, one.source.address, held
                    ):
                        yield version, task, one.name

    @cached_property
    def _pins(self) -> list[Pin]:
        """Those on this project's artifacts that aren't over."""
        from wombat.store.pins import pins

        found: list[Pin] = []
        for store in self.session.stores_of(self.session.project):
            try:
                found += pins(store.space, self.session.project)
            except (StoreUnreachable, StoreDamaged, Absent) as fault:
                self.lineage.unread.append(f"what other projects pinned: {fault.message}")
        now = datetime.now(UTC)
        return [one for one in found if one.holds(now)]

    def _node(self, held: Held) -> Node:
        record = held.version.record
        whose = f"{held.version.project}:" if held.version.project != self.session.project else ""
        facts = {"run": record.run, "branch": record.branch, "time": record.time}
        facts |= {"commit": record.commit} if record.commit else {}
        content = next(iter(held.contents)) if len(held.contents) == 1 else None
        return Node(held.key, "artifact", f"{whose}{record.pipeline}/{held.name}", content, facts)

    def _effect(self, version: Version, task: Task) -> Node:
        record = version.record
        key = f"task:{record.pipeline}/{task.name}@{record.run}"
        return Node(key, "effect", f"{record.pipeline}/{task.name}", None, {"run": record.run})


def _takes(version: Version, address: str, held: Held) -> bool:
    """Whether a version's run took this content by an address that means this output."""
    meant, pin = parse_address(address), version.artifacts.get(address, {})
    project = meant.project or version.project
    task, _, output = held.name.rpartition(".")
    same = (project, meant.pipeline, meant.output) == (
        held.version.project, held.version.record.pipeline, output,
    )  # fmt: skip
    return same and meant.task in (None, task) and pin.get("C") in held.contents


def _made(version: Version, task: Task) -> Iterator[Held]:
    for one in task.outputs:
        if (name := f"{task.name}.{one.name}") in version.record.outputs:
            yield Held(version, name, version.contents(name))


def consumers(
    session: Session, address: str, *, depth: int | None = None, limit: int = LIMIT
) -> Lineage:
    """Who takes an artifact, by its content: tasks of the same run and of the newest version of
    each pipeline, what these made in turn, and projects that pinned it. Reads a few records for
    each pipeline. Raises what `resolve` raises, and UsageFault for `@blake3:`."""
    return Downwards(session, depth, limit).follow(resolve(session, address))
