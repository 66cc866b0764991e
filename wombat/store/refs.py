"""Branches and tags: an append-only history each, and the one rule by which it grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.ci import ref_of
from wombat.digest import digest_bytes, digest_json
from wombat.errors import Absent, Conflict, OutcomeUnknown, StoreDamaged
from wombat.store import names, runs
from wombat.store.history import candidates
from wombat.store.journal import create_record, read_record, require
from wombat.store.records import Mismatch, RefRecord
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.store.space import Space

Outcome = Literal["published", "superseded", "already"]
TRIES: Final = 3
MERGE_TRIES: Final = 30
"""Merges don't exclude each other: each lost race means that another one landed."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a commit: `ref` is the record's key, `by` the run that stands instead."""

    outcome: Outcome
    seq: int
    ref: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a run wants a branch to say; `order` grows with the pipelines of the project.

    With `merge` the outputs are added to what the head holds, and no later order supersedes them;
    else they are the whole snapshot. `again` is the version that a promotion, a moved tag or the
    closing of a branch goes on top of; a closing goes on top of no other.
    """

    pipeline: str
    branch: str
    run: str
    plan: str
    order: int
    commit: str | None
    time: str
    outputs: Mapping[str, Any]
    kind: str = "heads"
    merge: bool = False
    closed: bool = False
    again: int | None = None

    @property
    def key(self) -> str:
        """The same run and plan have the same key: a retry recognises its own commit.

        A promotion is another commit of the same run: what it was put on top of tells it apart.
        """
        told: dict[str, Any] = {"run": self.run, "plan": self.plan}
        if self.again is not None:
            told["again"] = self.again
        if self.closed:
            told["closed"] = True
        return digest_json(told)


def tops(space: Space, pipeline: str, branch: str, kind: str = "heads") -> list[RefRecord]:
    """The newest records of the own zone: none, one, or more where two wrote without a winner."""
    prefix = names.folder(names.ref(space.zone, pipeline, kind, branch, 1, None))
    found: list[RefRecord] = []
    for key, name in listed(space, prefix):
        if found and names.number(name["inverse"]) != found[0].seq:
            break
        found.append(read_ref(space, key, name))
        if space.atomic:
            break
    return found


def head(space: Space, pipeline: str, branch: str, kind: str = "heads") -> RefRecord | None:
    """None where the branch has no record; raises Conflict (`ref-fork`) naming both of a fork."""
    found = tops(space, pipeline, branch, kind)
    if len(found) > 1:
        raise Conflict(
            f"'{branch}' of pipeline '{pipeline}' was published twice at once, by the runs "
            + " and ".join(f"'{r.run}'" for r in found),
            code="ref-fork",
            hint="publish once more, or promote one of the two: both become its parents",
        )
    return found[0] if found else None


def log(space: Space, pipeline: str, branch: str, kind: str = "heads") -> Iterator[RefRecord]:
    """The newest first."""
    prefix = names.folder(names.ref(space.zone, pipeline, kind, branch, 1, None))
    for key, name in listed(space, prefix):
        yield read_ref(space, key, name)


def of_run(space: Space, pipeline: str, run: str) -> RefRecord | None:
    """What a run chose to publish, told as a record of its branch; None where it chose nothing."""
    try:
        body = runs.read_all(space, pipeline, run)
    except Absent:
        return None
    branch, kind = ref_of(str(body["branch"]))
    return RefRecord(
        pipeline=pipeline,
        branch=branch,
        kind=kind,
        seq=0,
        parents=(),
        key="",
        run=run,
        plan=body["plan"],
        commit=body["commit"],
        order=body["order"],
        time=body["time"],
        outputs=body["outputs"],
    )


def read_ref(space: Space, key: str, name: names.Name) -> RefRecord:
    try:
        record = RefRecord.from_body(read_record(space, key, "ref"), key)
    except Mismatch as error:
        raise StoreDamaged(f"{key} is no ref record: {error}") from error
    stands = (record.pipeline, record.kind, record.branch, record.seq)
    named = (name["pipeline"], name["kind"], names.decode_branch(name["branch"]))
    if stands != (*named, names.number(name["inverse"])):
        raise StoreDamaged(f"{key} holds the record of another ref")
    return record


def branches(space: Space, pipeline: str, kind: str = "heads") -> list[str]:
    prefix = names.ref(space.zone, pipeline, kind, "x", 1, None).rsplit("/", 2)[0] + "/"
    found = (step for step in space.blobs.folders(prefix) if names.fits("branch", step))
    return sorted(names.decode_branch(step) for step in found)


def pipelines(space: Space) -> list[str]:
    """Those with at least one ref in the own zone."""
    found = space.blobs.folders(f"{space.zone}/refs/")
    return sorted(step for step in found if names.fits("pipeline", step))


