"""One version of a pipeline onto the target branch: compare, send, commit, audit, merge.

The ref is what counts, and all of this may be done again at any time: nothing is remembered but
what stands in lakeFS. Why no overtaken run is ever merged after a later one: the older run makes
its branch *before* it looks at the ref for the last time, and the later one moves the ref *before*
it lists the branches that live. So either the later one sees the branch, and then writes the record
anew, on which the older merge breaks; or the older one sees the ref, and doesn't merge. Two records
are never equal: `version` counts the ref's records, `again` how often one of them was written.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from blake3 import blake3

from wombat.errors import Absent, Conflict, OutcomeUnknown
from wombat.projection import faults
from wombat.projection.branches import Living, Working, changed, living, may_merge, prepare
from wombat.projection.described import describe, encode, metadata, replaces, standing
from wombat.projection.faults import Again
from wombat.projection.layout import Folder, folders, unfit
from wombat.projection.merging import merge
from wombat.projection.sending import manifests, put, send
from wombat.projection.table import Collision, Table, Wanted
from wombat.store.lakefs import objects, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wombat.projection.target import Target
    from wombat.store import Progress, RefRecord, Store

    _Encode = Callable[[Mapping[str, str]], bytes]

Outcome = Literal["projected", "unchanged", "superseded", "planned"]
LONGEST: Final = 1024
"""Bytes of a path in lakeFS."""
TRIES: Final = 8
"""How often something may have moved meanwhile."""


@dataclass(frozen=True)
class Projected:
    """What became of a version. `files` and `bytes` differed from what the target held, `uploaded`
    of them were sent by this command; `commit` is the target's then."""

    pipeline: str
    outcome: Outcome
    address: str
    run: str | None = None
    commit: str | None = None
    files: int = 0
    bytes: int = 0
    unchanged: int = 0
    deleted: int = 0
    uploaded: int = 0
    foreign: int = 0
    foreign_paths: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    by: str | None = None


