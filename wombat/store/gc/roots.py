"""Roots: the records whose artifacts a collection keeps, chosen by the rules of retention."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.blobs import Entry
from wombat.store.gc import survey
from wombat.store.gc.named import damaged, lenient, read_told, told, untrusted
from wombat.store.gc.rules import NEWEST, TAG, kept
from wombat.store.journal import read_record
from wombat.store.parallel import each
from wombat.store.pins import pin_of, prefix
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.store.gc.clocks import Clocks
    from wombat.store.gc.marks import Marks
    from wombat.store.gc.named import Told
    from wombat.store.gc.rules import Reason, Retention, Rules, Version
    from wombat.store.pins import Pin
    from wombat.store.space import Space

CLOSED: Final = "closed"


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
    vital: set[bytes] = field(default_factory=set)
    """Manifests without which nothing is collected: of the newest version of each living branch,
    and of each tag. Others may have been let go by an earlier rule."""
    kept: list[Entry] = field(default_factory=list)
    """The records that name them, but for pins."""
    pinned: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    """Manifests that pins name, and their packs."""
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""

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
        """Without those that can't be read, in an untrusted zone; else they end it."""
        read = lenient(self.space, self.roots.notes, read_told)
        for entry, value in self.marks.of(entries, read):
            if value is not None:
                yield entry, told(value)

    def _keep(self, entries: Iterable[Entry]) -> None:
        for entry, one in self.told(entries):
            self.roots.add(one)
            self.roots.kept.append(entry)

    def _refs(self) -> None:
        found = survey.versions(self.space, self._lenient())
        self.roots.tops = survey.tops(found)
        self.roots.records += sum(map(len, found.values()))
        self._read_first(found)
        wanted: dict[str, tuple[Version, Reason]] = {}
        for at, versions in found.items():
            wanted.update(self._branch(at, versions))
        for entry, one in self.told(_entry(version) for version, _ in wanted.values()):
            version, reason = wanted[entry.key]
            self._keep_version(entry, one, version.pipeline, vital=reason in (NEWEST, TAG))

    def _keep_version(self, entry: Entry, one: Told, pipeline: str, *, vital: bool) -> None:
        self.roots.add(one)
        self.roots.kept.append(entry)
        self.runs.add((pipeline, one.run))
        if vital:
            self.roots.vital.update(bytes.fromhex(key.replace(".", "")) for key in one.every())

    def _lenient(self) -> list[str] | None:
        return self.roots.notes if untrusted(self.space.zone) else None

    def _read_first(self, found: Mapping[tuple[str, str, str], list[Version]]) -> None:
        """All that branches will be asked for one by one, side by side."""
        every = (
            version
            for at, versions in found.items()
            for version in versions[:1] + versions[: self.retention.of(at[0]).keep_last]
        )
        for _ in self.marks.of(map(_entry, every), lenient(self.space, [], read_told)):
            pass

    def _branch(
        self, at: tuple[str, str, str], versions: list[Version]
    ) -> dict[str, tuple[Version, Reason]]:
        shown = Branch(*at)
        self.roots.branches.append(shown)
        living, closed = self._opened(versions)
        if closed is not None:
            over = self.now - closed >= self.clocks.closed
            shown.closed = "over" if over else "grace"
            if over:
                self.over.add(at)
                shown.lets_go = len(living)
                return {}
        reasons = self._reasons(living, self.retention.of(at[0]))
        shown.keeps = dict(Counter(reasons.values()))
        shown.lets_go = len(living) - len(reasons)
        said = CLOSED if closed is not None else None
        return {v.key: (v, said or reasons[v.key]) for v in living if v.key in reasons}

    def _reasons(self, living: list[Version], rules: Rules) -> dict[str, Reason]:
        """Of the versions since the branch came back, where a closing was over before.

        What stood below such a closing was let go, and no later rule brings it back.
        """
        closings: set[str] = set()
        while True:
            asked = [version for version in living if version.key not in closings]
            reasons = kept(asked, rules, self.now) if asked else {}
            wanted = (_entry(version) for version in asked if version.key in reasons)
            found = {entry.key for entry, one in self.told(wanted) if one.closed}
            if not found:
                return reasons
            closings |= found
            living = living[: self._over_at(living, closings)]

    def _over_at(self, living: list[Version], closings: set[str]) -> int:
        """The place of the newest closing that was over when the next version landed."""
        for place in range(1, len(living)):
            after = living[place - 1].time - living[place].time
            if living[place].key in closings and after >= self.clocks.closed:
                return place
        return len(living)

    def _opened(self, versions: list[Version]) -> tuple[list[Version], float | None]:
        """The versions without records of closing on top, and when the branch was closed."""
        closed: float | None = None
        for place, version in enumerate(versions):
            top = next((one for _, one in self.told([_entry(version)])), None)
            if top is None:
                continue
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
        one = next((one for _, one in self.told([run.everything])), None)
        if one is None:
            return False
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
        found = listed(self.space, prefix(self.space.zone.partition("/")[2]))
        keys = [key for key, name in found if name.kind == "pin"]
        for pin in each(self._pin, keys):
            if pin is not None and pin.holds(now):
                mine = [a for a in pin.artifacts() if a.zone == self.space.zone]
                self.roots.pins += bool(mine)
                for one in mine:
                    at = bytes.fromhex(one.content + one.manifest)
                    self.roots.manifests.add(at)
                    packs = self.roots.pinned.get(at, ())
                    self.roots.pinned[at] = tuple({*packs, *one.packs})

    def _pin(self, key: str) -> Pin | None:
        """None where another project's job wrote what is no pin. What is damaged may have been one:
        it ends the pass."""
        try:
            body = read_record(self.space, key, "pin")
        except (Absent, StoreDamaged) as error:
            if not untrusted(self.space.zone):
                raise damaged(key, error) from error
            return None
        try:
            return pin_of(key, body)
        except StoreDamaged as error:
            self.roots.notes.append(f"left out: {error}")
            return None


def _entry(version: Version) -> Entry:
    return Entry(version.key, version.size, version.time)