def commit(
    space: Space, change: Change, *, tries: int | None = None, repeated: bool = True
) -> Published:
    """Puts a record on top of the branch, or says who did instead.

    Each try looks at the head, creates the next record once and asks what stands there.
    `repeated`: it may have been tried before, so the history is searched for it first. Raises
    Conflict naming the winner after `tries`, OutcomeUnknown where nobody can say.
    """
    winner: RefRecord | None = None
    for _ in range(tries or (MERGE_TRIES if change.merge else TRIES)):
        parents = tops(space, change.pipeline, change.branch, change.kind)
        # After the head is known: an earlier try that lands later takes the name that ours will
        # have, while one that landed in between would be taken for somebody else's head.
        if repeated and (own := find_commit(space, change)):
            if parents and own.seq == parents[0].seq:
                mine = [value for name, value in own.outputs.items() if name in change.outputs]
                require(space, mine, f"what {own.name} names")
            return Published("already", own.seq, own.name, own.run)
        repeated = False
        newer = max(parents, key=lambda r: r.order, default=None)
        if newer is not None and _stands_above(newer, change):
            return Published("superseded", newer.seq, newer.name, newer.run)
        require(space, change.outputs, f"what run '{change.run}' made")
        record = _next(space, change, parents)
        # A promotion or a tag puts up what an earlier version says, and rules may have let go.
        learned = change.again is not None
        if create_record(space, record.name, "ref", record.to_body(), learned=learned):
            return _landed(space, record)
        winner = _winner(space, record)
        if winner.key == record.key:
            return Published("already", winner.seq, winner.name, winner.run)
    assert winner is not None  # noqa: S101 -- `tries` is at least one
    raise Conflict(
        f"'{change.branch}' of pipeline '{change.pipeline}' was published by run '{winner.run}' "
        "at the same moment",
        hint="publish again: it goes on top, or is superseded",
    )


def _stands_above(newer: RefRecord, change: Change) -> bool:
    if change.closed and newer.seq != change.again:
        return True
    return newer.order > change.order and not change.merge


def close(
    space: Space, pipeline: str, branch: str, *, time: str, kind: str = "heads"
) -> Published | None:
    """Says on top of a branch that it is no more; None where there is none, or it was said before.

    The record holds no outputs: what stood before is found by run, time or tag, as long as the
    rules of retention keep it. Nothing is closed over: where a run publishes meanwhile, the branch
    lives and the outcome is `superseded`. Whoever publishes later opens the branch again.
    """
    found = tops(space, pipeline, branch, kind)
    if not found or found[0].closed:
        return None
    newest = max(found, key=lambda r: r.order)
    change = Change(
        pipeline=pipeline,
        branch=branch,
        run=newest.run,
        plan=newest.plan,
        order=newest.order,
        commit=newest.commit,
        time=time,
        outputs={},
        kind=kind,
        closed=True,
        again=newest.seq,
    )
    return commit(space, change, repeated=False)


def find_commit(space: Space, change: Change) -> RefRecord | None:
    """Our own record of an earlier try, wherever in the history it is by now."""
    prefix = names.folder(
        names.ref(space.zone, change.pipeline, change.kind, change.branch, 1, None)
    )
    most = None if change.merge else change.order
    found = candidates(space, prefix, read_ref, least=change.order, most=most)
    return next((r for r in found if r.key == change.key), None)


def _next(space: Space, change: Change, parents: list[RefRecord]) -> RefRecord:
    seq = parents[0].seq + 1 if parents else 1
    outputs: dict[str, Any] = {}
    if change.merge:
        for parent in sorted(parents, key=lambda r: (r.time, r.key)):
            outputs |= parent.outputs
    outputs |= change.outputs
    at = (space.zone, change.pipeline, change.kind, change.branch)
    return RefRecord(
        pipeline=change.pipeline,
        branch=change.branch,
        kind=change.kind,
        seq=seq,
        parents=tuple(_parent(space, p) for p in parents),
        key=change.key,
        run=change.run,
        plan=change.plan,
        commit=change.commit,
        # A merge doesn't make its branch older than it was.
        order=max([change.order, *(p.order for p in parents)] if change.merge else [change.order]),
        time=change.time,
        outputs=outputs,
        closed=change.closed,
        name=names.ref(*at, seq, None if space.atomic else change.key),
    )


def _parent(space: Space, record: RefRecord) -> dict[str, str]:
    """Its name below the branch, and the digest of its bytes: the history is a chain."""
    data = space.blobs.get(record.name)
    return {"at": record.name.rpartition("/")[2], "digest": digest_bytes(data)}


def _landed(space: Space, record: RefRecord) -> Published:
    """Looks once more: the head has to be ours, or a later one."""
    found = tops(space, record.pipeline, record.branch, record.kind)
    if not found or found[0].seq < record.seq:
        raise OutcomeUnknown(
            f"{record.name} was written, but a listing doesn't show it",
            hint="run the same command again: it recognises its own record",
        )
    return Published("published", record.seq, record.name)


def _winner(space: Space, record: RefRecord) -> RefRecord:
    try:
        body = read_record(space, record.name, "ref")
    except Absent as error:
        raise OutcomeUnknown(f"{record.name} was there and is gone") from error
    return RefRecord.from_body(body, record.name)
