"""Code of the user's, imported by `module:name` in the process that runs it."""

from __future__ import annotations

import importlib
from typing import Any

from wombat.errors import TaskFailed


def load_function(python: str) -> Any:
    """What `module:name` names, dots in the name stepping down; TaskFailed `check-function`.

    An exception that the import raises passes through with its own traceback.
    """
    module, _, name = python.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as fault:
        if fault.name is None or not f"{module}.".startswith(f"{fault.name}."):
            raise  # the module is there, and something that it imports isn't
        raise _absent(python, f"no module '{module}'") from None
    for step in name.split("."):
        if not hasattr(found, step):
            raise _absent(python, f"'{step}' isn't in {module}")
        found = getattr(found, step)
    return found


def _absent(python: str, said: str) -> TaskFailed:
    return TaskFailed(
        f"the check {python} can't be run: {said}; expected a function of the project",
        code="check-function",
    )
