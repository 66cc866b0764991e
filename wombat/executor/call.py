"""Tasks that are Python functions: arguments in their forms, a return by the outputs' names."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

from wombat.errors import TaskFailed, WombatError
from wombat.executor.leftovers import end_if_forked
from wombat.executor.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wombat.executor.boundary import Boundary

    Measure = Callable[[Callable[[], Any]], Any]


def call(request: dict[str, Any], boundary: Boundary, measure: Measure) -> None:
    """Calls `run` with inputs, arguments and foreach keys, and writes what it returns.

    Outputs that the function takes as `wombat.Output` it writes by itself; of the others, one is
    the return itself, several are a dict or NamedTuple by name.
    """
    shown = request["shown"]
    function = _guarded(shown, lambda: _load(request["run"]))
    annotations = _annotations(function)
    itself = {name for name in request["outputs"] if is_output(annotations.get(name))}
    paths = boundary.output_paths()
    given = {name: boundary.read(name, annotations.get(name)) for name in request["inputs"]}
    given |= request["arguments"] | request["foreach"]
    given |= {name: Output(paths[name]) for name in itself}
    bound = partial(function, **given)
    value = measure(partial(_guarded, shown, bound))
    del given, bound  # frames are large, and writing needs room
    returned = [name for name in request["outputs"] if name not in itself]
    values = by_name(value, returned, request["run"].partition(":")[2])
    del value
    for name in returned:
        boundary.write(name, values.pop(name))
    boundary.check_outputs(itself)


def _load(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    """Each parameter's annotation; a text is evaluated where that is possible."""
    inner = inspect.unwrap(function)
    names = getattr(inner, "__globals__", {})
    return {
        name: _evaluated(parameter.annotation, names)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.annotation is not inspect.Parameter.empty
    }


def _evaluated(annotation: Any, names: dict[str, Any]) -> Any:
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, names)  # noqa: S307  # the function's own annotation, as typing does
    except Exception:  # noqa: BLE001  # a name that only type checkers import: the text has to do
        return annotation


def is_output(annotation: Any) -> bool:
    """Whether an annotation is `wombat.Output`, as an object or as its text."""
    if isinstance(annotation, str):
        return annotation.strip("'\"").rpartition(".")[2] == "Output"
    return isinstance(annotation, type) and issubclass(annotation, Output)


def by_name(value: Any, names: list[str], function: str) -> dict[str, Any]:
    """What a function returned, by output; TaskFailed `return-mismatch` where it doesn't fit."""
    if len(names) == 1:
        return {names[0]: value}
    if not names:
        if value is not None:
            raise _mismatch(function, _kind(value), "None, since no output is returned")
        return {}
    expected = f"a dict with {', '.join(names)}"
    found: Any = value._asdict() if hasattr(value, "_asdict") else value
    if not isinstance(found, dict):
        raise _mismatch(function, _kind(value), expected)
    if lacking := [name for name in names if name not in found]:
        raise _mismatch(function, f"a dict without {', '.join(lacking)}", expected)
    if beyond := sorted(str(name) for name in found if name not in names):
        raise _mismatch(function, f"a dict with {', '.join(beyond)}", expected)
    return dict(found)


def _mismatch(function: str, said: str, expected: str) -> TaskFailed:
    return TaskFailed(f"{function} returned {said}; expected {expected}", code="return-mismatch")


def _kind(value: Any) -> str:
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _guarded(shown: str, action: Callable[[], Any]) -> Any:
    """The user's code: its own traceback on stderr, and a TaskFailed without its values.

    It comes back once, though the code may have forked: a child ends here.
    """
    process = os.getpid()
    try:
        value = action()
    except BaseException as fault:  # noqa: BLE001  # whatever their code raises is theirs
        end_if_forked(process, fault)
        raise _told(shown, fault) from None
    end_if_forked(process)
    return value


def _told(shown: str, fault: BaseException) -> WombatError:
    if isinstance(fault, WombatError):
        return fault
    if isinstance(fault, SystemExit) and fault.code in (None, 0):
        return TaskFailed(f"{shown} called sys.exit; expected it to return")
    _print_own(fault)
    return TaskFailed(f"{shown} raised {type(fault).__name__}")


def _print_own(fault: BaseException) -> None:
    """The traceback from the first frame that is the user's."""
    trace = fault.__traceback__
    ours: Mapping[str, Any] = sys.modules[__name__].__dict__
    while trace is not None and (
        trace.tb_frame.f_globals is ours or "importlib" in trace.tb_frame.f_code.co_filename
    ):
        trace = trace.tb_next
    traceback.print_exception(type(fault), fault, trace)
