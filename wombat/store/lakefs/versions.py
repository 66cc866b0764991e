"""Branches and commits of a repository. A commit, and what moves a branch, is sent once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from wombat.errors import Absent, Conflict, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.faults import Fault

T = TypeVar("T")
PAGE: Final = 1000
_ABORTED: Final = re.compile(r"(update branch \S+: )?pre-(commit|merge) hook aborted")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `time` in seconds since 1970."""

    id: str
    parents: tuple[str, ...]
    message: str
    metadata: Mapping[str, str]
    time: float
    committer: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A path that differs between two refs: `kind` is added, removed, changed or conflict."""

    path: str
    kind: str


class Unmerged(Conflict):
    """A merge that lakeFS refused, unchanged on both sides. `status` is its answer's: 409 for paths
    that both sides changed, 412 for a hook's no or a protected branch, 400 for the rest."""

    def __init__(self, fault: Fault, source: str, target: str) -> None:
        said = f": {fault.said}" if fault.said else ""
        super().__init__(
            f"lakeFS doesn't merge {source} into {target}{said}", code="lakefs-refused"
        )
        self.status = fault.status
        self.said = fault.said


def commit_of(client: Client, ref: str) -> Commit:
    """The commit that a branch, tag, or expression such as `main~1` means. Absent."""
    about = f"{client.repository}/{ref}"
    return client.look("fs:ReadCommit", about, f"commits/{_quoted(ref)}", {}, _commit)


