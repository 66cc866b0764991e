"""A worker as its parent sees it: started, asked, and ended with all its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.executor.environment import allowed
from wombat.executor.protocol import CLOSED, Channel, Garbled, TimedOut
from wombat.executor.waiting import ready

if TYPE_CHECKING:
    from collections.abc import Mapping

GRACE: Final = 3.0
MOMENT: Final = 0.2
# -P keeps the project's own modules from standing in for the worker's; our folder comes last.
_START: Final = (
    "import sys; sys.path.append(sys.argv[2]); from wombat.executor.worker import main; main()"
)
_PACKAGES: Final = str(Path(__file__).resolve().parents[2])


class Died(Exception):  # the caller knows the task, and makes the error
    """The worker ended without an answer; `code` as in `Popen.returncode`.

    None where it was ended, since its task closed the connection or said something else on it.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__(f"worker ended with {code}")
        self.code = code


class Ended(Exception):
    """The worker was asked to end by `terminate`: what its task came to says nothing."""


class Worker:
    """One worker process in a session of its own. `ask` is for one thread; `stop` for any."""

    def __init__(self, root: Path, environ: Mapping[str, str] | None = None) -> None:
        """Starts it, without waiting; `environ` defaults to this process's, filtered by name."""
        ours, theirs = socket.socketpair()
        environment = allowed(os.environ if environ is None else environ)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(theirs.fileno()), _PACKAGES],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = Channel(ours)
        self._watch = os.pidfd_open(self._process.pid) if hasattr(os, "pidfd_open") else None
        self._stopping = threading.Lock()
        self._stopped = False
        self._dismissed = False
        self._terminated = False
        self._asked = 0
        self.pid = self._process.pid

    @property
    def alive(self) -> bool:
        return not self._stopped

    def ask(self, request: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """The answer to a request. Died where the process ends first, TimedOut after `timeout`
        seconds; in both cases it and its children are gone. Ended where `terminate` was first.

        A worker in which the task left something running is ended, too: it can't be used again.
        """
        self._asked += 1
        try:
            answer = None
            if self._channel.send({**request, "number": self._asked}):
                answer = self._channel.receive(timeout, self._watch)
        except TimedOut:
            self.stop()
            raise
        except Garbled:
            answer = {}
        if self._terminated and (answer is None or answer.get("fault")):
            raise Ended
        if answer is None:
            raise Died(self._buried())
        if answer.get("number") != self._asked:  # it isn't the worker who speaks
            self.stop(grace=0)
            raise Died(None)
        if answer.get("spent"):
            self.dismiss()
            self.stop(grace=MOMENT)
        return answer

    def _buried(self) -> int | None:
        """How the process ended by itself; None where it goes on without the connection."""
        ended = self._wait(MOMENT)
        self.stop(grace=0)
        code = self._process.returncode
        return code if ended and code != CLOSED else None

    def dismiss(self) -> None:
        """Lets an idle worker end by itself, its exit handlers run; `stop` has to follow."""
        self._dismissed = True
        with suppress(OSError):
            self._channel.connection.shutdown(socket.SHUT_RDWR)

    def terminate(self) -> None:
        """Asks the whole process group to end, without waiting; `stop` has to follow."""
        with self._stopping:
            if not self._stopped:
                self._terminated = True
                self._signal(signal.SIGTERM)

    def stop(self, grace: float = GRACE) -> None:
        """Ends the whole process group: asked first, then killed. Idempotent."""
        with self._stopping:
            if self._stopped:
                return
            self._stopped = True
            if grace and not self._dismissed:
                self._signal(signal.SIGTERM)
            self._wait(grace or MOMENT)
            # The leader isn't reaped yet, so that its group can't be a stranger's.
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._channel.close()
            if self._watch is not None:
                os.close(self._watch)

    def _wait(self, seconds: float) -> bool:
        """Whether the process ends in time; where the system can tell, it isn't reaped."""
        if self._watch is not None:
            return bool(ready([self._watch], seconds))
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
