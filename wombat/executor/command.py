"""Tasks that are commands: an argv or a script, its paths and values in the environment."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import TaskFailed
from wombat.plan.values import as_text, resolve_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.executor.boundary import Boundary

    Measure = Callable[[Callable[[], Any]], Any]

MAX_STRING: Final = 128 * 1024
"""What Linux allows for one string of argv or of the environment, with its final NUL."""


def run_argv(request: dict[str, Any], boundary: Boundary, measure: Measure) -> None:
    """Runs `command`; TaskFailed where it isn't found or exits with another code than 0."""
    inputs, outputs = boundary.input_paths(), boundary.output_paths()
    words = {
        "params": request["params"],
        "foreach": request["foreach"],
        "inputs": inputs,
        "outputs": outputs,
    }
    argv = [as_text(resolve_value(item, words)) for item in request["argv"]]
    _run(argv, request, boundary, measure)


def run_script(request: dict[str, Any], boundary: Boundary, measure: Measure) -> None:
    """Runs `shell` in bash, which stops at the first failure, or in sh where there is no bash."""
    bash = shutil.which("bash")
    shell = [bash, "-euo", "pipefail", "-c"] if bash else ["sh", "-eu", "-c"]
    _run([*shell, request["script"]], request, boundary, measure)


def _run(
    argv: Sequence[str], request: dict[str, Any], boundary: Boundary, measure: Measure
) -> None:
    said = _environment(request, boundary)
    for name, value in [*said.items(), *((f"argument {i}", text) for i, text in enumerate(argv))]:
        _check_size(request, name, value)
    os.environ.update(said)
    code = measure(lambda: _call(argv, request["shown"]))
    if code:
        raise TaskFailed(f"{request['shown']} {_ending(code)}")
    boundary.check_outputs()


def _environment(request: dict[str, Any], boundary: Boundary) -> dict[str, str]:
    values = request["arguments"] | request["foreach"]
    said = {f"WOMBAT_PARAM_{name.upper()}": as_text(value) for name, value in values.items()}
    for word, paths in (("INPUT", boundary.input_paths()), ("OUTPUT", boundary.output_paths())):
        said |= {f"WOMBAT_{word}_{name.upper()}": path for name, path in paths.items()}
    return said


def _check_size(request: dict[str, Any], name: str, value: str) -> None:
    size = len(os.fsencode(name)) + len(value.encode("utf-8", "surrogateescape")) + 2
    if size > MAX_STRING:
        raise TaskFailed(
            f"{request['shown']}: {name} has {size:,} bytes; a command can be given at most "
            f"{MAX_STRING:,} in one value",
            code="value-too-large",
            hint="give it as a file: inputs: {name: {file: path}}",
        )
    if "\0" in value:
        raise TaskFailed(
            f"{request['shown']}: {name} holds a NUL, which no command can be given",
            code="value-too-large",
        )


def _call(argv: Sequence[str], shown: str) -> int:
    try:
        return subprocess.run(argv, check=False, stdin=subprocess.DEVNULL).returncode
    except (FileNotFoundError, PermissionError) as fault:
        raise TaskFailed(
            f"{shown}: no command '{argv[0]}' can be run here ({fault.strerror})",
            code="command-not-found",
            hint="it must be on the PATH of the job, or a path below the project's root",
        ) from None
    except OSError as fault:
        if fault.errno != errno.E2BIG:
            raise
        raise TaskFailed(
            f"{shown}: its arguments and environment together are too large for this system",
            code="value-too-large",
        ) from None


def _ending(code: int) -> str:
    if code > 0:
        return f"exited with {code}; expected 0"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
