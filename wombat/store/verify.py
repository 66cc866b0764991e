"""Verifying: everything that the roots of a zone reach is looked at; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from wombat.digest import digest_bytes
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.closer import Wound, look_closer
from wombat.store.doom import REPORTS, artifacts_in, pointed
from wombat.store.journal import read_record
from wombat.store.moved import table_of
from wombat.store.packs import FRAME_LARGEST, LARGEST, decompress, read_table
from wombat.store.parallel import each
from wombat.store.reading import open_alone
from wombat.store.records import Artifact, Mismatch
from wombat.store.space import listed, read_checked, report_damage
from wombat.store.standins import find_successor
from wombat.store.whole import check_manifest
from wombat.store.witness import Witness, witnesses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from wombat.store.push import Progress
    from wombat.store.records import Body
    from wombat.store.sections import PackRow
    from wombat.store.space import Space

WIDTH: Final = 8
SHOWN: Final = 100
"""Files and witnesses that a fault names at most; all are counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An object that isn't what it should be.

    `healed`: readers find good copies of all that is wanted of it. `files` can't be read,
    `lost` of them in all.
    """

    key: str
    kind: str
    reason: str
    healed: bool = False
    witnesses: tuple[Witness, ...] = ()
    files: tuple[str, ...] = ()
    lost: int = 0


@dataclass(slots=True)
class Report:
    """What was looked at, what is wrong, and what repair has to know of it."""

    read_data: bool = False
    records: int = 0
    artifacts: int = 0
    packs: int = 0
    bytes: int = 0
    let_go: int = 0
    """Manifests and packs that aren't there or wrong, and that retention doesn't keep."""
    faults: list[Fault] = field(default_factory=list)
    wounds: list[Wound] = field(default_factory=list)
    manifests: list[Artifact] = field(default_factory=list)
    """Those that can't be read; the zone is filled in."""

    @property
    def sound(self) -> bool:
        return all(fault.healed for fault in self.faults)


def verify(
    space: Space,
    pipelines: Sequence[str] = (),
    *,
    read_data: bool = False,
    progress: Progress | None = None,
    kept: Callable[[], Collection[bytes]] | None = None,
) -> Report:
    """Records, manifests and packs that this zone's roots reach; with `read_data` every byte.

    Of packs of which damage was reported every byte is read in any case.
    `pipelines`: only what their refs, runs and segments reach. `kept`, asked at the first fault,
    gives C and M (64 bytes) of what retention keeps: of the rest nothing has to be there. What is
    wrong is told in the report, and below `damage/`. Raises StoreUnreachable.
    """
    walk = _Walk(space, Report(read_data), progress, _Kept(space.zone, kept))
    walk.read_records(tuple(pipelines))
    walk.read_manifests()
    walk.read_packs()
    return walk.report


def roots(space: Space, pipelines: Sequence[str] = ()) -> Iterator[tuple[str, names.Name]]:
    """The records of this zone that name artifacts."""
    steps = [f"{p}/" for p in pipelines] or [""]
    for folder in ("refs", "runs", "cache"):
        for step in steps:
            yield from listed(space, f"{space.zone}/{folder}/{step}")
    if not pipelines:
        for folder in ("results", "moved"):
            yield from listed(space, f"{space.zone}/{folder}/")
    if space.zone.startswith("t/"):
        yield from listed(space, f"x/{space.zone.removeprefix('t/')}/")


def reported(space: Space) -> set[str]:
    """Digests of the keys of which damage was reported, in the zones whose packs this one names."""
    found: set[str] = set()
    for zone in pointed(space.zone):
        found.update(name["digest"] for _, name in listed(space, f"{zone}/damage/", limit=REPORTS))
    return found


@dataclass(slots=True)
class _Kept:
    """What retention keeps, as far as that can be told."""

    zone: str
    ask: Callable[[], Collection[bytes]] | None
    _known: Collection[bytes] | None = None

    def __call__(self, artifact: Artifact) -> bool:
        if self.ask is None or artifact.zone != self.zone:
            return True
        if self._known is None:
            try:
                self._known = self.ask()
            except StoreDamaged:
                # A root can't be read: nobody knows what it keeps.
                self.ask = None
                return True
        return bytes.fromhex(artifact.content + artifact.manifest) in self._known


