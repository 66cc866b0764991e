"""The files that a command or a shell line names, and the modules and entry points it starts."""

from __future__ import annotations

import posixpath
import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.closure.imports import is_dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wombat.plan.closure.checkout import Checkout

_WORD: Final = re.compile(r"[\w./-]+")
_PYTHON: Final = re.compile(r"(.*/)?(python|pypy)[\d.]*")
_INTO: Final = re.compile(r"""(?:\bcd|\bpushd|\s-C)\s+(?:--\s+)?["']?([\w./-]+)""")
_SHEBANG: Final = re.compile(rb"#![^\n]*python")
ENTRIES: Final = "pyproject.toml"
MAX_WORD: Final = 200
_FIRST: Final = 200


@dataclass(frozen=True)
class Named:
    """What words name: files by their paths, scripts that Python reads (with whether it runs them,
    so that only their syntax counts), modules to run, and functions that entry points call."""

    files: tuple[str, ...]
    scripts: dict[str, bool]
    modules: tuple[str, ...]
    entries: tuple[str, ...]


def named(checkout: Checkout, argv: Sequence[Any], script: str | None) -> Named:
    """What a command's words or a shell line names in the project."""
    text = " ".join(one for one in argv if isinstance(one, str)) if script is None else script
    words = list(_words(argv)) if script is None else _WORD.findall(script)
    scripts: dict[str, bool] = {}
    files: set[str] = set()
    by_python = False
    for word in words:
        for path in _paths(word, _folders(text)):
            for file in (path, *((f"{path}/__main__.py",) if by_python else ())):
                if checkout.content(file) is None:
                    continue
                if _is_script(checkout.root / file):
                    scripts[file] = scripts.get(file, True) and by_python and file.endswith(".py")
                else:
                    files.add(file)
        by_python = bool(_PYTHON.fullmatch(word)) or (by_python and word.startswith("-"))
    modules = (name for flag, name in pairwise(words) if flag == "-m" and is_dotted(name))
    if checkout.entries is None:
        checkout.entries = _entry_points(checkout.root)
    known = checkout.entries
    entries = {known[word] for word in words if word in known}
    return Named(
        tuple(sorted(files)), dict(sorted(scripts.items())), tuple(modules), tuple(sorted(entries))
    )


def _words(argv: Sequence[Any]) -> Iterator[str]:
    """Each word, what stands after its `=`, and the words of a line within a word."""
    for word in argv:
        if isinstance(word, str):
            yield word
            if "=" in word:
                yield word.partition("=")[2]
            if any(one.isspace() for one in word):
                yield from _WORD.findall(word)


def _folders(text: str) -> list[str]:
    """The folders in which a line may run its commands: the project's, and all it goes into."""
    found = [""]
    for step in _INTO.findall(text):
        found += [posixpath.join(one, step) for one in found]
        if len(found) > MAX_WORD:
            break
    return list(dict.fromkeys(found))


def _paths(word: str, folders: Iterable[str]) -> Iterator[str]:
    """The paths below the project's root that a word may mean."""
    if not 0 < len(word) < MAX_WORD or word.startswith("/") or "\0" in word:
        return
    for folder in folders:
        path = posixpath.normpath(posixpath.join(folder, word))
        if not path.startswith(("/", "../")) and path not in ("", ".", ".."):
            yield path


def _is_script(file: Path) -> bool:
    if file.suffix == ".py":
        return True
    if file.suffix:
        return False
    with file.open("rb") as stream:
        return bool(_SHEBANG.match(stream.read(_FIRST)))


def _entry_points(root: Path) -> dict[str, str]:
    """The commands that the project itself installs, each with its `module:function`."""
    try:
        tree = tomllib.loads((root / ENTRIES).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    project, poetry = _table(tree, "project"), _table(_table(tree, "tool"), "poetry")
    tables = [
        *(_table(project, word) for word in ("scripts", "gui-scripts")),
        _table(poetry, "scripts"),
    ]
    return {
        name: said.partition("[")[0].strip()
        for table in tables
        for name, said in table.items()
        if isinstance(said, str) and ":" in said
    }


def _table(tree: Any, word: str) -> dict[str, Any]:
    found = tree.get(word) if isinstance(tree, dict) else None
    return found if isinstance(found, dict) else {}
