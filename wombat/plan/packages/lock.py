"""The project's dependency lock file: which one it is, and what it pins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.errors import Place
from wombat.language.text import read_bytes
from wombat.plan.files import exists
from wombat.plan.ir import Package
from wombat.plan.packages import pylock, requirements_txt, uv_lock
from wombat.plan.packages.pins import LockFault, merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.errors import Diagnostics
    from wombat.language.load import Spec
    from wombat.plan.git import GitFiles
    from wombat.plan.packages.pins import Pin

FOUND: Final = ("uv.lock", "pylock.toml", "requirements.txt")
"""Looked for at the root, where `wombat.yml` names none."""
EVERY: Final = "*"
"""Stands among packages for all of a lock file's; it has no version of its own."""
_PYLOCK: Final = re.compile(r"pylock(\.[^./]+)?\.toml")
_LINES: Final = re.compile(r".*\.(txt|in|lock)")
_OTHERS: Final = frozenset(("poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "conda.lock"))


@dataclass(frozen=True)
class Lock:
    """What a lock file pins, by normal name. Without `graph` nobody knows who depends on whom.

    `folders` are distributions whose version doesn't tell their content, and where they lie.
    """

    path: str
    packages: dict[str, Package]
    graph: bool
    folders: dict[str, str] = field(default_factory=dict)

    def reached(self, requires: Iterable[str]) -> dict[str, Package]:
        """These packages and all that they depend on, sorted by name."""
        known = self.packages | {EVERY: Package("", tuple(self.packages))}
        found: dict[str, Package] = {}
        waiting = list(requires)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = known[name]
                waiting.extend(known[name].uses)
        return dict(sorted(found.items()))


def read_lock(spec: Spec, git: GitFiles, sink: Diagnostics) -> Lock | None:
    """The project's lock file; None where there is none, or a broken one, which is reported."""
    path = _chosen(spec, git, sink)
    if path is None or (data := read_bytes(spec.root / path, path, sink)) is None:
        return None
    try:
        return _parse(spec, path, _text(data), sink)
    except LockFault as fault:
        place = Place(fault.path or path, fault.line, fault.column)
        sink.error("lock-file-invalid", str(fault), place)
        return None


def _chosen(spec: Spec, git: GitFiles, sink: Diagnostics) -> str | None:
    said: str | None = spec.project.dependencies
    if said is not None and spec.project_document is not None:
        return said if _usable(spec, said, git, sink) else None
    given = [*FOUND, spec.project.gitlab.requirements or FOUND[-1]]
    files = [name for name in given if exists(spec.root / name) and (spec.root / name).is_file()]
    return next((name for name in files if not git.ignores(name)), None)


def _usable(spec: Spec, path: str, git: GitFiles, sink: Diagnostics) -> bool:
    file = spec.root / path
    if not (exists(file) and file.is_file()):
        problem = f"there is no file '{path}'; expected a lock file"
    elif not file.resolve().is_relative_to(spec.root.resolve()):
        problem = f"'{path}' leads out of the project through a link; expected a path below it"
    elif git.ignores(path):
        problem = f"{path} is ignored by git, so CI can't see it; expected a file in git"
    elif _form(path) is None:
        problem = f"'{path}' is no lock file that is known; expected uv.lock, pylock.toml or "
        problem += "requirements.txt"
    else:
        return True
    if spec.project_document is not None:
        sink.error(
            "lock-file-invalid",
            problem,
            spec.project_document.at("dependencies"),
            hint="uv lock, or uv export, pip-compile and poetry export write one",
        )
    return False


def _form(path: str) -> str | None:
    name = path.rpartition("/")[2]
    if name == "uv.lock":
        return "uv"
    if _PYLOCK.fullmatch(name):
        return "pylock"
    return "lines" if _LINES.fullmatch(name) and name not in _OTHERS else None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise LockFault("this lock file isn't UTF-8; expected what its tool writes", line) from None


def _parse(spec: Spec, path: str, text: str, sink: Diagnostics) -> Lock:
    form = _form(path)
    if form == "uv":
        return _lock(path, uv_lock.parse(text), graph=True)
    if form == "pylock":
        pins, graph = pylock.parse(text)
        return _lock(path, pins, graph=graph)
    found = requirements_txt.parse(
        path, lambda one: text if one == path else _read(spec, one, sink)
    )
    if found.unpinned:
        _warn_of_unpinned(found.unpinned, sink)
    return _lock(path, found.pins, graph=False)


def _lock(path: str, pins: list[Pin], *, graph: bool) -> Lock:
    folders = {pin.name: pin.folder for pin in pins if pin.folder is not None}
    return Lock(path, merged(pins), graph, folders)


def _read(spec: Spec, path: str, sink: Diagnostics) -> str | None:
    file = spec.root / path
    if not (exists(file) and file.is_file()):
        return None
    data = read_bytes(file, path, sink)
    return None if data is None else _text(data)


def _warn_of_unpinned(unpinned: list[tuple[str, str, int]], sink: Diagnostics) -> None:
    """Once a file: of a list of wishes every line would be told."""
    for file in dict.fromkeys(path for _, path, _ in unpinned):
        of_file = [(text, line) for text, path, line in unpinned if path == file]
        text, line = of_file[0]
        several = f" and {len(of_file) - 1} more name" if len(of_file) > 1 else " names"
        sink.warn(
            "requirement-unpinned",
            f"'{text}'{several} no version; expected name==version, so that another one counts",
            Place(file, line),
            hint="uv lock, uv pip compile and pip-compile write one for all of them",
        )