@dataclass(slots=True)
class _Pack:
    row: PackRow
    users: list[Artifact] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    space: Space
    report: Report
    progress: Progress | None
    kept: _Kept
    named: dict[Artifact, list[Witness]] = field(default_factory=dict)
    packs: dict[str, _Pack] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    """Digests of the keys of which readers told that they are damaged."""

    def read_records(self, pipelines: tuple[str, ...]) -> None:
        for key, name, body in each(self._record, roots(self.space, pipelines)):
            if body is None:
                continue
            self.report.records += 1
            if isinstance(body, str):
                self._fault(key, name.kind, body)
            else:
                self._name(key, name, body)

    def _record(self, found: tuple[str, names.Name]) -> tuple[str, names.Name, Body | str | None]:
        key, name = found
        try:
            return key, name, read_record(self.space, key, name.kind)
        except Absent:
            return key, name, None  # a collection of garbage was there between listing and reading
        except StoreDamaged as error:
            return key, name, error.message

    def _name(self, key: str, name: names.Name, body: Body) -> None:
        zone = name.fields.get("zone", self.space.zone)
        for witness, value in witnesses(key, name, body):
            for artifact in artifacts_in(value):
                whole = Artifact(
                    artifact.content, artifact.manifest, artifact.packs, artifact.zone or zone
                )
                known = self.named.setdefault(whole, [])
                if len(known) < SHOWN:
                    known.append(witness)

    def read_manifests(self) -> None:
        check = partial(_manifest, self.space)
        for artifact, rows, reason in each(check, list(self.named), width=WIDTH):
            self.report.artifacts += 1
            if reason is not None and not self.kept(artifact):
                self.report.let_go += 1
                continue
            if reason is not None:
                key = names.manifest(str(artifact.zone), artifact.content, artifact.manifest)
                if rows is None:
                    self.report.manifests.append(artifact)
                self._fault(key, "manifest", reason, by=(artifact,), healed=rows is not None)
                if rows is None:
                    report_damage(self.space, key, reason)
            for row in rows or ():
                key = names.pack(row.zone, row.digest)
                self.packs.setdefault(key, _Pack(row)).users.append(artifact)

    def read_packs(self) -> None:
        total = sum(p.row.size for p in self.packs.values()) if self.report.read_data else None
        self.reported = reported(self.space)
        self.space.watch.spoiled.update(self.reported)  # nobody need be told of it again
        rows = [p.row for p in self.packs.values()]
        for row, reason in each(self._pack, rows, width=WIDTH):
            self.report.packs += 1
            self.report.bytes += row.size
            if reason is not None:
                self._wounded(row, reason)
            if self.progress:
                self.progress(self.report.bytes, total)

    def _pack(self, row: PackRow) -> tuple[PackRow, str | None]:
        told = digest_bytes(names.pack(row.zone, row.digest).encode()) in self.reported
        return _pack(self.space, row, read_data=self.report.read_data or told)

    def _wounded(self, row: PackRow, reason: str) -> None:
        key = names.pack(row.zone, row.digest)
        users = [user for user in self.packs[key].users if self.kept(user)]
        if not users:
            self.report.let_go += 1
            return
        wound = look_closer(self.space, row, users)
        self.report.wounds.append(wound)
        healed = not wound.missing
        if not healed:
            report_damage(self.space, key, reason)
        self._fault(key, "pack", reason, by=users, healed=healed, files=wound.files)

    def _fault(
        self,
        key: str,
        kind: str,
        reason: str,
        *,
        by: Sequence[Artifact] = (),
        healed: bool = False,
        files: Sequence[str] = (),
    ) -> None:
        behind = dict.fromkeys(w for one in by for w in self.named[one])
        self.report.faults.append(
            Fault(
                key, kind, reason, healed, tuple(behind)[:SHOWN], tuple(files)[:SHOWN], len(files)
            )
        )


def _manifest(
    space: Space, artifact: Artifact
) -> tuple[Artifact, list[PackRow] | None, str | None]:
    """Its packs, or those of the manifest that stands in for it; and what is wrong with it."""
    try:
        return artifact, check_manifest(open_alone(space, artifact)), None
    except StoreDamaged as error:
        reason = error.message
    try:
        other = find_successor(space, artifact)
        rows = check_manifest(open_alone(space, other)) if other else None
    except StoreDamaged:
        return artifact, None, reason
    return artifact, rows, reason


def _pack(space: Space, row: PackRow, *, read_data: bool) -> tuple[PackRow, str | None]:
    key = names.pack(row.zone, row.digest)
    try:
        size = space.blobs.stat(key).size
        if size != row.size or size > LARGEST:
            return row, f"{key} has {size:,} bytes; expected {row.size:,}"
        if read_data:
            read_checked(space, key, partial(check_pack, row.digest))
        else:
            table_of(space, key)
    except Absent:
        return row, f"{key} is gone"
    except StoreDamaged as error:
        return row, error.message
    return row, None


def check_pack(digest: str, data: bytes) -> int:
    """Digest, table and every chunk; the number of chunks. Raises Mismatch."""
    if digest_bytes(data) != digest:
        raise Mismatch("the pack has another digest")
    rows = read_table(data)
    frames: dict[tuple[int, int], bytes] = {}
    for row in rows:
        at = (row.offset, row.length)
        if at not in frames:
            stored = data[row.offset : row.offset + row.length]
            frames = {at: decompress(row.codec, stored, FRAME_LARGEST)}
        chunk = frames[at][row.inside : row.inside + row.raw]
        if len(chunk) != row.raw or bytes.fromhex(digest_bytes(chunk)) != row.chunk:
            raise Mismatch("a chunk of the pack has another digest")
    return len(rows)
