"""Whether the checkout's code is still what a run began with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.digest import digest_bytes, digest_json
from wombat.errors import CheckFailed
from wombat.plan.depends import depended
from wombat.plan.git import GitFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Plan, Task

    State: TypeAlias = tuple[dict[str, tuple[int, ...] | None], Digest]
    """What tells at a glance that files were touched: each one's status, and all names."""

SHOWN: Final = 3


def observe_code(root: Path, plan: Plan) -> dict[str, Any]:
    """The bytes' digests of all code files of a plan, and of the names of modules beside them.

    A header keeps it: where nothing differs, no task's code has to be parsed again.
    """
    files = sorted({file for task in plan.tasks for file in task.code.files})
    return {
        "files": {file: _digest(root / file) for file in files},
        "names": _names(root, files),
    }


def check_code(context: Context, task: Task, shown: str) -> State:
    """Raises CheckFailed `code-changed` unless the task's code is what its key says.

    What it returns is for `code_changed`. Comments and layout may differ; what is no code, like
    the files that code opens, isn't looked at.
    """
    before = _state(context, task)
    if (
        before[0]
        and not _same_bytes(context, task, before)
        and not _same_code(context, task, before)
    ):
        raise CheckFailed(
            f"the code of {shown} isn't what it was when run {context.run} began"
            f"{_listed(context, task)}; expected the same",
            code="code-changed",
            hint="start a new run",
        )
    return before


def code_changed(context: Context, task: Task, before: State) -> bool:
    """Whether a task's code became another since `check_code`: nobody knows which of them ran.

    A file of it that was touched may have been another for a moment. Where folders came meanwhile,
    as tasks make them, the code is parsed.
    """
    after = _state(context, task)
    if not before[0] or after == before:
        return False
    return after[0] != before[0] or not _same_code(context, task, after)


def _known(context: Context) -> dict[str, Any]:
    found: dict[str, Any] = context.header.get("code", {"files": {}, "names": None})
    return found


def _state(context: Context, task: Task) -> State:
    root = str(context.root)
    files = {file: _status(f"{root}/{file}") for file in task.code.files}
    return files, _names(context.root, _known(context)["files"])


def _same_bytes(context: Context, task: Task, state: State) -> bool:
    return (
        state[1] == _known(context)["names"]
        and not _differing(context, task)
        and set(task.code.files).issuperset(_declared(context, task))
    )


def _declared(context: Context, task: Task) -> tuple[str, ...]:
    """The files that its patterns mean now."""
    if not task.depends_on:
        return ()
    return depended(context.root, GitFiles(context.root), task.depends_on)


def _differing(context: Context, task: Task) -> list[str]:
    known = _known(context)["files"]
    files = task.code.files
    return [file for file in files if known.get(file) != _digest(context.root / file)]


def _listed(context: Context, task: Task) -> str:
    files = _differing(context, task)
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return f": {', '.join(files[:SHOWN])}{more}" if files else ""


def _same_code(context: Context, task: Task, state: State) -> bool:
    if context.verified.get(task.name) == state:
        return True
    from wombat.plan.closure.checkout import (
        Checkout,  # no job needs to parse code as long as no byte differs
    )
    from wombat.plan.closure.code import code_of_task

    checkout = Checkout(context.root)
    declared = _declared(context, task)
    now = code_of_task(
        checkout, run=task.run, argv=task.argv, script=task.script, declared=declared, env=task.env
    )
    if now.digest != task.code.digest:
        return False
    context.verified[task.name] = state
    return True


def _status(file: str) -> tuple[int, ...] | None:
    try:
        found = os.stat(file)  # noqa: PTH116  # twice for each task
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _digest(file: Path) -> Digest | None:
    try:
        return digest_bytes(file.read_bytes())
    except OSError:
        return None


def _names(root: Path, files: Iterable[str]) -> Digest:
    """Of all names below which an import of these files may find another module."""
    folders = {"", "src"}
    for above in {file.rpartition("/")[0] for file in files}:
        steps = above.split("/")
        folders |= {"/".join(steps[:count]) for count in range(1, len(steps) + 1)}
    top = str(root)
    return digest_json([[one, sorted(_modules(f"{top}/{one}"))] for one in sorted(folders)])


def _modules(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                package = entry.name.isidentifier() and entry.name != "__pycache__"
                if entry.name.endswith(".py") or (package and entry.is_dir()):
                    yield entry.name
    except OSError:
        return
