"""Some files of an artifact, by path or pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent
from wombat.store.tree import ContentDigest, order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wombat.digest import Digest
    from wombat.store.reading import Manifest
    from wombat.store.sections import FileRow

_WILD: Final = re.compile(r"\*\*/|\*\*|\*|\?")
_MEANT: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_ALONE: Final = 16
"""Paths that are looked up one by one, a block of the file table each."""


def select(manifest: Manifest, patterns: Collection[str]) -> list[FileRow]:
    """The files that any of the patterns names, in order: `*` and `?` within a step of the path,
    `**` over steps; a folder's name means all below it. Absent for a pattern that names none."""
    if len(patterns) <= _ALONE and not any(_WILD.search(one) for one in patterns):
        try:
            found = {row.file.path: row for row in map(manifest.find, patterns)}
        except Absent:
            pass  # it may name a folder
        else:
            return sorted(found.values(), key=lambda row: order(row.file.path))
    return _scan(manifest, {one: _compiled(one) for one in patterns})


def named(paths: Collection[str], patterns: Collection[str]) -> set[str]:
    """The same of paths alone."""
    found: set[str] = set()
    for pattern in patterns:
        meant = _compiled(pattern)
        hits = {path for path in paths if meant.fullmatch(path)}
        if not hits:
            raise Absent(f"there is no file '{pattern}'")
        found |= hits
    return found


def _scan(manifest: Manifest, patterns: dict[str, re.Pattern[str]]) -> list[FileRow]:
    found, missing = [], set(patterns)
    for row in manifest.rows():
        if hits := [one for one, pattern in patterns.items() if pattern.fullmatch(row.file.path)]:
            found.append(row)
            missing.difference_update(hits)
    if missing:
        raise Absent(f"the artifact has no file '{min(missing)}'")
    return found


def _compiled(pattern: str) -> re.Pattern[str]:
    meant, at = "", 0
    for wild in _WILD.finditer(pattern):
        meant += re.escape(pattern[at : wild.start()]) + _MEANT[wild.group()]
        at = wild.end()
    return re.compile(f"{meant}{re.escape(pattern[at:].rstrip('/'))}(?:/.*)?", re.DOTALL)


def content(rows: Iterable[FileRow]) -> Digest:
    """The content digest that these files alone have."""
    hasher = ContentDigest()
    for row in rows:
        hasher.add(row.file)
    return hasher.finish()
