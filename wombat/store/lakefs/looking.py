"""What a server is, and what a credential may do there, by requests that change nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from wombat.errors import Absent
from wombat.store.lakefs import objects
from wombat.store.lakefs.faults import DIRTY, PROTECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.store.lakefs.client import Client

ACTIONS = "_lakefs_actions/"
"""Where hooks stand on a branch."""


@dataclass(frozen=True, slots=True)
class Server:
    """`version` as in 1.84.0; `edition` is lakeFS for the open-source one; `user` is who asks;
    `presigns` whether its storage takes bytes itself, by signed addresses."""

    version: str
    edition: str
    user: str
    presigns: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """A request that would be right but for a name that nobody has: it is refused, or finds
    nothing."""

    action: str
    place: str
    call: Callable[[Any], Any]


def server_of(client: Client) -> Server:
    """StoreDenied where the credential isn't known, or may not ask for the configuration."""
    user = client.ask(
        "user",
        client.server,
        lambda api: api.auth_api.get_current_user(_request_timeout=client.timeout),
    )
    said = client.ask(
        "fs:ReadConfig",
        "the configuration",
        lambda api: api.config_api.get_config(_request_timeout=client.timeout),
    )
    version, storage = said.version_config, said.storage_config
    return Server(
        str(version.version if version else "of an unknown version"),
        str((version and version.version_context) or "lakeFS"),
        str(user.user.id),
        bool(storage and storage.pre_sign_support),
    )


def protecting(client: Client, branch: str) -> str | None:
    """The pattern that protects a branch from being written to other than by merges."""
    rules = client.ask(
        "branches:GetBranchProtectionRules",
        client.repository,
        lambda api: api.repositories_api.get_branch_protection_rules(
            client.repository, _request_timeout=client.timeout
        ),
    )
    return next((one.pattern for one in rules if fnmatchcase(branch, one.pattern)), None)


def hooks(client: Client, branch: str) -> list[str]:
    """The files that say which hooks run."""
    found = objects.listing(client, branch, ACTIONS)
    return [one.path.removeprefix(ACTIONS) for one in found if one.path.endswith((".yaml", ".yml"))]


def publishing(client: Client, target: str, path: str) -> Iterator[Try]:
    """What showing a run on `target` asks for."""
    repository, run = client.repository, f"wombat-doctor-{secrets.token_hex(8)}"
    yield Try("fs:ListObjects", repository, lambda api: api.objects_api.list_objects(
        repository, target, amount=1))  # fmt: skip
    yield Try("fs:ReadCommit", repository, lambda api: api.commits_api.get_commit(
        repository, target))  # fmt: skip
    yield Try("fs:ListBranches", repository, lambda api: api.branches_api.list_branches(
        repository, amount=1))  # fmt: skip
    yield Try("fs:ListCommits", repository, lambda api: api.refs_api.find_merge_base(
        repository, target, target))  # fmt: skip
    yield from on_objects(client, run, f"{path}/{run}" if path else run)
    yield from _on_branches(client, run, target)


def on_objects(client: Client, branch: str, name: str) -> Iterator[Try]:
    """Reading, writing and deleting one path, on a branch that isn't there: rights know none."""
    repository = client.repository
    from lakefs_sdk import PathList

    yield Try("fs:ReadObject", name, lambda api: api.objects_api.stat_object(
        repository, branch, name))  # fmt: skip
    yield Try("fs:WriteObject", name, lambda _: _written(client, branch, name))
    yield Try("fs:DeleteObject", name, lambda api: api.objects_api.delete_objects(
        repository, branch, PathList(paths=[name])))  # fmt: skip


def _on_branches(client: Client, run: str, target: str) -> Iterator[Try]:
    repository = client.repository
    from lakefs_sdk import BranchCreation, CommitCreation, Merge

    yield Try("fs:CreateBranch", run, lambda api: api.branches_api.create_branch(
        repository, BranchCreation(name=run, source=run)))  # fmt: skip
    yield Try("fs:DeleteBranch", run, lambda api: api.branches_api.delete_branch(
        repository, run))  # fmt: skip
    yield Try("fs:CreateCommit", run, lambda api: api.commits_api.commit(
        repository, run, CommitCreation(message="doctor")))  # fmt: skip
    yield Try("fs:CreateCommit", target, lambda api: api.refs_api.merge_into_branch(
        repository, run, target, Merge(message="doctor")))  # fmt: skip


def _written(client: Client, branch: str, name: str) -> None:
    from wombat.store.lakefs.client import Refused

    fault = objects.send(client, branch, name, body=b"", size=0, metadata={}, create=True)
    if fault is not None:
        raise Refused(fault)


def allowed(client: Client, one: Try) -> bool:
    """Whether the credential has the right: what isn't there is only said to who may ask for it.
    StoreUnreachable, and what else a request may end in."""
    from wombat.errors import Conflict, StoreDenied

    try:
        client.ask(one.action, one.place, one.call)
    except StoreDenied as error:
        if error.code == "lakefs-denied":
            return False
        raise
    except Absent:
        return True
    except Conflict as no:
        known = PROTECTED in no.message or DIRTY in no.message
        if no.code != "lakefs-conflict" and not known:
            raise
    return True
