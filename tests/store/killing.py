"""Killing a process at its nth call to the operating system, without the cost of starting one."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: Final = (
    "open",
    "close",
    "write",
    "pwrite",
    "writev",
    "fsync",
    "fdatasync",
    "link",
    "unlink",
    "remove",
    "mkdir",
    "rmdir",
    "rename",
    "replace",
    "truncate",
    "ftruncate",
    "utime",
    "chmod",
    "symlink",
    "copy_file_range",
    "sendfile",
    "posix_fallocate",
)


def run_and_kill(operation: Callable[[], None], when: int) -> int:
    """Runs it in a child, which is killed right before its call number `when`, from 1.

    Returns how many calls it made if it came to its end, else 0. An error of its own raises.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(operation, when, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return 0
    assert said.isdigit(), said
    return int(said)


def _child(operation: Callable[[], None], when: int, writing: int) -> None:
    """Never returns: nothing of the test's own end may run here."""
    say, end = os.write, os._exit
    try:
        made = _armed(when)
        operation()
        say(writing, str(made[0]).encode())
    except BaseException as error:
        say(writing, repr(error).encode())
    finally:
        end(0)


def _armed(when: int) -> list[int]:
    """Every listed function of `os` counts from now on; the number is where it says."""
    made, lock = [0], threading.Lock()

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            with lock:
                made[0] += 1
                if made[0] == when:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **more)

        return call

    for name in CALLS:
        setattr(os, name, counting(getattr(os, name)))
    return made
