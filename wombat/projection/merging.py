"""The last step: an audited commit into the target branch, and why lakeFS wouldn't."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from wombat.errors import Absent, OutcomeUnknown
from wombat.projection import faults
from wombat.projection.described import metadata
from wombat.projection.faults import Again
from wombat.store.lakefs import objects, versions

if TYPE_CHECKING:
    from wombat.errors import WombatError
    from wombat.projection.target import Target
    from wombat.store import RefRecord

SHOWN = 10


def merge(target: Target, commit: str, record: RefRecord) -> str:
    """Merges the commit itself, so that nothing that its branch got since comes along; the target's
    commit. Again where the target moved, or nobody can say whether it did; Conflict."""
    message = f"{target.pipeline}: run {record.run}, version {record.seq}"
    about = metadata(target, record)
    try:
        merged = versions.merge(target.client, commit, target.branch, message, about)
    except OutcomeUnknown as unknown:
        raise Again(unknown) from unknown
    except Absent as gone:
        raise Again(gone) from gone
    except versions.Unmerged as no:
        raise _why(target, commit, no) from no
    if merged is None:
        return versions.commit_of(target.client, target.branch).id
    return merged


def _why(target: Target, commit: str, no: versions.Unmerged) -> Exception:
    if no.status == 409:
        return _conflict(target, commit)
    if no.status == 400:
        waiting = versions.uncommitted(target.client, target.branch, amount=SHOWN)
        if paths := [one.path for one in islice(waiting, SHOWN)]:
            return faults.dirty(target, paths)
    return faults.refused(target, "the merge", no.said)


def _conflict(target: Target, commit: str) -> Exception:
    """Where all of it is ours, an earlier or later run of ours was merged: look again."""
    found = versions.differences(target.client, target.branch, commit, since_base=True)
    paths = [one.path for one in found if one.kind == "conflict"]
    theirs = [path for path in paths if not _ours(target, path)]
    fault: WombatError = faults.conflict(target, (theirs or paths)[:SHOWN], len(theirs or paths))
    return fault if theirs else Again(fault)


def _ours(target: Target, path: str) -> bool:
    """Whether what stands there is ours, or gone: then there is nothing of anybody's."""
    try:
        return target.ours(objects.stat(target.client, target.branch, path))
    except Absent:
        return path.startswith(target.root)
