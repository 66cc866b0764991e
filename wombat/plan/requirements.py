"""The files that `wombat.yml` names for GitLab: a lock file with every hash, files to include."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.errors import Place
from wombat.language.text import read_bytes
from wombat.plan.files import exists
from wombat.plan.packages.pins import normal
from wombat.plan.packages.requirements_txt import logical_lines

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.errors import Diagnostics
    from wombat.language.load import Spec

DISTRIBUTION: Final = "wombat-ci"
_PINNED: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*(==|@)\s*\S+")
_ELSEWHERE: Final = re.compile(r"[*$]")
_HASH: Final = re.compile(r"--hash=sha(256|384|512):[0-9a-f]{64,128}\b")


def check_requirements(spec: Spec, sink: Diagnostics) -> None:
    """Reports a lock file that `wombat: install` couldn't install from safely, and files of the
    repository that are to be included and aren't there."""
    _check_lock_file(spec, sink)
    _check_included(spec, sink)


def _check_included(spec: Spec, sink: Diagnostics) -> None:
    """Other forms of an include (a project's file, an address, a pattern) can't be looked at."""
    if spec.project_document is None:
        return
    for number, said in enumerate(spec.project.gitlab.include):
        path = said.get("local") if isinstance(said, dict) else said
        if not isinstance(path, str) or "://" in path or _ELSEWHERE.search(path):
            continue
        file = _repository(spec.root) / path.lstrip("/")
        if not (exists(file) and file.is_file()):
            sink.error(
                "include-file",
                f"there is no file '{path}'; expected one that generated pipelines can include",
                spec.project_document.at("gitlab", "include", number, "local"),
                hint="paths count from the repository's root",
            )


def _repository(root: Path) -> Path:
    """The nearest folder above with a `.git`, which GitLab's paths count from; else the root."""
    real = root.resolve()
    return next((one for one in (real, *real.parents) if (one / ".git").exists()), real)


def _check_lock_file(spec: Spec, sink: Diagnostics) -> None:
    path = spec.project.gitlab.requirements
    if path is None or spec.project_document is None:
        return
    place = spec.project_document.at("gitlab", "requirements")
    file = spec.root / path
    if not (exists(file) and file.is_file()):
        sink.error(
            "requirements-file",
            f"there is no file '{path}'; expected the lock file that jobs install from",
            place,
            hint="uv pip compile --generate-hashes, or pip-compile --generate-hashes",
        )
        return
    if (data := read_bytes(file, path, sink)) is not None:
        _check(data.decode("utf-8", "replace"), path, place, sink)


def _check(text: str, path: str, place: Place, sink: Diagnostics) -> None:
    names = set()
    for number, line in logical_lines(text):
        if line.startswith("-"):  # an option of pip
            continue
        found = _PINNED.match(line)
        if not found or not _HASH.search(line):
            sink.error(
                "requirements-hash",
                f"'{line.split()[0][:60]}' has no hash; expected name==version --hash=sha256:…",
                Place(path, number),
                hint="without its hash, an index could put another package in its place",
            )
            return
        names.add(normal(found[1]))
    if DISTRIBUTION not in names:
        sink.error(
            "requirements-file",
            f"'{path}' doesn't hold {DISTRIBUTION}; expected it, since each job runs wombat",
            place,
            hint=f"add {DISTRIBUTION} to what the lock file is made from",
        )