@dataclass
class Projection:
    """What is done for one version; `head` asks for what the ref holds now."""

    store: Store
    target: Target
    record: RefRecord
    head: Callable[[], RefRecord | None]
    progress: Progress | None = None
    dry: bool = False
    _told: Projected = field(init=False)
    _folders: list[Folder] = field(init=False)
    _sums: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        address = self.target.address()
        self._told = Projected(self.target.pipeline, "planned", address, self.record.run)

    def run(self) -> Projected:
        """Superseded, where the ref moved on. Raises Conflict, StoreDamaged, OutcomeUnknown,
        Absent, StoreDenied, StoreUnreachable: the ref is right, and the next run of this goes on.
        """
        self._folders = list(folders(self.record))
        attempt = 0
        while True:
            attempt += 1
            try:
                with Table(self.target) as table:
                    return self._once(table)
            except Again as moved:
                if attempt >= TRIES:
                    raise moved.cause from None
                self.target.client.wait(attempt)

    def _once(self, table: Table) -> Projected:
        if (by := self._overtaken()) is not None:
            return replace(self._told, outcome="superseded", by=by)
        alive, head = self._there()
        mine = self.target.run_branch(self.record.run)
        try:
            described, again, same = self._compare(table, head)
        except faults.Claimed:
            if (by := self._overtaken()) is not None:
                return replace(self._told, outcome="superseded", by=by)
            if not self.dry and mine in {one.name for one in alive}:
                versions.delete_branch(self.target.client, mine)
            raise
        others = [one for one in alive if one.name != mine]
        names = [one.name for one in alive]
        count = 0 if again is None else again + 1
        if self.dry:
            outcome: Outcome = "unchanged" if same and not alive else "planned"
            return replace(self._told, outcome=outcome, branches=tuple(names), commit=head)
        if same and not may_merge(self.target, head, others):
            return self._ended(head, names)
        try:
            work = prepare(self.target, self.record.run, head)
        except Absent as gone:
            raise Again(gone) from gone  # who does the same has just ended
        try:
            return self._through(table, work, partial(encode, described, count), names)
        except Conflict as no:
            if no.code != "lakefs-refused" or work.base == head:
                raise
            # It may be a hook that the branch still has, and the target no more.
            versions.delete_branch(self.target.client, work.name)
            raise Again(no) from no

    def _through(
        self, table: Table, work: Working, record: _Encode, alive: Iterable[str]
    ) -> Projected:
        """Sent, committed, compared, merged."""
        try:
            made = self._written(table, work, record)
        except Absent as gone:
            raise Again(gone) from gone  # another one that does the same took the branch away
        self._audit(table, work, made)
        if (by := self._overtaken()) is not None:
            versions.delete_branch(self.target.client, work.name)
            return replace(self._told, outcome="superseded", by=by)
        merged = merge(self.target, made, self.record)
        if changed(self.target, made, merged):
            self._told = replace(self._told, outcome="projected")
            raise Again(faults.conflict(self.target, [self.target.root], 1))
        return self._ended(merged, [*alive, work.name], merged=True)

    def _overtaken(self) -> str | None:
        """The run that stands instead; None while it is this one."""
        now = self.head()
        if now is None or now.closed:
            return "none: the branch is closed"
        return None if (now.seq, now.run) == (self.record.seq, self.record.run) else now.run

    def _there(self) -> tuple[list[Living], str]:
        """The branches of runs, and the target's commit. In this order: a branch that is merged and
        gone by then is seen on the target."""
        try:
            alive = living(self.store, self.target)
            return alive, versions.commit_of(self.target.client, self.target.branch).id
        except Absent as absent:
            raise Absent(
                f"{self.target.address(path='')} isn't there: {absent}",
                hint="publish.lakefs in wombat.yml names the repository and the branch",
            ) from absent

    def _compare(self, table: Table, head: str) -> tuple[dict[str, Any], int | None, bool]:
        """The record to write; how often it was written, if it stands at `head`; and whether it and
        all files do. Conflict where others' files are in the way."""
        if found := unfit(self._folders):
            raise faults.collision(self.target, self.target.root + found[0], found[1])
        try:
            table.want(self._files())
        except Collision as double:
            raise faults.collision(self.target, str(double)) from None
        said = standing(self.target, head)
        self._sums = said.sums if said is not None else {}
        table.compare(objects.listing(self.target.client, head, self.target.root), self._sums)
        count, paths = table.strange(blocks=True)
        if count:
            raise faults.foreign(self.target, paths, count)
        if said is not None and not replaces(self.target, said.said, self.record.seq):
            raise faults.claimed(self.target, said.said)
        described = describe(self.target, self.record)
        again = said.again if said is not None and said.said == described else None
        missing, size = table.missing
        deleted = len(table.to_delete)
        strange, shown = table.strange(blocks=False)
        if self._told.outcome != "projected":
            self._told = replace(
                self._told, files=missing, bytes=size, deleted=deleted,
                unchanged=table.files - missing, foreign=strange, foreign_paths=tuple(shown),
            )  # fmt: skip
        return described, again, again is not None and not missing and not deleted

    def _files(self) -> Iterator[Wanted]:
        """Conflict for a path that is longer than lakeFS takes."""
        opened = manifests(self.store, self._folders)
        for number, (folder, manifest) in enumerate(zip(self._folders, opened, strict=True)):
            for row, file in enumerate(manifest):
                path = f"{self.target.root}{folder.steps}{file.path}"
                if len(path.encode()) > LONGEST:
                    why = f"lakeFS takes paths of up to {LONGEST:,} bytes"
                    raise faults.collision(self.target, path, why)
                yield Wanted(path, file.size, file.digest, number, row, file.executable)

    def _written(self, table: Table, work: Working, record: _Encode) -> str:
        """The run's branch holds what shall stand: its commit."""
        target, client = self.target, self.target.client
        if not work.fresh:
            found = objects.listing(client, work.name, target.root)
            table.compare(found, self._sums, mine=True)
        files, _ = send(
            self.store, target, work.name,
            folders=self._folders, table=table, progress=self.progress,
        )  # fmt: skip
        self._told = replace(self._told, uploaded=self._told.uploaded + files)
        body = record(table.large())
        content = blake3(body).hexdigest()
        table.want([Wanted(target.record, len(body), content)])
        put_record(target, work.name, body, content)
        if gone := table.to_delete:
            objects.delete(client, work.name, gone)
        return self._committed(work)

    def _committed(self, work: Working) -> str:
        client = self.target.client
        message = f"{self.target.pipeline}: run {self.record.run}"
        about = metadata(self.target, self.record)
        try:
            made = versions.commit(client, work.name, message, about)
        except OutcomeUnknown as unknown:
            raise Again(unknown) from unknown
        found = versions.commit_of(client, made or work.name)
        if found.id != work.head and work.head not in found.parents:
            raise Again(faults.foreign_branch(self.target, work.name, "it moved meanwhile"))
        return found.id

    def _audit(self, table: Table, work: Working, made: str) -> None:
        """The commit holds what was sent, and nothing else that the target doesn't have."""
        client, target = self.target.client, self.target
        table.compare(objects.listing(client, made, target.root), mine=True)
        wrong = table.wrong()
        wrong += _beside(target, work.base, made)
        if wrong:
            with suppress(Absent):
                ours = [one for one in wrong if one.startswith(target.root)]
                objects.delete(client, work.name, ours)
            raise faults.audit(target, made, wrong[:10])

    def _ended(self, commit: str, alive: Iterable[str], *, merged: bool = False) -> Projected:
        """Takes away branches that are merged, or overtaken: the ref says so after they were
        listed."""
        names = sorted({*alive})
        if names and self._overtaken() is not None:
            names = []
        gone = [one for one in names if versions.delete_branch(self.target.client, one)]
        if merged:
            self._told = replace(self._told, outcome="projected")
        elif self._told.outcome != "projected":
            self._told = replace(self._told, outcome="unchanged")
        return replace(self._told, commit=commit, branches=tuple(gone))


def _beside(target: Target, left: str, right: str) -> list[str]:
    """A path before the pipeline's folder and one behind it that two commits have otherwise."""
    first = versions.differences(target.client, left, right, amount=1)
    last = versions.differences(
        target.client, left, right, after=f"{target.root}{chr(sys.maxunicode)}", amount=1
    )
    found = (one.path for each in (first, last) for one in islice(each, 1))
    return [path for path in dict.fromkeys(found) if not path.startswith(target.root)]


def put_record(target: Target, branch: str, body: bytes, content: str) -> None:
    from hashlib import md5

    put(
        target,
        branch,
        target.record,
        body,
        size=len(body),
        about=target.metadata(content),
        summed=lambda: md5(body, usedforsecurity=False).hexdigest(),
    )
