"""The file table: which paths may be, in which order, and the content digest of them all."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from blake3 import blake3

from wombat.digest import Digest
from wombat.errors import DataInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOMAIN: Final = b"wombat-tree-1\n"
STEP_BYTES: Final = 255
PATH_BYTES: Final = 4096
# Most paths there are, told in one step: ASCII, and no step that begins with a dot.
_PLAIN: Final = re.compile(
    r"(?:[A-Za-z0-9_ -][A-Za-z0-9_. -]{0,99}/){0,32}[A-Za-z0-9_ -][A-Za-z0-9_. -]{0,99}"
)


class BadPath(ValueError):
    """A path that no artifact may hold."""


Stamp: TypeAlias = tuple[int, int, int, int]
"""Of a file on disk: times of its content and of its inode in nanoseconds, inode, device."""


@dataclass(frozen=True, slots=True)
class File:
    """One row of the table; `size` in bytes, `digest` of the whole file."""

    path: str
    executable: bool
    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Found:
    """A file met on disk, before it is read; `stamp` tells whether it was written since."""

    path: str
    place: str
    executable: bool
    size: int
    stamp: Stamp = (0, 0, 0, 0)


def order(path: str) -> bytes:
    """Sorts by component: a folder's files stand together."""
    return path.encode().replace(b"/", b"\0")


def check_path(path: str) -> str:
    """Relative, UTF-8 in NFC, printable, without '.', '..' and '\\'; raises BadPath."""
    if not _PLAIN.fullmatch(path) and (problem := _problem(path)):
        raise BadPath(f"{path[:120]!r} {problem}")
    return path


def _problem(path: str) -> str | None:
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return "is no UTF-8"
    steps = path.split("/")
    if not all(steps):
        return "is no relative path"
    if any(step in (".", "..") for step in steps):
        return "climbs with '.' or '..'"
    if any(ord(c) < 32 or ord(c) == 127 or c == "\\" for c in path):
        return "has a control character or a backslash"
    if len(raw) > PATH_BYTES or any(len(step.encode()) > STEP_BYTES for step in steps):
        return f"is too long; at most {STEP_BYTES} bytes a step and {PATH_BYTES} in all"
    if not unicodedata.is_normalized("NFC", path):
        return "is not in Unicode's normal form NFC"
    return None


@dataclass(slots=True)
class PathGuard:
    """Takes paths in order; refuses disorder, doubles and what differs only by case.

    Holds the names of the open folders only, however large the tree is.
    """

    last: bytes = b""
    steps: list[str] = field(default_factory=list)
    levels: list[set[str]] = field(default_factory=lambda: [set()])

    def add(self, path: str) -> None:
        """Raises BadPath."""
        check_path(path)
        mark = order(path)
        if mark <= self.last:
            raise BadPath(f"{path[:120]!r} stands out of order")
        self.last = mark
        *folders, name = path.split("/")
        if folders != self.steps:
            self._move(folders, path)
        self._enter(name, path)

    def _move(self, folders: list[str], path: str) -> None:
        shared = 0
        while shared < min(len(folders), len(self.steps)) and (
            folders[shared] == self.steps[shared]
        ):
            shared += 1
        del self.steps[shared:], self.levels[shared + 1 :]
        for step in folders[shared:]:
            self._enter(step, path)
            self.steps.append(step)
            self.levels.append(set())

    def _enter(self, step: str, path: str) -> None:
        folded = step.lower() if step.isascii() else _folded(step)
        if folded in self.levels[-1]:
            raise BadPath(f"{path[:120]!r} differs from another path only by upper and lower case")
        self.levels[-1].add(folded)


def _folded(step: str) -> str:
    return unicodedata.normalize("NFC", step.casefold())


class ContentDigest:
    """Hashes the rows in order: path, NUL, `x` or `-`, size (8 bytes), digest (32 bytes)."""

    def __init__(self) -> None:
        self._hasher = blake3(DOMAIN)

    def add(self, file: File) -> None:
        mode = b"x" if file.executable else b"-"
        size = file.size.to_bytes(8, "big")
        self._hasher.update(file.path.encode() + b"\0" + mode + size + bytes.fromhex(file.digest))

    def finish(self) -> Digest:
        return Digest(self._hasher.hexdigest())


def walk(top: Path) -> Iterator[Found]:
    """Every file below a folder in order, or the one file that `top` is; empty folders are none.

    Raises DataInvalid (`artifact-path`) naming the path for links, devices and bad names.
    """
    guard = PathGuard()
    found = _below(str(top), "") if top.is_dir() else iter([_look(top, top.name)])
    for file in found:
        try:
            guard.add(file.path)
        except BadPath as error:
            raise refused(str(error)) from error
        yield file


def refused(reason: str) -> DataInvalid:
    return DataInvalid(f"an artifact can't hold a path: {reason}", code="artifact-path")


def _below(folder: str, prefix: str) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            steps = sorted((os.fsencode(e.name), e) for e in entries)
    except OSError as error:
        raise refused(f"{prefix[:120]!r} can't be read: {error.strerror}") from error
    for _, entry in steps:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{prefix}{entry.name}/")
        else:
            yield _look(entry, f"{prefix}{entry.name}")


def _look(place: os.DirEntry[str] | Path, path: str) -> Found:
    try:
        status = place.stat(follow_symlinks=False)
    except OSError as error:
        raise refused(f"{path[:120]!r} can't be read: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a link" if stat.S_ISLNK(status.st_mode) else "no regular file"
        raise refused(f"{path[:120]!r} is {kind}; write a file instead")
    executable = bool(status.st_mode & stat.S_IXUSR)
    return Found(path, os.fspath(place), executable, status.st_size, stamp_of(status))


def stamp_of(status: os.stat_result) -> Stamp:
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
