"""The lock file that each job installs from: every package pinned, every one with its hash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.errors import Place
from wombat.language.text import read_bytes
from wombat.plan.files import exists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.errors import Diagnostics
    from wombat.language.load import Spec

DISTRIBUTION: Final = "wombat-ci"
_PINNED: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*(==|@)\s*\S+")
_HASH: Final = re.compile(r"--hash=sha(256|384|512):[0-9a-f]{64,128}\b")


def check_requirements(spec: Spec, sink: Diagnostics) -> None:
    """Reports a lock file that `wombat: install` couldn't install from safely."""
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
    for number, line in _logical(text):
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
        names.add(re.sub(r"[-_.]+", "-", found[1]).lower())
    if DISTRIBUTION not in names:
        sink.error(
            "requirements-file",
            f"'{path}' doesn't hold {DISTRIBUTION}; expected it, since each job runs wombat",
            place,
            hint=f"add {DISTRIBUTION} to what the lock file is made from",
        )


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines as pip reads them: continued by a backslash, without comments; numbers from 1."""
    parts: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        parts.append(bare.removesuffix("\\").strip())
        if bare.endswith("\\"):
            continue
        if joined := " ".join(part for part in parts if part):
            yield start, joined
        parts = []
    if joined := " ".join(part for part in parts if part):
        yield start, joined
