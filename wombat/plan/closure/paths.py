"""Folders that code puts on Python's import path, read off its syntax."""

from __future__ import annotations

import ast
import posixpath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST: Final = 50


def added(root: Path, file: str, tree: ast.Module) -> tuple[str, ...]:
    """The folders that a file may put on the import path, below the root: where it has to do with
    `sys.path`, its own folder and those above, and what its literals name below any of these."""
    if not _touches(tree):
        return ()
    above = [posixpath.dirname(file)]
    while above[-1]:
        above.append(posixpath.dirname(above[-1]))
    found = list(above)
    for said in dict.fromkeys(_literals(tree)):
        for base in tuple(found):
            path = posixpath.normpath(posixpath.join(base, said))
            if len(found) < _MOST and path not in found and is_folder(root, path):
                found.append(path)
    return tuple(sorted(one for one in found if one not in ("", ".")))


def is_folder(root: Path, path: str) -> bool:
    """Whether it is a folder below the root, by its relative path."""
    if path.startswith(("/", "..")) or "\0" in path:
        return False
    try:
        return (root / path).is_dir()
    except OSError:
        return False


def _touches(tree: ast.Module) -> bool:
    """Whether a module may change the import path: `sys.path`, `from sys import path`, `site`."""
    systems, taken = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            systems |= {one.asname or one.name for one in node.names if one.name == "sys"}
        elif isinstance(node, ast.ImportFrom) and node.module in ("sys", "site"):
            if not {"path", "addsitedir", "*"}.isdisjoint(one.name for one in node.names):
                return True
        elif isinstance(node, ast.Attribute) and node.attr == "addsitedir":
            return True
        elif isinstance(node, ast.Attribute) and node.attr == "path":
            taken.add(getattr(node.value, "id", ""))
    return not systems.isdisjoint(taken)


def _literals(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value[:200]
