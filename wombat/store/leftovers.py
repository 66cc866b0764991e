"""Temporary files that killed writers left in a local store: told by their names and ages."""
# Names of files and what the operating system says of them, as in the blob store that makes them:
# ruff: noqa: PTH108, PTH115, PTH118

from __future__ import annotations

import os
import re
import time
import weakref
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_own: Final[list[weakref.finalize[..., object]]] = []

HOUR: Final = 3600.0
DAY: Final = 24 * 3600.0
WEEK: Final = 7 * DAY


def temporary_name(what: str, number: int) -> str:
    """A name that nobody else takes, and that says which process of which machine took it."""
    return f"{what}-{_here()}-{os.getpid()}-{number}-{os.urandom(4).hex()}"


def ends_with(owner: object, waiting: Mapping[str, str]) -> None:
    """The files among `waiting`'s values go when `owner`, or this process, ends: nothing that has a
    name yet is among them. `waiting` may not refer to the owner."""
    _own[:] = [one for one in _own if one.alive]
    _own.append(weakref.finalize(owner, _remove, waiting, os.getpid()))


def drop_own() -> None:
    """What would be done at the end of the process, for one that ends at once."""
    for one in tuple(_own):
        one()


def _remove(waiting: Mapping[str, str], process: int) -> None:
    """They aren't those of a child that was forked."""
    if os.getpid() != process:
        return
    for path in list(waiting.values()):
        with suppress(OSError):
            os.unlink(path)


def left_behind(folder: Path) -> Iterator[tuple[Path, int]]:
    """What processes of this machine that are dead by now left in a folder of temporary files,
    however young, with its size in bytes."""
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            with suppress(OSError):
                if _dead(path.name):
                    yield path, path.lstat().st_size


def remove_leftovers(folder: str) -> None:
    """Removes what dead processes of this machine left a day ago, and anybody a week ago.

    Best effort: what can't be looked at or removed stays, and never matters.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                if age > WEEK or (age > DAY and _dead(entry.name)):
                    os.unlink(os.path.join(folder, entry.name))


def owned(name: str, kind: str) -> str:
    """A hidden name beside `name` that nobody else takes, and that says which process took it."""
    return f".{name[:40]}.{_here()}-{os.getpid()}-{os.urandom(8).hex()}.{kind}"


def orphans(beside: Path, kind: str) -> Iterator[tuple[Path, bool]]:
    """What `owned` named beside a path for processes that are dead, and whether it is older than
    an hour."""
    name = re.compile(rf"\.{re.escape(beside.name[:40])}\.([0-9a-f]+)-([0-9]+)-[0-9a-f]+\.{kind}")
    found = []
    with suppress(OSError):
        found = [one for one in beside.parent.iterdir() if name.fullmatch(one.name)]
    for one in found:
        match = name.fullmatch(one.name)
        if match and _ended(match[1], match[2]):
            with suppress(OSError):
                yield one, time.time() - one.lstat().st_mtime > HOUR


def _dead(name: str) -> bool:
    steps = name.split("-")
    return len(steps) >= 4 and _ended(steps[1], steps[2])


def _ended(here: str, process: str) -> bool:
    if here != _here() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


@cache
def _here() -> str:
    """Of this machine since it was started, and of these numbers of processes: containers have
    numbers of their own, and often their host's name."""
    told = [os.uname().nodename]
    with suppress(OSError):
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        told.append(os.readlink("/proc/self/ns/pid"))
    return digest_bytes("\n".join(told).encode())[:8]
