"""Branches of runs: whose they are, which of them may still be merged, and the one of this run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from wombat.ci import RUN
from wombat.errors import Absent
from wombat.projection.described import writer, written_by
from wombat.projection.faults import Again, foreign_branch
from wombat.store.lakefs import objects, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.projection.target import Target
    from wombat.store import Store

LOOKED = 1000
"""Uncommitted changes of a branch that are looked at, to know whose it is."""


@dataclass(frozen=True)
class Living:
    """A branch of a run of this pipeline, and the commit that it had when it was listed."""

    name: str
    head: str


def living(store: Store, target: Target) -> list[Living]:
    """The branches of this pipeline's runs, of whichever run."""
    found = versions.branches(target.client, target.prefix)
    return [Living(name, head) for name, head in found if _is_ours(store, target, name, head)]


def _is_ours(store: Store, target: Target, name: str, head: str) -> bool:
    """Its commit tells, if it names the branch; else whether there is such a run: a branch called
    alike may be another pipeline's, another store's, or a person's."""
    run = name.removeprefix(target.prefix)
    if not RUN.fullmatch(run):
        return False
    try:
        said = written_by(versions.commit_of(target.client, head).metadata)
    except Absent:
        return False
    if said is not None and name == f"wombat-{said.pipeline}-{said.run}":
        return said == writer(target, run)
    return store.published_ref(target.pipeline, run) is not None


def may_merge(target: Target, head: str, others: Sequence[Living]) -> bool:
    """Whether any of these branches began where the record was what it is now: whoever works on it
    could still merge it. Each other one conflicts."""
    return any(_same_record(target, head, one) for one in others)


def _same_record(target: Target, head: str, other: Living) -> bool:
    try:
        base = versions.merge_base(target.client, other.name, head)
    except Absent:
        return False  # gone meanwhile: who makes it again looks at the ref after that
    return base == head or _record(target, base) == _record(target, head)


def _record(target: Target, ref: str) -> objects.Object | None:
    try:
        found = objects.stat(target.client, ref, target.record)
    except Absent:
        return None
    return objects.Object(found.path, found.size, 0.0, found.checksum, found.metadata)


@dataclass(frozen=True)
class Working:
    """This run's branch: where it began, its newest commit, and whether it is new."""

    name: str
    base: str
    head: str
    fresh: bool


def prepare(target: Target, run: str, head: str) -> Working:
    """The run's branch, from the target's commit `head`, or one of an earlier try to go on with.

    It is made anew where the pipeline's folder was changed on the target since it began. Conflict
    for somebody else's branch of that name; Again.
    """
    name = target.run_branch(run)
    if versions.create_branch(target.client, name, head):
        return Working(name, head, head, fresh=True)
    mine = versions.commit_of(target.client, name).id
    base = versions.merge_base(target.client, name, head)
    _require_ours(target, run, name, mine, base)
    if base == head or not changed(target, base, head):
        return Working(name, base, mine, fresh=False)
    versions.delete_branch(target.client, name)
    if not versions.create_branch(target.client, name, head):
        raise Again(foreign_branch(target, name, "it is made again and again"))
    return Working(name, head, head, fresh=True)


def _require_ours(target: Target, run: str, name: str, head: str, base: str) -> None:
    if head != base:
        said = written_by(versions.commit_of(target.client, head).metadata)
        if said != writer(target, run):
            whose = said or "another hand"
            raise foreign_branch(target, name, f"its newest commit is of {whose}")
    for one in islice(versions.uncommitted(target.client, name), LOOKED):
        if not one.path.startswith(target.root):
            raise foreign_branch(target, name, f"{one.path} was written there")


def changed(target: Target, left: str, right: str) -> bool:
    """Whether the pipeline's folder differs between two commits."""
    found = versions.differences(target.client, left, right, prefix=target.root)
    return any(True for _ in found)
