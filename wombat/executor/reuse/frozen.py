"""What a header says of parts that need no job: results it relies on, as attempts of the run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from wombat.store.records import AttemptRecord, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.executor.reuse.hits import Result
    from wombat.executor.units import Unit

NUMBER = 0
"""The attempt that a reused result counts as: real ones begin at 1."""


def name_of(unit: Unit) -> str:
    """A part in a record: `task=label`, `task=` without parts."""
    return f"{unit[0]}={unit[1] or ''}"


def entry(result: Result, key: str, zone: str, profile: str) -> dict[str, Any]:
    """What a header or an attempt keeps of a result that serves it; `zone` is the run's own."""
    outputs = dict(result["outputs"])
    if (at := result.get("zone", zone)) != zone:
        outputs = {name: located(one, at) for name, one in outputs.items()}
    return {
        "key": key,
        "inputs": dict(result.get("inputs", {})),
        "outputs": outputs,
        "profile": profile,
        **{word: result[word] for word in _KEPT if word in result},
        "reused": origin(result),
    }


_KEPT = ("judged", "clean", "decided", "boundary", "code", "cost", "warned", "sources")


def origin(result: Result) -> dict[str, Any]:
    """Who made a result: the first attempt of a chain of runs that reused it."""
    if isinstance(before := result.get("reused"), dict):
        return dict(before)
    words = ("pipeline", "run", "task", "part", "attempt", "zone", "commit", "time")
    return {word: result[word] for word in words if result.get(word) is not None}


def reused(header: Mapping[str, Any], unit: Unit) -> AttemptRecord | None:
    """The result that a header relies on for a part; None where the part has a job."""
    found = header.get("reused", {}).get(name_of(unit))
    return None if found is None else _attempt(header, unit, found)


def warned(record: Mapping[str, Any]) -> int:
    """How many warnings there were when what an attempt reuses was made: it has none of its own."""
    count = record.get("warned")
    return count if isinstance(count, int) and "reused" in record and "report" not in record else 0


def all_warned(header: Mapping[str, Any], units: Iterable[Unit]) -> dict[str, int]:
    """The same of parts that need no job, by the run that made what serves them."""
    found: dict[str, int] = {}
    for unit in units:
        if (one := reused(header, unit)) is not None and (count := warned(one.record)):
            run = str(one.record["reused"].get("run", ""))
            found[run] = found.get(run, 0) + count
    return found


def all_reused(header: Mapping[str, Any]) -> Iterator[AttemptRecord]:
    """Those of a run, in any order."""
    for name, found in header.get("reused", {}).items():
        task, _, label = name.partition("=")
        yield _attempt(header, (task, label or None), found)


def _attempt(header: Mapping[str, Any], unit: Unit, found: Mapping[str, Any]) -> AttemptRecord:
    """It is as old as its header, which keeps what it names."""
    record = {"state": "done", "warnings": [], "task": unit[0], "part": unit[1], **found}
    return AttemptRecord(*unit, NUMBER, record, _seconds(header))


def _seconds(header: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(header["time"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return 0.0
