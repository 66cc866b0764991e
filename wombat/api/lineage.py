"""Where an artifact comes from: who made it from what, across runs, pipelines and projects."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wombat.api.addresses import labels_meant, resolve
from wombat.api.run_finding import attempt_of, known_run, source_of
from wombat.ci import ref_of
from wombat.errors import Absent, StoreUnreachable, UsageFault
from wombat.executor.restore import restore_plan
from wombat.language.address import parse_address
from wombat.plan.ir import ArtifactSource, FileSource, TaskSource, UrlSource
from wombat.printable import shown_url
from wombat.review.lineage import Lineage, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.addresses import Found
    from wombat.api.run_finding import Known, Made
    from wombat.api.session import Session
    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan
    from wombat.store import Store

LIMIT: Final = 200
"""Artifacts of which it is asked who made them; each takes a few requests."""
LOOKED: Final = 50
"""Versions of a branch among which an older one's output is looked for."""
ELSEWHERE: Final = (KeyError, TypeError, AttributeError, ValueError)
"""What a record of another version, or of nobody's, comes to."""


@dataclass(frozen=True)
class Wanted:
    """An output by its content, and the run that had it. `task` None: whichever has such an
    output, and where none does, it was put."""

    project: str
    pipeline: str
    run: str | None
    task: str | None
    output: str
    part: str | None
    content: str

    @property
    def key(self) -> str:
        part = f"[{self.part}]" if self.part is not None else ""
        task = f"{self.task}." if self.task else ""
        name = f"{self.project}:{self.pipeline}/{task}{self.output}{part}"
        return f"{name}@{self.content}@{self.run or ''}"


@dataclass
class Upwards:
    """What is followed, and what was read for it: each run once."""

    session: Session
    depth: int | None
    limit: int
    lineage: Lineage = field(default_factory=lambda: Lineage("up"))
    _runs: dict[tuple[str, str, str], Known | None] = field(default_factory=dict)
    _headers: dict[tuple[str, ...], Known | None] = field(default_factory=dict)
    _plans: dict[tuple[str, str, str], Plan] = field(default_factory=dict)
    _queue: deque[tuple[Wanted, str | None, str, int]] = field(default_factory=deque)
    _done: dict[Wanted, str] = field(default_factory=dict)

    def follow(self, found: Found) -> Lineage:
        for label, artifact in found.artifacts():
            self._queue.append((_asked(self.session, found, label, artifact.content), None, "", 0))
        while self._queue:
            self._next(*self._queue.popleft())
        return self.lineage

    def _next(self, wanted: Wanted, before: str | None, label: str, depth: int) -> None:
        """The nearest first: where there is a limit, it cuts what is farthest away."""
        if (known := self._done.get(wanted)) is not None:
            self.lineage.add(self.lineage.nodes[known], before, label)
            return
        bounded = self.depth is not None and depth > self.depth
        if bounded or len(self._done) >= self.limit:
            self.lineage.left += 1
            return
        made = self._made(wanted)
        node = self._node(wanted, made)
        self._done[wanted] = node.key
        if self.lineage.add(node, before, label) and made is not None:
            try:
                self._inputs(made, node.key, depth + 1)
            except ELSEWHERE:
                self.lineage.unread.append(f"the inputs of {node.name} in run {made.known.run}")

    def _made(self, wanted: Wanted) -> Made | None:
        """The attempt that computed it; None where nobody knows."""
        try:
            known = self._run(wanted.project, wanted.pipeline, wanted.run)
            had = known and (self._had(known, wanted) or self._earlier(known, wanted))
            return source_of(self.session, had, find=self._header) if had else None
        except (Absent, StoreUnreachable, UsageFault) as fault:
            self.lineage.unread.append(fault.message)
        except ELSEWHERE:
            self.lineage.unread.append(f"run {wanted.run} of {wanted.pipeline}")
        return None

    def _run(self, project: str, pipeline: str, run: str | None) -> Known | None:
        if run is None:
            return None
        at = (project, pipeline, run)
        if at not in self._runs:
            stores = self.session.stores_of(project)
            every = (self._header(store, pipeline, run) for store in stores)
            self._runs[at] = next((one for one in every if one is not None), None)
        return self._runs[at]

    def _header(self, store: Store, pipeline: str, run: str) -> Known | None:
        """A header may be large: it is read once."""
        at = (store.address, store.zone, pipeline, run)
        if at not in self._headers:
            self._headers[at] = known_run(store, pipeline, run)
        return self._headers[at]

    def _plan(self, known: Known) -> Plan:
        at = (known.store.zone, known.pipeline, known.run)
        if at not in self._plans:
            self._plans[at] = restore_plan(known.header["plan"])
        return self._plans[at]

    def _had(self, known: Known, wanted: Wanted) -> Made | None:
        every = (attempt_of(known, unit, wanted.content) for unit in self._units(known, wanted))
        return next((one for one in every if one is not None), None)

    def _units(self, known: Known, wanted: Wanted) -> Iterator[Unit]:
        """The parts that may have made it."""
        for task in self._plan(known).tasks:
            names = {name for one in task.outputs for name in (one.name, f"{one.name}_rejected")}
            if wanted.output not in names or wanted.task not in (None, task.name):
                continue
            labels: set[str | None] = {part.label for part in task.parts} or {None}
            asked = [None] if wanted.part is None else list(labels_meant(wanted.part))
            yield from ((task.name, one) for one in asked if one in labels)

    def _earlier(self, known: Known, wanted: Wanted) -> Made | None:
        """Where a run took from its branch what it didn't make: the version that has it."""
        log = known.store.ref_log(known.pipeline, *ref_of(str(known.header["branch"])))
        runs = dict.fromkeys(one.run for one in islice(log, LOOKED) if one.run != known.run)
        for run in runs:
            other = self._run(wanted.project, known.pipeline, run)
            if other is not None and (found := self._had(other, wanted)) is not None:
                return found
        return None

    def _node(self, wanted: Wanted, made: Made | None) -> Node:
        whose = f"{wanted.project}:" if wanted.project != self.session.project else ""
        if made is None:
            facts = self._put(wanted)
            return Node(wanted.key, "artifact", _name(whose, wanted), wanted.content, facts)
        told = {word: made.record.get(word) for word in ("commit", "time")}
        facts = {"run": made.known.run, **{k: str(v) for k, v in told.items() if v}}
        if wanted.run and wanted.run != made.known.run:
            facts["reused_by"] = wanted.run
        task, part = made.unit
        meant = Wanted(wanted.project, made.known.pipeline, made.known.run, task, wanted.output,
                       part, wanted.content)  # fmt: skip
        return Node(meant.key, "artifact", _name(whose, meant), wanted.content, facts)

    def _put(self, wanted: Wanted) -> dict[str, str]:
        """Of what no attempt made: the run that put it, which has no header, but what it put."""
        run = wanted.run
        if run is None or self._runs.get((wanted.project, wanted.pipeline, run)) is not None:
            return {} if run is None else {"run": run}
        for store in self.session.stores_of(wanted.project):
            if (record := store.published_ref(wanted.pipeline, run)) is not None:
                told = {"run": run, "put": "yes", "time": record.time}
                return told | ({"commit": record.commit} if record.commit else {})
        self.lineage.unread.append(f"run {run} of {wanted.pipeline}, which isn't here")
        return {"run": run}

    def _inputs(self, made: Made, key: str, depth: int) -> None:
        known, plan = made.known, self._plan(made.known)
        part = plan.task(made.unit[0]).part(made.unit[1])
        for one in plan.task(made.unit[0]).inputs:
            put = partial(self._queue_up, before=key, label=one.name, depth=depth)
            match one.source:
                case FileSource(path=path):
                    self.lineage.add(_file(known, path), key, one.name)
                case UrlSource(url=url):
                    self.lineage.add(_source(made, one.name, url), key, one.name)
                case ArtifactSource(address=address):
                    put(_pinned(known, address))
                case TaskSource(task=task, output=output):
                    content = made.record["inputs"][one.name]
                    parts = plan.producers(part, one)
                    told = content if isinstance(content, dict) else {
                        parts[0].label if parts else None: content}  # fmt: skip
                    for label, each in told.items():
                        project = _project(known)
                        put(Wanted(project, known.pipeline, known.run, task, output, label, each))

    def _queue_up(self, wanted: Wanted, *, before: str, label: str, depth: int) -> None:
        self._queue.append((wanted, before, label, depth))


