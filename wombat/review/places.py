"""Where a project's files are in their repository, and at its address on GitLab."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_URL: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[^\s\"'<>\\`{}|^]*)?")


def repository_prefix(root: Path) -> str:
    """The path of a project's root below its repository's, `""` or ending in `/`.

    The repository is the nearest folder above with a `.git`; without one the root itself.
    """
    real = root.resolve()
    for folder in (real, *real.parents):
        if (folder / ".git").exists():
            steps = real.relative_to(folder).as_posix()
            return "" if steps == "." else f"{steps}/"
    return ""


def in_repository(prefix: str, path: str) -> str:
    """A path of a diagnostic as git names it."""
    return posixpath.normpath(prefix + path)


def web_address(text: str | None) -> str | None:
    """An address that may stand in a link, without a `/` at its end; None for any other text."""
    if text is None or not _URL.fullmatch(text):
        return None
    return text.rstrip("/")


def source_url(environ: Mapping[str, str], path: str, line: int = 1) -> str | None:
    """A line of a file at the commit at hand, on GitLab; None elsewhere.

    `path` is below the repository's root; every character that means something in an address is
    encoded.
    """
    project, commit = web_address(environ.get("CI_PROJECT_URL")), environ.get("CI_COMMIT_SHA", "")
    if project is None or not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        return None
    return f"{project}/-/blob/{commit}/{quote(path, safe='/')}#L{line}"


def folder_in_repository(root: Path, folder: Path) -> str | None:
    """A folder's path below the repository's root; None for one elsewhere."""
    prefix = repository_prefix(root)
    real, top = folder.resolve(), root.resolve()
    for _ in range(prefix.count("/")):
        top = top.parent
    return real.relative_to(top).as_posix() if real.is_relative_to(top) else None
