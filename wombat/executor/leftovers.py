"""What a task leaves behind in its process: undone where that can be, else the process ends."""

from __future__ import annotations

import gc
import locale
import os
import resource
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_STREAMS: Final = (("stdin", 0), ("stdout", 1), ("stderr", 2))
_LIMITS: Final = tuple(
    value for name, value in vars(resource).items() if name.startswith("RLIMIT_")
)
_PROC: Final = Path("/proc")


class Beginning:
    """A worker's state before its first task; each later task starts with the same.

    That is the environment, working directory, umask, locale and time zone, signals and timers,
    standard streams, limits, import path and arguments. Modules stay imported, and what they
    hold stays as a task left it: a worker is warm because of that.
    """

    def __init__(self) -> None:
        self._environ = dict(os.environ)
        self._umask = os.umask(0)
        os.umask(self._umask)
        self._locale = locale.setlocale(locale.LC_ALL)
        self._handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._limits = {number: resource.getrlimit(number) for number in _LIMITS}
        self._streams: dict[str, Any] = {name: getattr(sys, name) for name, _ in _STREAMS}
        self._path, self._argv = list(sys.path), list(sys.argv)
        self._recursion, self._collects = sys.getrecursionlimit(), gc.isenabled()
        self._watched = (sys.gettrace(), sys.getprofile())

    def prepare(self, declared: Mapping[str, str], folder: str) -> None:
        """The environment with a task's own names, and its working directory.

        ValueError for text that no environment can hold, OSError for a folder that is gone.
        """
        os.environ.clear()
        os.environ.update(self._environ)
        os.environ.update(declared)
        time.tzset()
        os.chdir(folder)

    def restore(self) -> bool:
        """Everything that isn't set by `prepare`; False where something can't be undone."""
        stop_timers()
        self.restore_streams()
        self._restore_signals()
        os.umask(self._umask)
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        sys.path[:], sys.argv[:] = self._path, self._argv
        sys.setrecursionlimit(self._recursion)
        (gc.enable if self._collects else gc.disable)()
        sys.settrace(self._watched[0])
        sys.setprofile(self._watched[1])
        return self._restore_limits()

    def restore_streams(self) -> None:
        """The standard streams; one that was closed is opened on its descriptor again."""
        for name, number in _STREAMS:
            stream = self._streams[name]
            if stream is not None and stream.closed:
                with suppress(OSError):  # its descriptor is gone, too
                    mode = "r" if name == "stdin" else "w"
                    self._streams[name] = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115  # a descriptor's
            setattr(sys, name, self._streams[name])

    def _restore_signals(self) -> None:
        for number, handler in self._handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def _restore_limits(self) -> bool:
        """False where a hard limit was lowered: nobody raises it again."""
        for number, limit in self._limits.items():
            if resource.getrlimit(number) != limit:
                try:
                    resource.setrlimit(number, limit)
                except (OSError, ValueError):
                    return False
        return True


def stop_timers() -> None:
    """No alarm that a task set rings later."""
    signal.alarm(0)
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)


def still_running(since: str | None = None) -> bool:
    """Whether a thread or process that a task started goes on; daemon threads don't count.

    On Linux that is every process of this session, also one whose own parent has ended; none where
    the newest process of all is what `newest_process` said before the task.
    """
    main = threading.main_thread()
    if any(one is not main and not one.daemon for one in threading.enumerate()):
        return True
    if since is not None and newest_process() == since:
        return False
    return _has_children() or _session_has_others()


def newest_process() -> str | None:
    """The number of the process or thread that was begun last, whoever began it; None where the
    system doesn't tell."""
    try:
        return (_PROC / "loadavg").read_text("ascii").split()[4]
    except (OSError, IndexError):
        return None


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass  # one that has ended and that nobody waited for
    except ChildProcessError:
        return False
    return True


def _session_has_others() -> bool:
    own, session = os.getpid(), os.getsid(0)
    try:
        numbers = [int(one.name) for one in _PROC.iterdir() if one.name.isdigit()]
    except OSError:
        return False
    return any(number != own and _runs_in(session, number) for number in numbers)


def _runs_in(session: int, process: int) -> bool:
    """Whether a process is of a session, and hasn't ended."""
    with suppress(OSError):
        if os.getsid(process) == session:
            stat = (_PROC / str(process) / "stat").read_text("utf-8", "replace")
            return stat.rpartition(")")[2].split()[0] not in "ZX"
    return False


def end_if_forked(process: int, fault: BaseException | None = None) -> None:
    """Ends a child that a task forked and that came back to us: only its parent may answer."""
    if os.getpid() == process:
        return
    code = 0 if fault is None else 1
    if isinstance(fault, SystemExit):
        code = fault.code if isinstance(fault.code, int) else int(fault.code is not None)
    elif fault is not None:
        traceback.print_exception(fault)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code & 0xFF)
