"""Why a part of a task runs, or doesn't: the values that people and tools are told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.executor.units import Unit
    from wombat.plan.causes import Cause

State: TypeAlias = Literal["reuse", "judge", "run", "maybe", "effect"]


@dataclass(frozen=True, slots=True)
class Made:
    """A run, as people know it: `seq` is its version of the branch, where it stands there."""

    run: str
    commit: str | None = None
    time: str | None = None
    profile: str | None = None
    branch: str | None = None
    seq: int | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What becomes of a part and why. `since` is the run that it is held against, `made` the run
    whose result serves it; `because` are the parts whose change is the reason; `same` says what
    didn't change; `notes` tell of what happened meanwhile."""

    unit: Unit
    state: State
    causes: tuple[Cause, ...] = ()
    same: tuple[str, ...] = ()
    because: tuple[Unit, ...] = ()
    made: Made | None = None
    since: Made | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Parts of one pipeline that were asked about, and of all that they come from."""

    pipeline: str
    asked: tuple[Unit, ...]
    parts: Mapping[Unit, Explained] = field(default_factory=dict)
    note: str | None = None
    """Why no run could begin now."""

    def roots(self, unit: Unit) -> tuple[Unit, ...]:
        """The parts at which a part's change begins: itself, where its own words changed."""
        found: dict[Unit, None] = {}
        seen: set[Unit] = set()
        waiting = [unit]
        while waiting:
            one = waiting.pop()
            if one in seen or one not in self.parts:
                continue
            seen.add(one)
            told = self.parts[one]
            if own_causes(told) or not told.because:
                found[one] = None
            waiting.extend(reversed(told.because))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        return {
            "pipeline": self.pipeline,
            "note": self.note,
            "parts": [
                {**_part(self.parts[unit]), "roots": [_name(one) for one in self.roots(unit)]}
                for unit in self.asked
            ],
            "upstream": [_part(one) for unit, one in self.parts.items() if unit not in self.asked],
        }


def own_causes(told: Explained) -> tuple[Cause, ...]:
    """What changed of a part itself, not of what other tasks make for it."""
    return tuple(cause for cause in told.causes if cause.kind != "upstream")


def _part(told: Explained) -> dict[str, Any]:
    return {
        **_name(told.unit),
        "state": told.state,
        "causes": [asdict(cause) for cause in told.causes],
        "same": list(told.same),
        "because": [_name(one) for one in told.because],
        "made": told.made and asdict(told.made),
        "since": told.since and asdict(told.since),
        "notes": list(told.notes),
    }


def _name(unit: Unit) -> dict[str, Any]:
    return {"task": unit[0], "part": unit[1]}
