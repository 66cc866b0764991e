"""One request in a worker: read the inputs, run the task, write and check the outputs."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.errors import TaskFailed
from wombat.executor.boundary import Boundary
from wombat.executor.call import call
from wombat.executor.command import run_argv, run_script
from wombat.executor.leftovers import stop_timers

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Outcome:
    """What a request came to, as far as it got. `reports` by `input NAME` or `output NAME`;
    `cases` are values, for whoever asked to see them and for nobody else."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        unit = 1 if sys.platform == "darwin" else 1024
        cost = {"seconds": round(self.seconds, 6), "memory": used.ru_maxrss * unit}
        told = {"reports": self.reports, "outputs": self.outputs, "cost": cost}
        return told | ({"cases": self.cases} if self.cases else {})


def perform(request: dict[str, Any], outcome: Outcome) -> None:
    """Fills `outcome`; raises TaskFailed, DataInvalid or MissingExtra where it can't."""
    boundary = Boundary(request, outcome.reports, outcome.outputs, outcome.cases)
    run = _KINDS[request["kind"]]
    try:
        run(request, boundary, _timed(outcome))
    except TaskFailed as error:
        if error.code == "return-mismatch":
            message = f"{error.message} ({request['at']})"
            raise TaskFailed(message, code=error.code, hint=error.hint) from None
        raise


def _timed(outcome: Outcome) -> Callable[[Callable[[], Any]], Any]:
    """Calls the user's code and notes how long that took alone."""

    def measure(action: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        try:
            return action()
        finally:
            outcome.seconds = time.perf_counter() - start
            stop_timers()

    return measure


def judge(request: dict[str, Any], boundary: Boundary, measure: Callable[..., Any]) -> None:  # noqa: ARG001  # as the others
    """What a task made before is judged once more, with its inputs; none of its code runs."""
    boundary.input_paths()
    boundary.check_outputs()


_KINDS = {"run": call, "command": run_argv, "shell": run_script, "judge": judge}
