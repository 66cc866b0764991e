"""An address becomes a Store: everything that others do with one."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wombat.digest import canonical_json
from wombat.errors import Absent, StoreDamaged, StoreDenied
from wombat.store import finding, reading, records, refs, runs
from wombat.store.blobs import BlobStore, open_blobs
from wombat.store.names import FORMAT_KEY
from wombat.store.space import Space, settle
from wombat.store.through import Through
from wombat.store.wrap.looking import Looking
from wombat.store.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wombat.digest import Digest
    from wombat.store.push import Progress, Sizes
    from wombat.store.reading import Manifest
    from wombat.store.records import Artifact, AttemptRecord, RefRecord
    from wombat.store.refs import Published


@dataclass(frozen=True, slots=True)
class Store:
    """One zone of a store, open. Errors of all methods: StoreUnreachable, StoreDenied."""

    space: Space
    address: str

    @property
    def zone(self) -> str:
        """The zone that is written, such as `t/shop`."""
        return self.space.zone

    @property
    def blobs(self) -> BlobStore:
        return self.space.blobs

    @property
    def far(self) -> bool:
        """Whether it is no folder: there requests count, not what one of them brings."""
        return "://" in self.address.removeprefix("file://")

    def identity(self) -> str:
        """Its id, which no other store has. Absent."""
        return str(_understood(self.blobs.get(FORMAT_KEY))["id"])

    def beside(self, zone: str) -> Store:
        """Another zone of the same store, such as `t/shop`, for itself; asks for nothing."""
        space = Space(self.space.blobs, zone_of(zone, ""), (zone,), self.space.atomic)
        return Store(space, self.address)

    def before(self, upstream: Callable[[], Store]) -> Store:
        """This store, which reads from `upstream` what it lacks of trusted zones.

        `upstream` is called when something is lacking, and gives the same store each time.
        """
        blobs = Through(self.space.blobs, lambda: upstream().space.blobs)
        # Both stores are asked for packs, so that the cache of one of them would be asked in vain.
        space = replace(self.space, blobs=blobs, cached=None)
        return Store(replace(space, upstream=lambda: upstream().space), self.address)

    def push_tree(
        self,
        folder: Path,
        *,
        type: str,  # noqa: A002 -- the word of the format
        base: Sequence[Artifact] = (),
        progress: Progress | None = None,
        sizes: Sizes | None = None,
        lasting: bool = False,
    ) -> Artifact:
        """Stores a folder or one file; durable with the next record. Raises DataInvalid.

        `lasting`: the user keeps it, so that what was read is remembered by what stat(2) says.
        """
        from wombat.store import push

        pushed = push.push_tree(
            self.space,
            folder,
            type=type,
            base=base,
            progress=progress,
            sizes=sizes,
            lasting=lasting,
        )
        self.space.watch.note(pushed, self.zone)
        return pushed

    def fetch_tree(
        self,
        artifact: Artifact | Manifest,
        into: Path,
        *,
        paths: Collection[str] | None = None,
        progress: Progress | None = None,
        width: int | None = None,
        fresh: bool = False,
    ) -> None:
        """All verified, or nothing at `into`, which is absent or empty before.

        A manifest that was opened before isn't asked for again. `fresh`: `into` is there, and the
        caller throws it away where this fails.
        """
        manifest = artifact
        if not isinstance(manifest, reading.Manifest):
            manifest = reading.open_named(self.space, manifest)
        from wombat.store import pull

        pull.fetch_tree(
            self.space, manifest, into, paths=paths, progress=progress, width=width, fresh=fresh
        )

    def manifest(self, artifact: Artifact, *, named: bool = True) -> Manifest:
        """`type`, `files`, `bytes` at once; iterating reads the file table. StoreDamaged.

        Where no record of the store `named` it, its whole file table is read and proved first.
        """
        found = reading.open_manifest(self.space, artifact)
        if not named:
            found.prove()
        return found

    def read_file(self, artifact: Artifact, path: str) -> bytes:
        """One file's bytes; Absent where the artifact has no such path."""
        from wombat.store import pull

        return pull.read_file(self.space, self.manifest(artifact), path)

    def find_artifact(self, content: str) -> Artifact | None:
        """By content digest, in any readable zone."""
        return finding.find_artifact(self.space, content)

    def create_header(self, pipeline: str, run: str, header: Any) -> Any:
        """Whoever comes first wins; the header that stands, ours or the other's."""
        return runs.create_header(self.space, pipeline, run, header)

    def header(self, pipeline: str, run: str) -> Any:
        """Raises Absent."""
        return runs.header(self.space, pipeline, run)

    def runs(self, pipeline: str) -> list[str]:
        """Ids of all runs with a record in this zone, in any order; what was put has no header."""
        return list(runs.runs(self.space, pipeline))

    def record_attempt(
        self, pipeline: str, run: str, task: str, part: str | None, record: Mapping[str, Any]
    ) -> int:
        """Everything pushed before is durable first; returns the attempt's number, from 1."""
        return runs.record_attempt(self.space, pipeline, run, task, part, record)

    def attempts(
        self, pipeline: str, run: str, task: str | None = None, part: str | None = None
    ) -> list[AttemptRecord]:
        """By task, part and number."""
        return runs.attempts(self.space, pipeline, run, task, part)

    def require_outputs(self, chosen: Iterable[AttemptRecord]) -> None:
        """Before a publish: raises StoreDamaged with the tasks whose outputs are gone."""
        runs.require_outputs(self.space, chosen)

    def record_result(self, key: str, run: str, attempt: int, result: Mapping[str, Any]) -> None:
        from wombat.store import results

        results.record_result(self.space, key, run, attempt, result)

    def find_result(self, key: str) -> dict[str, Any] | None:
        """The oldest complete one, trusted zones first."""
        from wombat.store import results

        return results.find_result(self.space, key)

    def find_results(self, key: str) -> Iterator[dict[str, Any]]:
        """All complete ones, trusted zones first, then the oldest."""
        from wombat.store import results

        return results.find_results(self.space, key)

    def find_all_results(self, keys: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """The same of many keys at once, of each that has any; a zone that refuses has none."""
        from wombat.store import results

        return results.find_all_results(self.space, keys, far=self.far)

    def segments(
        self, pipeline: str, *, limit: int = 50, skip: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Cache segments `{run, time, results}` of the own zone, the newest first."""
        from wombat.store import cache

        return cache.segments(self.space, pipeline, limit=limit, skip=skip)

    def publish(
        self,
        *,
        pipeline: str,
        branch: str,
        run: str,
        plan: Digest | str,
        order: int,
        commit: str | None,
        time: str,
        outputs: Mapping[str, Any],
        kind: str = "heads",
        merge: bool = False,
        results: Mapping[str, Any] | None = None,
        chosen: Mapping[str, int] | None = None,
    ) -> Published:
        """Cache segment, `all`, then the ref record. Raises Conflict, OutcomeUnknown."""
        from wombat.store import publish

        change = refs.Change(
            pipeline, branch, run, str(plan), order, commit, time, outputs, kind, merge
        )
        return publish.publish(self.space, change, results=results, chosen=chosen)

    def commit_ref(self, change: refs.Change, *, tries: int | None = None) -> Published:
        """The commit rule alone."""
        return refs.commit(self.space, change, tries=tries)

    def published_ref(self, pipeline: str, run: str) -> RefRecord | None:
        """What a run published as a record of its branch, whether it moved the ref or was
        superseded; None for a run that wasn't. Its `seq` is 0: it stands nowhere in a history."""
        return refs.of_run(self.space, pipeline, run)

    def close(
        self, pipeline: str, branch: str, *, time: str, kind: str = "heads"
    ) -> Published | None:
        """Says on top of a branch that it is no more; None where there is nothing to close."""
        return refs.close(self.space, pipeline, branch, time=time, kind=kind)

    def published(self, pipeline: str, run: str) -> dict[str, Any]:
        """What a run published, `{plan, order, branch, outputs, chosen, ...}`; raises Absent."""
        return runs.read_all(self.space, pipeline, run)

    def head(self, pipeline: str, branch: str, kind: str = "heads") -> RefRecord | None:
        """None for no record; Conflict (`ref-fork`) where two stand at the top."""
        return refs.head(self.space, pipeline, branch, kind)

    def ref_log(self, pipeline: str, branch: str, kind: str = "heads") -> Iterator[RefRecord]:
        """The newest first."""
        return refs.log(self.space, pipeline, branch, kind)

    def branches(self, pipeline: str) -> list[str]:
        return refs.branches(self.space, pipeline)

    def tags(self, pipeline: str) -> list[str]:
        return refs.branches(self.space, pipeline, "tags")

    def located(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """An output of a record of this zone as one of another zone may name it."""
        return records.located(value, self.zone)

    def tops(self, pipeline: str, branch: str, kind: str = "heads") -> list[RefRecord]:
        """The newest records: none, one, or those of a fork."""
        return refs.tops(self.space, pipeline, branch, kind)

    def projects(self) -> list[str]:
        """Those with a zone of the same trust as this one, whatever they hold. StoreDenied."""
        return sorted(self.blobs.folders(f"{self.zone.split('/')[0]}/"))

    def pipelines(self) -> list[str]:
        return refs.pipelines(self.space)


def open_store(
    address: str,
    *,
    project: str,
    zone: str,
    readable: tuple[str, ...] | None = None,
    create: bool = True,
) -> Store:
    """The store at an address: a folder, `s3://bucket/prefix`, or `memory:name`.

    `zone` is `t`, `u`, `local` or such with the project, `local/shop`; `readable` are further
    zones. Without `create` a store must be there: else Absent. Raises StoreDamaged
    (`store-format`) for a store of another format.
    """
    blobs = open_blobs(address)
    own = zone_of(zone, project)
    others = tuple(zone_of(z, project) for z in readable or ())
    form = _format(blobs, address, create=create)
    atomic = form["create"] == "atomic"
    space = Space(blobs if atomic else Looking(blobs), own, (own, *others), atomic)
    if re.match(r"(?!file:)[a-z0-9]+://", address):
        from wombat.store.sent import sent
        from wombat.store.wrap.cached import cached

        identity = str(form["id"])
        space = replace(space, cached=cached(space.blobs, identity), sent=sent(identity))
    return Store(space, address)


def _format(blobs: BlobStore, address: str, *, create: bool) -> dict[str, Any]:
    try:
        return _understood(blobs.get(FORMAT_KEY))
    except Absent:
        if not create:
            raise Absent(
                f"there is no store at {address}", hint="run a pipeline, or check the address"
            ) from None
    try:
        settle(Space(blobs, "", ()), FORMAT_KEY, canonical_json(_form(blobs)))
    except StoreDenied as error:
        raise StoreDenied(
            f"there is no store at {address}, and none may be made: {error}",
            hint="whoever looks after the place runs: wombat store init ADDRESS",
        ) from error
    return _understood(blobs.get(FORMAT_KEY))


def _form(blobs: BlobStore) -> dict[str, Any]:
    return {
        "v": 1,
        "id": os.urandom(16).hex(),
        "hash": "blake3",
        "requires": [],
        "optional": [],
        "create": "atomic" if blobs.atomic else "none",
    }


def _understood(data: bytes) -> dict[str, Any]:
    try:
        form: dict[str, Any] = json.loads(data)
        if form["v"] != 1 or form["hash"] != "blake3":
            raise _refused(f"version {form['v']!r} with hash {form['hash']!r}")
        if unknown := [str(r) for r in form["requires"]]:
            raise _refused(f"it requires {', '.join(unknown)}")
        if form["create"] not in ("atomic", "none"):
            raise _refused(f"its create is {form['create']!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise _refused(f"{FORMAT_KEY} can't be read") from error
    return form


def _refused(reason: str) -> StoreDamaged:
    return StoreDamaged(
        f"the store has a format that this version doesn't know: {reason}",
        code="store-format",
        hint="upgrade wombat, or check the store's address",
    )
