"""Files that a task declares as its code, by patterns of their paths."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wombat.language.globs import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wombat.plan.git import GitFiles
    from wombat.plan.scope import Scope

_NEVER: Final = frozenset((".git", ".wombat"))
_MARKS: Final = frozenset("*?")


def depended(root: Path, git: GitFiles, patterns: Iterable[str]) -> tuple[str, ...]:
    """The files below `root` that patterns mean, sorted; paths have `/`.

    Not those that git ignores, that a link leads out of the project to, or in `.git` and `.wombat`.
    """
    return tuple(sorted({path for pattern in patterns for path in _meant(root, git, pattern)}))


def _meant(root: Path, git: GitFiles, pattern: str) -> set[str]:
    """Looked for once: many tasks may have the same patterns, those of `defaults`."""
    if pattern not in git.meant:
        found = set(matching(root, pattern))
        git.meant[pattern] = found - git.ignored(found) if found else found
    return git.meant[pattern]


def matching(root: Path, pattern: str) -> Iterator[str]:
    """The files that a pattern means, ignored ones too, in no order."""
    fixed = _fixed(pattern)
    rule, real = compiled(pattern), root.resolve()
    if fixed == pattern:
        candidates: Iterable[str] = (pattern,) if _is_file(root / pattern) else ()
    else:
        candidates = (path for path in _files(root, fixed) if rule.fullmatch(path))
    for path in candidates:
        if (root / path).resolve().is_relative_to(real) and path.split("/")[0] not in _NEVER:
            yield path


def check_depends(scope: Scope, patterns: Iterable[str], *where: str) -> None:
    """Reports patterns that mean no file that CI can see."""
    for index, pattern in enumerate(patterns):
        if depended(scope.spec.root, scope.git, (pattern,)):
            continue
        path = scope.spec.root / pattern
        ignored = any(matching(scope.spec.root, pattern))
        said = "only files that git ignores" if ignored else "no file below the project's root"
        hint = f"write {pattern}/**" if _fixed(pattern) == pattern and _is_folder(path) else None
        scope.error(
            "depends-on-nothing",
            f"'{pattern}' means {said}; expected at least one that counts as code",
            *where,
            index,
            hint=hint,
        )


def _fixed(pattern: str) -> str:
    """The steps before the first one with a mark."""
    steps = pattern.split("/")
    count = next((i for i, step in enumerate(steps) if _MARKS & set(step)), len(steps))
    return "/".join(steps[:count])


def _files(root: Path, below: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root / below):
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = [one for one in folders if prefix or one not in _NEVER]
        yield from (f"{prefix}{one}" for one in files)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def _is_folder(file: Path) -> bool:
    try:
        return file.is_dir()
    except OSError:
        return False
