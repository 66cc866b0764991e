"""What a repository of the double holds: commits, branches, and what is staged on them."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double.answers import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Tree = dict[str, "Entry"]
INVALID: Final = "ref: invalid value: validation error"
MODIFIER: Final = re.compile(r"[~^@$][^~^@$]*")


@dataclass(frozen=True)
class Entry:
    """One object. Two are the same to lakeFS if their `identity` is."""

    body: bytes | Path = field(repr=False)
    size: int
    checksum: str
    metadata: Mapping[str, str]
    content_type: str
    mtime: int
    address: str

    @property
    def identity(self) -> str:
        return json.dumps(
            [self.size, self.checksum, sorted(self.metadata.items()), self.content_type]
        )


@dataclass(frozen=True)
class Commit:
    parents: tuple[str, ...]
    message: str
    metadata: Mapping[str, str]
    committer: str
    date: int
    generation: int
    tree: Tree = field(repr=False)

    @property
    def tree_id(self) -> str:
        """'' for nothing. The same objects, uploaded once more, are another tree."""
        rows = sorted((path, entry.identity, entry.address) for path, entry in self.tree.items())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest() if rows else ""

    @property
    def id(self) -> str:
        """Of its content: the same commit made twice in a second is one."""
        kept = [self.parents, self.message, sorted(self.metadata.items()), self.committer]
        whole = json.dumps([*kept, self.date, self.generation, self.tree_id])
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass
class Branch:
    head: str
    staged: dict[str, Entry | None] = field(default_factory=dict)
    """None: deleted."""
    hidden: bool = False


class Repository:
    """All of one repository; raises Trouble."""

    def __init__(self, name: str, namespace: str, default: str) -> None:
        self.name, self.namespace, self.default = name, namespace, default
        self.born = int(time.time())
        self.commits: dict[str, Commit] = {}
        self.branches: dict[str, Branch] = {}
        self.tags: dict[str, str] = {}
        self.rules: list[str] = []
        first = Commit((), "Repository created", {}, "", self.born, 1, {})
        self.branches[default] = Branch(self.add(first))

    def add(self, commit: Commit) -> str:
        name = commit.id
        self.commits[name] = commit
        return name

    def resolve(self, ref: str) -> tuple[str, Branch | None]:
        """The commit that a ref means, and the branch whose staged objects count with it."""
        base = re.match(r"[^~^@$]*", ref)
        rest = ref[base.end() :] if base else ""
        head, branch = self._base(base[0] if base else "")
        modifiers = MODIFIER.findall(rest)
        if not modifiers:
            return head, branch
        if "@" in modifiers or "$" in modifiers:
            if branch is None or len(modifiers) != 1:
                raise Trouble(400, INVALID)
            return head, branch if modifiers == ["$"] else None
        for modifier in modifiers:
            head = self._step(head, modifier)
        return head, None

    def _step(self, head: str, modifier: str) -> str:
        try:
            count = int(modifier[1:] or 1)
        except ValueError:
            raise Trouble(400, f"could not parse modifier {modifier}: {INVALID}") from None
        if modifier[0] == "^":
            parents = self.commits[head].parents
            if count > len(parents):
                raise Trouble(400, INVALID)
            return parents[count - 1] if count else head
        for _ in range(count):
            if not self.commits[head].parents:
                raise Trouble(404, "not found")
            head = self.commits[head].parents[0]
        return head

    def _base(self, name: str) -> tuple[str, Branch | None]:
        if name in self.commits:
            return name, None
        if name in self.branches:
            return self.branches[name].head, self.branches[name]
        if name in self.tags:
            return self.tags[name], None
        found = [one for one in self.commits if name and one.startswith(name.lower())]
        if len(found) != 1:
            raise Trouble(404, "not found")
        return found[0], None

    def view(self, ref: str) -> Tree:
        """The objects at a ref: on a branch with what is staged."""
        head, branch = self.resolve(ref)
        return self.standing(branch) if branch else self.commits[head].tree

    def standing(self, branch: Branch) -> Tree:
        if not branch.staged:
            return self.commits[branch.head].tree
        whole = {**self.commits[branch.head].tree, **branch.staged}
        return {path: entry for path, entry in whole.items() if entry is not None}

    def stage(self, branch: Branch, path: str, entry: Entry | None) -> None:
        if entry is None and path not in self.commits[branch.head].tree:
            branch.staged.pop(path, None)
        else:
            branch.staged[path] = entry

    def dirty(self, branch: Branch) -> bool:
        return any(differences(self.commits[branch.head].tree, self.standing(branch)))

    def protected(self, branch: str) -> bool:
        from fnmatch import fnmatchcase

        return any(fnmatchcase(branch, rule) for rule in self.rules)

    def history(self, head: str, *, first_parent: bool = False) -> Iterator[str]:
        """The newest first; of those of one second the greater id."""
        seen, waiting = {head}, [head]
        while waiting:
            waiting.sort(key=lambda name: (self.commits[name].date, name))
            name = waiting.pop()
            yield name
            parents = self.commits[name].parents
            new = [one for one in (parents[:1] if first_parent else parents) if one not in seen]
            seen.update(new)
            waiting += new

    def merge_base(self, left: str, right: str) -> str:
        """The best common ancestor, by generations."""
        if left == right:
            return left
        sides = {left: {"l"}, right: {"r"}}
        waiting = [left, right]
        while waiting:
            waiting.sort(key=lambda name: self.commits[name].generation)
            name = waiting.pop()
            for parent in self.commits[name].parents:
                if parent not in sides:
                    waiting.append(parent)
                reached = sides.setdefault(parent, set())
                reached |= sides[name]
                if len(reached) == 2:
                    return parent
        raise Trouble(400, "no merge base")


def differences(left: Tree, right: Tree) -> Iterator[tuple[str, str, Entry]]:
    """Path, kind, and the entry that tells its size, in order of bytes."""
    for path in sorted(left.keys() | right.keys(), key=str.encode):
        old, new = left.get(path), right.get(path)
        if new is None and old is not None:
            yield path, "removed", old
        elif new is not None and old is None:
            yield path, "added", new
        elif new is not None and old is not None and old.identity != new.identity:
            yield path, "changed", new


def compared(base: Tree, left: Tree, right: Tree) -> Iterator[tuple[str, str, Entry]]:
    """What merging `right` into `left` would change, and what both changed otherwise."""

    def same(tree: Tree, other: Tree, path: str) -> bool:
        one, two = tree.get(path), other.get(path)
        return (one and one.identity) == (two and two.identity)

    for path, kind, entry in differences(left, right):
        if same(right, base, path):
            continue
        yield path, kind if same(left, base, path) else "conflict", entry


def merged(base: Tree, left: Tree, right: Tree, strategy: str) -> Tree | None:
    """The tree of a merge of `right` into `left`; None where both changed the same path."""
    tree = dict(left)
    for path, kind, _ in compared(base, left, right):
        if kind == "conflict" and not strategy:
            return None
        if kind != "conflict" or strategy == "source-wins":
            entry = right.get(path)
            if entry is None:
                tree.pop(path, None)
            else:
                tree[path] = entry
    return tree


def commit_row(name: str, commit: Commit) -> dict[str, Any]:
    return {
        "committer": commit.committer,
        "creation_date": commit.date,
        "generation": commit.generation,
        "id": name,
        "message": commit.message,
        "meta_range_id": commit.tree_id,
        "metadata": dict(commit.metadata),
        "parents": list(commit.parents),
        "version": 1,
    }
