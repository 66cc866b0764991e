"""The files that a command or a shell line names, and the modules and entry points it starts."""

from __future__ import annotations

import posixpath
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.closure.imports import is_dotted
from wombat.plan.closure.lines import (
    code_within,
    folders_gone_into,
    folders_of_path,
    import_path,
    sequences,
    texts,
)
from wombat.plan.closure.paths import is_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wombat.plan.closure.checkout import Checkout

_PYTHON: Final = re.compile(r"(.*/)?(python|pypy)[\d.]*")
_MODULE: Final = re.compile(r"-([bBdEhiIOPqRsSuvVx?]*)m([\w.]*)")
_TAKE_ONE: Final = frozenset(("-W", "-X", "--check-hash-based-pycs"))
"""Flags of Python whose value is a word of its own."""
_SHEBANG: Final = re.compile(rb"#![^\n]*python")
ENTRIES: Final = "pyproject.toml"
MAX_WORD: Final = 200
_FIRST: Final = 200


@dataclass(frozen=True)
class Named:
    """What words name: files by their paths, scripts that Python reads (with whether it runs them,
    so that only their syntax counts), modules to run, and functions that entry points call; texts
    that may be code; folders that the line goes into, and those it puts on the import path."""

    files: tuple[str, ...]
    scripts: dict[str, bool]
    modules: tuple[str, ...]
    entries: tuple[str, ...]
    inline: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


def named(checkout: Checkout, argv: Sequence[Any], script: str | None) -> Named:
    """What a command's words or a shell line names in the project."""
    text = " ".join(texts(argv)) if script is None else script
    lines = sequences(argv, script)
    look = _Look(checkout, _folders(text))
    for words in lines:
        look.line(words)
    if checkout.entries is None:
        checkout.entries = _entry_points(checkout.root)
    known = checkout.entries
    entries = {known[word] for words in lines for word in words if word in known}
    return Named(
        tuple(sorted(look.files)),
        dict(sorted(look.scripts.items())),
        tuple(look.modules),
        tuple(sorted(entries)),
        code_within(lines, script),
        tuple(one for one in look.folders if one and is_folder(checkout.root, one)),
        path_folders(checkout.root, import_path(text), look.folders),
    )


def path_folders(
    root: Path, said: Iterable[str], folders: Iterable[str] = ("",)
) -> tuple[str, ...]:
    """The folders of a project that such words mean, said in one of `folders`."""
    joined = (posixpath.normpath(posixpath.join(each, one)) for one in said for each in folders)
    return tuple(dict.fromkeys(one for one in joined if one != "." and is_folder(root, one)))


def path_of_environment(root: Path, env: Mapping[str, Any]) -> tuple[str, ...]:
    """The folders of a project that a declared PYTHONPATH means."""
    said = env.get("PYTHONPATH")
    return path_folders(root, folders_of_path(said)) if isinstance(said, str) else ()


@dataclass
class _Look:
    """What is named, as one line after the other is read."""

    checkout: Checkout
    folders: list[str]
    files: set[str] = field(default_factory=set)
    scripts: dict[str, bool] = field(default_factory=dict)
    modules: dict[str, None] = field(default_factory=dict)

    def line(self, words: list[str]) -> None:
        by_python = False
        for before, word in zip(["", *words], words, strict=False):
            self._file(word, by_python=by_python)
            self._module(before, word, by_python=by_python)
            flag = word.startswith("-") or before in _TAKE_ONE
            by_python = bool(_PYTHON.fullmatch(word)) or (by_python and flag)

    def _file(self, word: str, *, by_python: bool) -> None:
        for path in _paths(word, self.folders):
            for file in (path, *((f"{path}/__main__.py",) if by_python else ())):
                if self.checkout.content(file) is None:
                    continue
                if _is_script(self.checkout.root / file):
                    alone = self.scripts.get(file, True) and by_python and file.endswith(".py")
                    self.scripts[file] = alone
                else:
                    self.files.add(file)

    def _module(self, before: str, word: str, *, by_python: bool) -> None:
        """`-m NAME`; behind `python` among other flags, or `-mNAME`, too."""
        flag, glued = _MODULE.fullmatch(before), _MODULE.fullmatch(word)
        if flag and not flag[2] and is_dotted(word) and (by_python or not flag[1]):
            self.modules[word] = None
        name = glued[2] if glued else ""
        if is_dotted(name) and (by_python or self.checkout.is_ours(name)):
            self.modules[name] = None


def _folders(text: str) -> list[str]:
    """The folders in which a line may run its commands: the project's, and all it goes into."""
    found = [""]
    for step in folders_gone_into(text):
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
