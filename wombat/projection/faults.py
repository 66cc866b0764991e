"""What keeps a version from standing in lakeFS, and the way out. Our own ref is right each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.errors import Conflict, StoreDamaged
from wombat.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.errors import WombatError
    from wombat.projection.target import Target


class Again(Exception):
    """Something moved meanwhile: look again. `cause` is raised where that never ends."""

    def __init__(self, cause: WombatError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def listed(paths: Sequence[str], count: int | None = None) -> str:
    more = (count or len(paths)) - len(paths)
    return ", ".join(paths) + (f" and {more:,} more" if more > 0 else "")


def foreign(target: Target, paths: Sequence[str], count: int) -> Conflict:
    return Conflict(
        f"{target.address()} holds files that aren't {target.owner}'s where it would write: "
        f"{listed(paths, count)}; nothing was written",
        code="lakefs-foreign",
        hint="move them away there and commit, or choose another publish.lakefs.path in "
        "wombat.yml; then: " + again(target),
    )


def foreign_branch(target: Target, branch: str, why: str) -> Conflict:
    return Conflict(
        f"the branch {branch} of {target.client.repository} is not one of {target.owner}: {why}; "
        "nothing was written",
        code="lakefs-foreign",
        hint=f"if nobody needs it: lakectl branch delete lakefs://{target.client.repository}/"
        f"{branch}; then: {again(target)}",
    )


class Claimed(Conflict):
    """What stands is of another zone or store, or of a later version."""

    default_code = "lakefs-foreign"


def claimed(target: Target, said: Mapping[str, Any]) -> Claimed:
    """`said` is the record that stands."""
    whose = (
        f"version {said['version']} of run {said.get('run')}, from zone {said.get('zone')} of the "
        f"store {str(said.get('store'))[:8]}"
    )
    return Claimed(
        f"{target.address()} shows {one_line(whose)[:200]}, which zone {target.zone} of the store "
        f"{target.store[:8]} doesn't replace; nothing was written",
        hint=f"if this one shall stand there instead: {again(target)} --force; else choose another "
        "publish.lakefs.path in wombat.yml",
    )


def collision(target: Target, path: str, why: str = "two outputs would both write it") -> Conflict:
    return Conflict(
        f"{path} can't stand in lakeFS for {target.pipeline}: {why}; nothing was written",
        code="lakefs-foreign",
        hint="rename a task, a value of foreach, or what was put",
    )


def conflict(target: Target, paths: Sequence[str], count: int) -> Conflict:
    return Conflict(
        f"{target.branch} of {target.client.repository} was changed by somebody else where "
        f"{target.owner} writes: {listed(paths, count)}; nothing was merged",
        code="lakefs-conflict",
        hint=f"what is there: lakectl log lakefs://{target.client.repository}/{target.branch}; "
        f"then: {again(target)}",
    )


def dirty(target: Target, paths: Sequence[str]) -> Conflict:
    place = f"lakefs://{target.client.repository}/{target.branch}"
    return Conflict(
        f"{place} has uncommitted changes, so lakeFS merges nothing into it: {listed(paths)}, …",
        code="lakefs-dirty",
        hint=f"lakectl diff {place} shows them; whoever made them commits or resets them, "
        f"then: {again(target)}",
    )


def refused(target: Target, what: str, said: str) -> Conflict:
    words = f": {said}" if said else ""
    return Conflict(
        f"lakeFS refuses {what} for {target.branch} of {target.client.repository}{words}",
        code="lakefs-refused",
        hint="a hook or a rule of the branch said no; nothing was merged. When it would say yes: "
        + again(target),
    )


def audit(target: Target, ref: str, paths: Sequence[str]) -> StoreDamaged:
    return StoreDamaged(
        f"what {target.client.repository}/{ref} holds isn't what was sent there: {listed(paths)}; "
        "nothing was merged",
        code="lakefs-audit",
        hint=f"the branch is left to be looked at; to try once more: {again(target)}",
    )


def again(target: Target) -> str:
    return f"wombat lakefs sync {target.pipeline}"