def lineage(
    session: Session, address: str, *, depth: int | None = None, limit: int = LIMIT
) -> Lineage:
    """What an artifact was made from, and that in turn: `depth` steps, at most `limit` artifacts.

    Leaves are files of the checkout, outside data, and what was put. Reads records alone, a few
    for each artifact. What can't be read is told in the answer. Raises what `resolve` raises.
    """
    return Upwards(session, depth, limit).follow(resolve(session, address))


def _asked(session: Session, found: Found, label: str | None, content: str) -> Wanted:
    task, _, output = found.name.rpartition(".")
    address, ref = found.address, found.ref
    project = address.project or session.project
    part = label if label is not None else address.part
    run = ref.run if ref else None
    return Wanted(project, address.pipeline, run, task or None, output, part, content)


def _pinned(known: Known, address: str) -> Wanted:
    meant, pin = parse_address(address), known.header["artifacts"][address]
    run = (pin.get("ref") or {}).get("run")
    project = meant.project or _project(known)
    return Wanted(project, meant.pipeline, None if run is None else str(run), meant.task,
                  str(meant.output), meant.part, str(pin["C"]))  # fmt: skip


def _project(known: Known) -> str:
    return known.store.zone.partition("/")[2]


def _file(known: Known, path: str) -> Node:
    content, commit = str(known.header["files"][path]), known.header.get("commit")
    facts = {"commit": str(commit)} if commit else {}
    return Node(f"file:{path}@{content}@{commit or ''}", "file", path, content, facts)


def _source(made: Made, name: str, url: str) -> Node:
    """What its server said of it, and the content that came where it was fetched."""
    fetched = made.record.get("sources", {}).get(name, {})
    seen: Mapping[str, Any] = {**made.known.header["sources"].get(url, {}), **fetched}
    facts = {w: str(seen[w]) for w in ("etag", "version", "commit", "modified") if w in seen}
    content = str(seen["content"]) if seen.get("content") else None
    key = f"source:{url}@{sorted(facts.items())}@{content or ''}"
    return Node(key, "source", shown_url(url), content, facts)


def _name(whose: str, wanted: Wanted) -> str:
    task = f"{wanted.task}." if wanted.task else ""
    part = f"[{wanted.part}]" if wanted.part is not None else ""
    return f"{whose}{wanted.pipeline}/{task}{wanted.output}{part}"
