"""What happens while a plan runs, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from wombat.errors import WombatError
    from wombat.store import Published


@dataclass(frozen=True, slots=True)
class OutputFact:
    """One output that was stored; `rows` is None for what isn't a frame."""

    name: str
    type: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins; `parts` are the names of all that will run, in topological order."""

    pipeline: str
    run: str
    profile: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A part begins; `name` is `task` or `task: [label]`."""

    name: str
    task: str
    part: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class TaskFinished:
    """A part is done, and its record durable: what reads it may have begun a moment before.
    `warnings` has a line for each finding that only warns."""

    name: str
    task: str
    part: str | None
    seconds: float
    outputs: tuple[OutputFact, ...] = ()
    warnings: tuple[str, ...] = ()
    judged: bool = False
    """Its data was only validated anew: what made it ran before."""


@dataclass(frozen=True, slots=True)
class TaskReused:
    """A part needn't run: `run` made what serves it, with so many warnings. `early`: that was known
    before the run began; else its inputs came out as they were."""

    name: str
    task: str
    part: str | None
    run: str
    early: bool
    warned: int = 0


@dataclass(frozen=True, slots=True)
class CasesFound:
    """Rows that fail checks, with their values: to be shown to whoever asked, and kept nowhere.

    Each of `cases` has `where` (an input or output), `check`, `columns` and `rows` of text.
    """

    name: str
    task: str
    part: str | None
    cases: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """A part failed for good; `tail` are the last lines it printed, `log` the whole file."""

    name: str
    task: str
    part: str | None
    seconds: float
    error: WombatError
    tail: tuple[str, ...] = ()
    log: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRetried:
    """A part failed and is tried again; `attempt` is the one that failed, from 1."""

    name: str
    task: str
    part: str | None
    attempt: int
    error: WombatError


@dataclass(frozen=True, slots=True)
class TaskSkipped:
    """A part didn't run: `because`, which it needs, failed; or `reason` says why; or neither, its
    turn didn't come."""

    name: str
    task: str
    part: str | None
    because: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RunInterrupted:
    """Somebody stopped the run; `done` of `total` parts are done, their records durable."""

    run: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """All is over; `published` is None where nothing was to be published."""

    run: str
    seconds: float
    done: int
    failed: int
    skipped: int
    published: Published | None = None
    reused: int = 0
    judged: int = 0
    """How many of `done` were only validated anew."""
    stands: int | None = None
    """The version that the branch holds already, of the very same outputs."""


Event: TypeAlias = (
    RunStarted
    | TaskStarted
    | TaskFinished
    | TaskReused
    | CasesFound
    | TaskFailed
    | TaskRetried
    | TaskSkipped
    | RunInterrupted
    | RunFinished
)
