"""A request in this very process: a debugger has the frames of what the user's code raised."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.errors import WombatError
from wombat.executor.environment import allowed
from wombat.executor.perform import Outcome, perform
from wombat.executor.worker import prepare_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def perform_here(request: dict[str, Any], debug: Callable[[BaseException], None]) -> dict[str, Any]:
    """The answer that a worker would give. What the task's function raises is shown to `debug`, in
    the task's folder and environment; then its WombatError is raised as ever."""
    outcome = Outcome()
    with _as_worker(request):
        try:
            perform(request, outcome)
        except WombatError as error:
            if (own := raised_by_user(error)) is not None:
                debug(own)
            raise
    return outcome.to_json()


def raised_by_user(error: WombatError) -> BaseException | None:
    """What the user's code raised, of which the error was made; None where it raised nothing."""
    found: BaseException | None = error if error.code == "task-failed" else None
    while isinstance(found, WombatError):
        found = found.__context__
    return found


@contextmanager
def _as_worker(request: Mapping[str, Any]) -> Iterator[None]:
    """The environment, folder and import path of a worker; afterwards this process's own."""
    environ, folder, path = dict(os.environ), Path.cwd(), list(sys.path)
    try:
        os.environ.clear()
        os.environ.update({**allowed(environ), **request["env"]})
        os.chdir(request["root"])
        prepare_path(Path(request["root"]))
        yield
    finally:
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)
        sys.path[:] = path
