"""The process in which tasks run: it takes requests from its parent and answers each once."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.errors import DiskFault, TaskFailed, WombatError
from wombat.executor.faults import to_wire
from wombat.executor.from_source import import_from_source
from wombat.executor.leftovers import Beginning, end_if_forked, newest_process, still_running
from wombat.executor.perform import Outcome, perform
from wombat.executor.protocol import CLOSED, Channel

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    """Serves requests until the parent closes its end. `argv` holds the socket's descriptor."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    channel = Channel(connection)
    prepare_path(Path.cwd())
    import_from_source(Path.cwd())
    start, process, known = Beginning(), os.getpid(), _identity(connection)
    while (request := channel.receive()) is not None:
        newest = newest_process()
        with _dies_with_parent(connection):
            answer = _serve(request, start)
        end_if_forked(process)
        spent = not start.restore() or still_running(newest)
        if _identity(connection) != known:  # the task closed it; a file of its own may stand there
            os._exit(CLOSED)
        if not channel.send({**answer, "number": request["number"], "spent": spent}):
            return


def _identity(connection: socket.socket) -> tuple[int, int] | None:
    try:
        found = os.fstat(connection.fileno())
    except OSError:
        return None
    return found.st_dev, found.st_ino


def prepare_path(root: Path) -> None:
    """Puts the project's root, and `src` below it, first on the import path."""
    source = root / "src"
    sys.path[:0] = [str(root), str(source)] if source.is_dir() else [str(root)]


def _serve(request: dict[str, Any], start: Beginning) -> dict[str, Any]:
    try:
        with _logged(request.get("log"), start):
            return _answer(request, start)
    except OSError as error:
        return Outcome().to_json() | {"fault": to_wire(DiskFault.of(error))}


def _answer(request: dict[str, Any], start: Beginning) -> dict[str, Any]:
    outcome = Outcome()
    try:
        _prepare(request, start)
        perform(request, outcome)
    except WombatError as error:
        return outcome.to_json() | {"fault": to_wire(error)}
    except OSError as error:  # no room, or no right to write: of the machine, not of the code
        message = f"{request['shown']} can't keep its outputs here: {error.strerror or error}"
        return outcome.to_json() | {"fault": to_wire(TaskFailed(message))}
    except Exception as error:  # noqa: BLE001  # a bug of ours is told to the parent, with its traceback
        traceback.print_exc()
        message = f"the worker failed: {type(error).__name__}"
        return outcome.to_json() | {"fault": to_wire(WombatError(message))}
    return outcome.to_json()


def _prepare(request: dict[str, Any], start: Beginning) -> None:
    try:
        start.prepare(request["env"], request["root"])
    except ValueError:
        raise TaskFailed(
            f"{request['shown']}: its env holds a name or value that no environment can, with a "
            "NUL or half a character; expected text",
            code="invalid-value",
        ) from None


@contextmanager
def _dies_with_parent(connection: socket.socket) -> Iterator[None]:
    """While a task runs, the kernel kills this process group if the parent's end closes.

    A parent that is killed outright can't do it, and the task doesn't read the socket. Nothing
    else arrives during a task, so any input is that end.
    """
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    with suppress(
        OSError, AttributeError
    ):  # only Linux has it; elsewhere the task is finished first
        fcntl.fcntl(connection, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(connection, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(connection, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        with suppress(OSError):  # the task may have closed it
            fcntl.fcntl(connection, fcntl.F_SETFL, flags)


@contextmanager
def _logged(path: str | None, start: Beginning) -> Iterator[None]:
    """Sends what the task and its children print to a file; without one, where ours goes.

    Afterwards the standard streams are ours again, whatever the task did to them.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]  # text streams
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    file = None if path is None else os.open(path, flags, 0o644)
    kept = [os.dup(1), os.dup(2)]
    if file is not None:
        _redirect([file, file])
        os.close(file)
    try:
        yield
    finally:
        start.restore_streams()
        _redirect(kept)
        start.restore_streams()
        for descriptor in kept:
            with suppress(OSError):
                os.close(descriptor)


def _redirect(targets: list[int]) -> None:
    """Where the standard streams' descriptors lead; a task may have closed any of them."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    for number, target in enumerate(targets, start=1):
        with suppress(OSError):
            os.dup2(target, number)


if __name__ == "__main__":
    main()
