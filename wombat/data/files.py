"""The files of an output: ordinary ones, alone in their folder, written anew."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch
from wombat.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.data.artifacts import Spec

_KINDS: Final = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFREG: "a file",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


def check_alone(file: Path, folder: Path, spec: Spec) -> None:
    """That a task wrote this file, an ordinary one, and no other below the folder.

    Links are never followed: what they lead to is somebody else's. Raises TaskFailed
    `return-mismatch`.
    """
    check_folder(folder, spec)
    below = folder
    for step in file.relative_to(folder).parent.parts:
        below /= step
        _check_kind(below, stat.S_IFDIR, file.relative_to(folder).as_posix(), spec)
    _check_kind(file, stat.S_IFREG, file.relative_to(folder).as_posix(), spec)
    for other in _files(folder):
        if other != file:
            name = other.relative_to(folder).as_posix()
            raise mismatch(
                spec,
                f"'{name}' was written beside {file.name}; expected that file alone",
                "type: directory keeps several files; $WOMBAT_SCRATCH is for those of the moment",
            )


def check_folder(folder: Path, spec: Spec) -> None:
    """That the folder of an output is still a folder, and not a link to one."""
    _check_kind(folder, stat.S_IFDIR, "the output's folder", spec)


def _check_kind(place: Path, wanted: int, name: str, spec: Spec) -> None:
    try:
        kind = stat.S_IFMT(place.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise mismatch(spec, f"{name} wasn't written; expected a file there") from None
    if kind != wanted:
        found = _KINDS.get(kind, "a device")
        hint = "copy the file there" if kind == stat.S_IFLNK else None
        raise mismatch(spec, f"'{name}' is {found}; expected {_KINDS[wanted]}", hint)


def _files(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no folder itself; a link to one isn't."""
    for place, folders, names in os.walk(folder):
        top = type(folder)(place)
        yield from (top / name for name in names)
        yield from (top / name for name in folders if (top / name).is_symlink())


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A path to write to, which then takes the file's place.

    What stood there is never written to: it may be a link, or share its bytes with another name.
    """
    # Its own name may be as long as the system allows already.
    fresh = file.with_name(f".{digest_bytes(os.fsencode(file.name))[:16]}.new")
    fresh.unlink(missing_ok=True)
    try:
        yield fresh
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def encoded(text: str, spec: Spec) -> bytes:
    """A text in UTF-8; TaskFailed `return-mismatch` for half a surrogate pair."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise mismatch(spec, "the text holds half a character; expected UTF-8") from None
