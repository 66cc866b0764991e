"""Roots: the records whose artifacts a collection keeps, chosen by the rules of retention."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wombat.store import names
from wombat.store.blobs import Entry
from wombat.store.gc import survey
from wombat.store.gc.named import read_told, told
from wombat.store.gc.rules import kept
from wombat.store.pins import pins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.gc.clocks import Clocks
    from wombat.store.gc.marks import Marks
    from wombat.store.gc.named import Told
    from wombat.store.gc.rules import Retention, Version
    from wombat.store.space import Space


@dataclass(slots=True)
class Branch:
    """One branch or tag: how many versions keep their data, by reason, and how many don't."""

    pipeline: str
    kind: str
    branch: str
    keeps: dict[str, int] = field(default_factory=dict)
    lets_go: int = 0
    closed: str = ""
    """When it was closed, and whether its data is kept for a while: `grace` or `over`."""


@dataclass(slots=True)
class Roots:
    """What is kept: manifests as the 64 bytes of C and M, and how that came."""

    manifests: set[bytes] = field(default_factory=set)
    branches: list[Branch] = field(default_factory=list)
    runs: int = 0
    pins: int = 0
    records: int = 0
    """Ref records and run records that the listings showed, kept or not."""
    tops: dict[str, int] = field(default_factory=dict)

    def add(self, one: Told) -> None:
        self.manifests.update(bytes.fromhex(key.replace(".", "")) for key in one.every())


@dataclass(slots=True)
class Choosing:
    """One look at all roots of a zone. `now` is the server's time, in seconds since 1970."""

    space: Space
    retention: Retention
    clocks: Clocks
    marks: Marks
    now: float
    roots: Roots = field(default_factory=Roots)
    runs: set[tuple[str, str]] = field(default_factory=set)
    """Pipeline and run of every kept version, and of every young run."""
    over: set[tuple[str, str, str]] = field(default_factory=set)

    def choose(self) -> Roots:
        """Raises StoreDamaged where a root can't be read, or a listing isn't whole."""
        self._refs()
        self._keep(self._of_runs())
        self._keep(self._segments())
        self._pins()
        return self.roots

    def told(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Told]]:
        for entry, value in self.marks.of(entries, lambda one: read_told(self.space, one)):
            yield entry, told(value)

    def _keep(self, entries: Iterable[Entry]) -> None:
        for _, one in self.told(entries):
            self.roots.add(one)

    def _refs(self) -> None:
        found = survey.versions(self.space)
        self.roots.tops = survey.tops(found)
        self.roots.records += sum(map(len, found.values()))
        wanted: list[Version] = []
        for at, versions in found.items():
            wanted += self._branch(at, versions)
        owner = {version.key: version.pipeline for version in wanted}
        for entry, one in self.told(map(_entry, wanted)):
            self.roots.add(one)
            self.runs.add((owner[entry.key], one.run))

    def _branch(self, at: tuple[str, str, str], versions: list[Version]) -> list[Version]:
        shown = Branch(*at)
        self.roots.branches.append(shown)
        living, closed = self._opened(versions)
        if closed is not None:
            over = self.now - closed >= self.clocks.closed
            shown.closed = "over" if over else "grace"
            if over:
                self.over.add(at)
                shown.lets_go = len(living)
                return []
        reasons = kept(living, self.retention.of(at[0]), self.now) if living else {}
        shown.keeps = dict(Counter(reasons.values()))
        shown.lets_go = len(living) - len(reasons)
        return [version for version in living if version.key in reasons]

    def _opened(self, versions: list[Version]) -> tuple[list[Version], float | None]:
        """The versions without records of closing on top, and when the branch was closed."""
        closed: float | None = None
        for place, version in enumerate(versions):
            _, top = next(self.told([_entry(version)]))
            if not top.closed:
                return versions[place:], closed
            closed = version.time if closed is None else closed
        return [], closed

    def _of_runs(self) -> Iterator[Entry]:
        for run in survey.runs(self.space):
            self.roots.records += 1
            at = (run.pipeline, run.run)
            young = self.now - run.time < self.clocks.unfinished
            if not (young or at in self.runs):
                if run.everything and self._stands_alone(run):
                    self.roots.runs += 1
                    self.runs.add(at)
                    yield run.everything
                continue
            self.roots.runs += 1
            self.runs.add(at)
            yield from (one for one in (run.header, run.everything) if one)
            if young:
                yield from run.attempts

    def _stands_alone(self, run: survey.Run) -> bool:
        """A run that was superseded, or whose version was let go, is kept while it is young."""
        assert run.everything is not None  # noqa: S101 -- its caller asked
        if self.now - run.time >= self.retention.of(run.pipeline).younger_than:
            return False
        _, one = next(self.told([run.everything]))
        kind = "tags" if one.branch.startswith("tag:") else "heads"
        return (run.pipeline, kind, one.branch.removeprefix("tag:")) not in self.over

    def _segments(self) -> Iterator[Entry]:
        for entry in self.space.blobs.entries(f"{self.space.zone}/cache/"):
            name = names.parse(entry.key)
            if name is None:
                continue
            young = self.now - entry.time < self.clocks.unfinished
            if young or (name["pipeline"], name["run"]) in self.runs:
                yield entry

    def _pins(self) -> None:
        now = datetime.fromtimestamp(self.now, UTC)
        for pin in pins(self.space, self.space.zone.partition("/")[2]):
            if pin.holds(now):
                mine = [a for a in pin.artifacts() if a.zone == self.space.zone]
                self.roots.pins += bool(mine)
                self.roots.manifests |= {bytes.fromhex(a.content + a.manifest) for a in mine}


def _entry(version: Version) -> Entry:
    return Entry(version.key, version.size, version.time)
