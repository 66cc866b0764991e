"""Branches, tags, commits, merges, and what they differ in."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double.answers import Answer, Trouble, after, done, one, page, said
from tests.lakefs.double.hooks import ask_hooks
from tests.lakefs.double.state import (
    INVALID,
    Branch,
    Commit,
    Entry,
    Repository,
    commit_row,
    compared,
    differences,
    merged,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lakefs.double.server import Request

NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
BAD_NAME: Final = (
    "argument branch: branch id: invalid value: validation error: branch id must consist of "
    "letters, digits, underscores and dashes, and cannot start with a dash"
)
NO_BRANCH_TO_COMMIT: Final = (
    "prepare-commit hook aborted, run id '0': list actions from commit: listing actions: not found"
)
STRATEGIES: Final = ("", "dest-wins", "source-wins")


def create_branch(repository: Repository, request: Request) -> Answer:
    name, source = request.json["name"], request.json["source"]
    if not NAME.fullmatch(name):
        raise Trouble(400, BAD_NAME)
    if name in repository.branches:
        raise Trouble(409, "branch already exists: not unique")
    if name in repository.commits:
        raise Trouble(409, f"commit ID {name}: conflict found")
    if name in repository.tags:
        raise Trouble(409, f"tag ID {name}: conflict found")
    try:
        head, _ = repository.resolve(source)
    except Trouble:
        raise Trouble(404, f"source reference '{source}': not found") from None
    repository.branches[name] = Branch(head, hidden=bool(request.json.get("hidden")))
    return Answer(201, head.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def get_branch(repository: Repository, request: Request, name: str) -> Answer:
    return said(200, {"commit_id": _branch(repository, name).head, "id": name})


def list_branches(repository: Repository, request: Request) -> Answer:
    hidden = one(request.query, "show_hidden") == "true"
    rows = (
        (name, {"commit_id": branch.head, "id": name})
        for name, branch in repository.branches.items()
        if hidden or not branch.hidden
    )
    return page(request.query, after(request.query, rows))


def delete_branch(repository: Repository, request: Request, name: str) -> Answer:
    if name == repository.default:
        raise Trouble(403, "cannot delete repository default branch")
    _branch(repository, name)
    del repository.branches[name]
    return done()


def reset_branch(repository: Repository, request: Request, name: str) -> Answer:
    if repository.protected(name):
        raise Trouble(403, "cannot write to protected branch")
    _branch(repository, name).staged.clear()
    return done()


def get_commit(repository: Repository, request: Request, ref: str) -> Answer:
    try:
        head, _ = repository.resolve(ref)
    except Trouble as trouble:
        if trouble.answer.status == 400:
            raise Trouble(500, trouble.message) from None
        raise Trouble(404, "commit not found") from None
    if ref.endswith("$"):
        raise Trouble(500, f"{INVALID}: should point to a commit")
    return said(200, commit_row(head, repository.commits[head]))


def commit(repository: Repository, request: Request, name: str) -> Answer:
    if repository.protected(name):
        raise Trouble(403, "cannot commit to protected branch")
    if name not in repository.branches:
        raise Trouble(404, NO_BRANCH_TO_COMMIT)
    branch = repository.branches[name]
    if not repository.dirty(branch) and not request.json.get("allow_empty"):
        raise Trouble(400, "commit: no changes")
    ask_hooks(repository.standing(branch), "pre-commit", name)
    parent = repository.commits[branch.head]
    branch.head = repository.add(
        Commit(
            (branch.head,),
            request.json.get("message", ""),
            request.json.get("metadata") or {},
            "admin",
            int(time.time()),
            parent.generation + 1,
            repository.standing(branch),
        )
    )
    branch.staged = {}
    return said(201, commit_row(branch.head, repository.commits[branch.head]))


def merge(repository: Repository, request: Request, source: str, target: str) -> Answer:
    wanted = request.json or {}
    strategy = wanted.get("strategy", "")
    branch = _branch(repository, target)
    if repository.dirty(branch):
        raise Trouble(400, "uncommitted changes (dirty branch)")
    try:
        head, _ = repository.resolve(source)
    except Trouble:
        message = f"update branch {target}: get commit by ref {source}: not found"
        raise Trouble(404, message) from None
    if strategy not in STRATEGIES:
        raise Trouble(400, "argument strategy: invalid value: validation error")
    left, right = repository.commits[branch.head], repository.commits[head]
    base = repository.commits[repository.merge_base(head, branch.head)]
    if right.tree_id == base.tree_id and not wanted.get("allow_empty"):
        raise Trouble(400, f"update branch {target}: no changes")
    tree = merged(base.tree, left.tree, right.tree, strategy)
    if tree is None:
        return said(409, {"reference": ""})
    parents = (branch.head,) if wanted.get("squash_merge") else (branch.head, head)
    metadata = {**(wanted.get("metadata") or {}), ".lakefs.merge.strategy": strategy or "default"}
    generation = max(left.generation, right.generation) + 1
    message = wanted.get("message") or f"Merge '{source}' into '{target}'"
    new = Commit(parents, message, metadata, "admin", int(time.time()), generation, tree)
    ask_hooks(right.tree, "pre-merge", target, f"update branch {target}: ")
    branch.head = repository.add(new)
    branch.staged = {}
    return said(200, {"reference": branch.head})


def merge_base(repository: Repository, request: Request, source: str, target: str) -> Answer:
    """The ids of source and target come back swapped, as the real server gives them."""
    left = _ref(repository, target)
    right = _ref(repository, source, "branch")
    base = repository.merge_base(right, left)
    ids = {"source_commit_id": left, "destination_commit_id": right}
    return said(200, {"base_commit_id": base, **ids})


def diff_branch(repository: Repository, request: Request, name: str) -> Answer:
    branch = _branch(repository, name)
    found = differences(repository.commits[branch.head].tree, repository.standing(branch))
    return _changes(request, found, removed=0)


def diff_refs(repository: Repository, request: Request, left: str, right: str) -> Answer:
    if one(request.query, "type") == "two_dot":
        mine, theirs = (repository.resolve(ref)[0] for ref in (left, right))
        trees = (repository.commits[mine].tree, repository.commits[theirs].tree)
        return _changes(request, differences(*trees))
    theirs, mine = _ref(repository, right), _ref(repository, left, "branch")
    base = repository.commits[repository.merge_base(theirs, mine)]
    trees = (repository.commits[mine].tree, repository.commits[theirs].tree)
    return _changes(request, compared(base.tree, *trees))


def _changes(
    request: Request, found: Iterable[tuple[str, str, Entry]], removed: int | None = None
) -> Answer:
    prefix, delimiter = one(request.query, "prefix"), one(request.query, "delimiter")
    rows: dict[str, dict[str, Any]] = {}
    for path, kind, entry in found:
        cut = path.find(delimiter, len(prefix)) if delimiter and path.startswith(prefix) else -1
        if cut >= 0:
            folder = path[: cut + len(delimiter)]
            rows[folder] = {"path": folder, "path_type": "common_prefix", "type": "prefix_changed"}
            continue
        size = removed if removed is not None and kind == "removed" else entry.size
        rows[path] = {"path": path, "path_type": "object", "size_bytes": size, "type": kind}
    return page(request.query, after(request.query, rows.items()))


def log(repository: Repository, request: Request, ref: str) -> Answer:
    query = request.query
    try:
        head, _ = repository.resolve(ref)
    except Trouble:
        raise Trouble(404, "ref: not found") from None
    prefixes, objects = query.get("prefixes", []), query.get("objects", [])
    names = list(repository.history(head, first_parent=one(query, "first_parent") == "true"))
    last = one(query, "after")
    if last in names:
        names = names[names.index(last) + 1 :]
    if prefixes or objects:
        names = [name for name in names if _touches(repository, name, prefixes, objects)]
    answer_rows = ((name, commit_row(name, repository.commits[name])) for name in names)
    if one(query, "limit") == "true":
        answer_rows = iter(list(answer_rows)[: int(one(query, "amount") or 100)])
    return page(query, answer_rows)


def _touches(repository: Repository, name: str, prefixes: list[str], objects: list[str]) -> bool:
    """Whether a commit changed one of the paths; one of several parents never counts."""
    found = repository.commits[name]
    if len(found.parents) != 1:
        return False
    changes = differences(repository.commits[found.parents[0]].tree, found.tree)
    return any(path in objects or path.startswith(tuple(prefixes)) for path, _, _ in changes)


def create_tag(repository: Repository, request: Request) -> Answer:
    name = request.json["id"]
    head, _ = repository.resolve(request.json["ref"])
    if name in repository.tags:
        raise Trouble(409, "tag already exists: not unique")
    repository.tags[name] = head
    return said(201, {"commit_id": head, "id": name})


def get_tag(repository: Repository, request: Request, name: str) -> Answer:
    if name not in repository.tags:
        raise Trouble(404, "tag not found")
    return said(200, {"commit_id": repository.tags[name], "id": name})


def list_tags(repository: Repository, request: Request) -> Answer:
    rows = ((name, {"commit_id": head, "id": name}) for name, head in repository.tags.items())
    return page(request.query, after(request.query, rows))


def delete_tag(repository: Repository, request: Request, name: str) -> Answer:
    get_tag(repository, request, name)
    del repository.tags[name]
    return done()


def _branch(repository: Repository, name: str) -> Branch:
    if name not in repository.branches:
        raise Trouble(404, "branch not found")
    return repository.branches[name]


def _ref(repository: Repository, ref: str, called: str = "ref") -> str:
    try:
        return repository.resolve(ref)[0]
    except Trouble:
        raise Trouble(404, f"get commit by {called} {ref}: not found") from None
