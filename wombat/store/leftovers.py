"""Temporary files that killed writers left in a local store: told by their names and ages."""
# Names of files and what the operating system says of them, as in the blob store that makes them:
# ruff: noqa: PTH108, PTH118

from __future__ import annotations

import os
import secrets
import socket
import time
from contextlib import suppress
from typing import Final

from wombat.digest import digest_bytes

DAY: Final = 24 * 3600.0
WEEK: Final = 7 * DAY


def temporary_name(what: str, number: int) -> str:
    """A name that nobody else takes, and that says which process of which machine took it."""
    return f"{what}-{_here()}-{os.getpid()}-{number}-{secrets.token_hex(4)}"


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


def _dead(name: str) -> bool:
    steps = name.split("-")
    if len(steps) < 4 or steps[1] != _here() or not steps[2].isdecimal():
        return False
    try:
        os.kill(int(steps[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _here() -> str:
    return digest_bytes(socket.gethostname().encode())[:8]
