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

from wombat.errors import TaskFailed, WombatError
from wombat.executor.faults import to_wire
from wombat.executor.perform import Outcome, perform
from wombat.executor.protocol import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    """Serves requests until the parent closes its end. `argv` holds the socket's descriptor."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    channel = Channel(connection)
    base = dict(os.environ)
    prepare_path(Path.cwd())
    while (request := channel.receive()) is not None:
        _reset(base, request)
        with _dies_with_parent(connection), _logged(request.get("log")):
            answer = _answer(request)
        if not channel.send(answer):
            return


def prepare_path(root: Path) -> None:
    """Puts the project's root, and `src` below it, first on the import path."""
    source = root / "src"
    sys.path[:0] = [str(root), str(source)] if source.is_dir() else [str(root)]


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    outcome = Outcome()
    try:
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


def _reset(base: dict[str, str], request: dict[str, Any]) -> None:
    """Undoes what an earlier task did to the environment and the working directory."""
    os.environ.clear()
    os.environ.update(base)
    os.environ.update(request["env"])
    os.chdir(request["root"])


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
        fcntl.fcntl(connection, fcntl.F_SETFL, flags)


@contextmanager
def _logged(path: str | None) -> Iterator[None]:
    """Sends what the task and its children print to a file; without one, where ours goes."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]  # text streams
    if path is None:
        yield
        return
    kept = [os.dup(1), os.dup(2)]
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    _redirect([file, file])
    try:
        yield
    finally:
        _redirect(kept)
        for descriptor in (*kept, file):
            os.close(descriptor)


def _redirect(targets: list[int]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    for number, target in enumerate(targets, start=1):
        os.dup2(target, number)


if __name__ == "__main__":
    main()