def branches(client: Client, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Names and commits of the branches whose names begin so; hidden ones aren't told."""
    query = {"prefix": prefix} if prefix else {}
    return _paged(
        client,
        ("fs:ListBranches", prefix, "branches"),
        {**query, "amount": str(PAGE)},
        lambda one: (str(one["id"]), str(one["commit_id"])),
    )


def create_branch(client: Client, name: str, source: str) -> bool:
    """Whether it was made; False where there is one already. Asking again does no harm, so it is
    asked again: but then nobody knows whose it is, and only its commits tell."""
    from lakefs_sdk import BranchCreation

    def call(api: Any) -> bool:
        api.branches_api.create_branch(
            client.repository,
            BranchCreation(name=name, source=source),
            _request_timeout=client.timeout,
        )
        return True

    try:
        return client.ask("fs:CreateBranch", name, call)
    except Conflict as no:
        if no.code != "lakefs-conflict":
            raise
        return False


def delete_branch(client: Client, name: str) -> bool:
    """Whether there was one."""

    def call(api: Any) -> bool:
        api.branches_api.delete_branch(client.repository, name, _request_timeout=client.timeout)
        return True

    try:
        return client.ask("fs:DeleteBranch", name, call)
    except Absent:
        return False


def commit(client: Client, branch: str, message: str, metadata: Mapping[str, str]) -> str | None:
    """Commits what is uncommitted on a branch: the commit's id; None where there is nothing.

    Sent once. Conflict (`lakefs-refused`) where lakeFS, or a hook of it, says no; OutcomeUnknown.
    """
    from lakefs_sdk import CommitCreation

    made, fault = _sent(
        client,
        "fs:CreateCommit",
        lambda api: api.commits_api.commit(
            client.repository,
            branch,
            CommitCreation(message=message, metadata=dict(metadata)),
            _request_timeout=(client.patience.connect, client.patience.write),
        ),
    )
    if fault is None:
        return str(made.id)
    if fault.status == 400 and not any(True for _ in uncommitted(client, branch, amount=1)):
        return None
    raise _no(client, fault, "fs:CreateCommit", branch)


def merge(
    client: Client, source: str, target: str, message: str, metadata: Mapping[str, str]
) -> str | None:
    """Merges what a ref has into a branch: the new commit's id; None where the branch has it.

    Sent once. Unmerged, and nothing is changed; OutcomeUnknown.
    """
    from lakefs_sdk import Merge

    made, fault = _sent(
        client,
        "fs:CreateCommit",
        lambda api: api.refs_api.merge_into_branch(
            client.repository,
            source,
            target,
            Merge(message=message, metadata=dict(metadata)),
            _request_timeout=(client.patience.connect, client.patience.write),
        ),
    )
    if fault is None:
        return str(made.reference)
    if fault.status == 400 and contains(client, target, source):
        return None
    if fault.status in (400, 409, 412) or _aborted(fault):
        raise Unmerged(fault, source, target)
    raise _no(client, fault, "fs:CreateCommit", target)


def contains(client: Client, branch: str, ref: str) -> bool:
    """Whether all that a ref has stands in a branch's history already."""
    return merge_base(client, ref, branch) == commit_of(client, ref).id


def merge_base(client: Client, one: str, other: str) -> str:
    """The newest commit that both refs come from. Absent."""
    about = f"{client.repository}/{one}"
    place = f"refs/{_quoted(one)}/merge/{_quoted(other)}"
    return client.look("fs:ListCommits", about, place, {}, lambda tree: str(tree["base_commit_id"]))


def uncommitted(client: Client, branch: str, *, amount: int = PAGE) -> Iterator[Change]:
    """What was written to a branch since its last commit."""
    place = f"branches/{_quoted(branch)}/diff"
    return _paged(client, ("fs:ListObjects", branch, place), {"amount": str(amount)}, _change)


def differences(
    client: Client,
    left: str,
    right: str,
    *,
    prefix: str = "",
    after: str = "",
    amount: int = PAGE,
    since_base: bool = False,
) -> Iterator[Change]:
    """What `right` has otherwise than `left`, in the order of paths; with `since_base` than the
    commit that both come from, with conflicts."""
    said = {"prefix": prefix, "after": after, "amount": str(amount)}
    query = {name: value for name, value in said.items() if value}
    query["type"] = "three_dot" if since_base else "two_dot"
    place = f"refs/{_quoted(left)}/diff/{_quoted(right)}"
    return _paged(client, ("fs:ListObjects", f"{left}...{right}", place), query, _change)


def history(
    client: Client, ref: str, *, prefixes: Sequence[str] = (), limit: int | None = None
) -> Iterator[Commit]:
    """Commits of a ref, the newest first; with `prefixes` those that changed something below."""

    query: dict[str, str | list[str]] = {"amount": str(min(limit or PAGE, PAGE))}
    query["limit"] = "false" if limit is None else "true"
    if prefixes:
        query["prefixes"] = list(prefixes)
    asked = "fs:ReadBranch", ref, f"refs/{_quoted(ref)}/commits"
    return islice(_paged(client, asked, query, _commit), limit)


def _paged(
    client: Client,
    asked: tuple[str, str, str],
    query: Mapping[str, str | list[str]],
    read: Callable[[Any], T],
) -> Iterator[T]:
    """Of all pages; `asked` is the right, what a message says of it, and the place."""

    def whole(tree: Any) -> tuple[list[T], bool, str]:
        at = tree["pagination"]
        found = [read(one) for one in tree["results"]]
        return found, bool(at["has_more"]), str(at["next_offset"])

    more, given = True, {**query}
    while more:
        found, more, given["after"] = client.look(*asked, given, whole)
        yield from found


def _change(found: Any) -> Change:
    return Change(str(found["path"]), str(found["type"]))


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _sent(client: Client, what: str, call: Callable[[Any], Any]) -> tuple[Any, Fault | None]:
    """One request; again only where the server can't have seen it, or said that it did nothing."""
    attempt = 0
    while True:
        attempt += 1
        answer, fault = client.once(what, call)
        if fault is None:
            return answer, None
        again = fault.unsent or fault.put_off
        if not again or attempt >= client.patience.tries:
            return None, fault
        client.wait(attempt)


def _aborted(fault: Fault) -> bool:
    """Whether a hook broke before anything was done: lakeFS hands on the status of what it broke
    at, such as 404 for a script that isn't there, or 500."""
    return _ABORTED.match(fault.said) is not None


def _no(client: Client, fault: Fault, what: str, branch: str) -> Exception:
    if fault.status in (400, 409, 412) or _aborted(fault):
        said = f": {fault.said}" if fault.said else ""
        return Conflict(
            f"lakeFS refuses {what} on {branch}{said}",
            code="lakefs-refused",
            hint="a hook, a rule of the branch, or somebody else's change; nothing was done",
        )
    if fault.refused or fault.unsent or fault.put_off:
        return client.error(replace(fault, branch=branch), what, branch)
    return OutcomeUnknown(
        f"nobody can say whether {branch} was moved: lakeFS at {client.server} gave no clear "
        "answer",
        hint="run the same command again: it recognises what it did",
    )


def _commit(found: Any) -> Commit:
    return Commit(
        str(found["id"]),
        tuple(map(str, found["parents"])),
        str(found["message"]),
        dict(found.get("metadata") or {}),
        float(found["creation_date"]),
        str(found["committer"]),
    )
