"""What an attempt came to, for reports and for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt failed: the error's code, message and exit code."""

    code: str
    message: str
    exit: int


@dataclass(frozen=True, slots=True)
class TaskReport:
    """One attempt of a task's part. `checks` are reports on artifacts as JSON, each with `side`.

    `seconds` counts from the first fetched input to the last written record. `skipped` says why an
    effect didn't happen, or that a part never ran. `left_out` counts checks and findings that the
    run's record had no room for. `reused` is the run that made what this one needn't make again.
    """

    pipeline: str
    task: str
    part: str | None
    run: str
    profile: str
    state: Literal["done", "failed", "skipped"]
    seconds: float
    checks: tuple[dict[str, Any], ...] = ()
    outputs: tuple[tuple[str, dict[str, Any]], ...] = ()
    fault: Fault | None = None
    skipped: str | None = None
    left_out: int = 0
    reused: str | None = None

    @property
    def name(self) -> str:
        """`task` or `task=label`, as in the store's keys."""
        return self.task if self.part is None else f"{self.task}={self.part}"

    @property
    def warnings(self) -> int:
        return sum(
            finding["severity"] == "warn" for check in self.checks for finding in check["findings"]
        )
