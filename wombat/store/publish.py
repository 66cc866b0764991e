"""A run's outputs become a branch's, all at once: the closed set, then one ref record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from wombat.ci import branch_of
from wombat.errors import Conflict
from wombat.store import cache, refs, runs
from wombat.store.records import AttemptRecord, output_contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wombat.store.space import Space

Part: TypeAlias = "tuple[str, str | None]"
"""A task and its part's label, None where it has no parts."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One input of a consumer's part, from one output of the producer's parts.

    With `collect` the input has the content of each part by its label, else there is one part.
    """

    consumer: Part
    input: str
    producers: tuple[Part, ...]
    output: str
    collect: bool = False


def close(
    order: Sequence[Part],
    attempts: Iterable[AttemptRecord],
    edges: Iterable[Edge],
) -> dict[Part, AttemptRecord]:
    """For each part, in the given topological order, the newest complete attempt that fits.

    It fits if what it says it read is what the chosen producers wrote: so no output stands beside
    one that it wasn't made from. Raises Conflict (`unclosed-set`) naming the first part without.
    """
    complete: dict[Part, list[AttemptRecord]] = {}
    for attempt in sorted(attempts, key=lambda a: a.attempt, reverse=True):
        if attempt.done:
            complete.setdefault((attempt.task, attempt.part), []).append(attempt)
    into: dict[Part, list[Edge]] = {}
    for edge in edges:
        into.setdefault(edge.consumer, []).append(edge)
    chosen: dict[Part, AttemptRecord] = {}
    for part in order:
        wanted = {e.input: _written(e, chosen) for e in into.get(part, ())}
        candidates = complete.get(part, [])
        fitting = (a for a in candidates if _reads(a, wanted))
        if (fits := next(fitting, None)) is None:
            raise _unclosed(part, tried=len(candidates))
        chosen[part] = fits
    return chosen


def _written(edge: Edge, chosen: Mapping[Part, AttemptRecord]) -> Any:
    found = {}
    for producer in edge.producers:
        outputs = chosen[producer].record.get("outputs", {})
        if edge.output not in outputs:
            raise Conflict(
                f"'{_say(producer)}' recorded no output '{edge.output}'", code="unclosed-set"
            )
        found[producer[1]] = output_contents(outputs[edge.output])
    return found if edge.collect else next(iter(found.values()))


def _reads(attempt: AttemptRecord, wanted: Mapping[str, Any]) -> bool:
    inputs = attempt.record.get("inputs", {})
    return all(inputs.get(name) == content for name, content in wanted.items())


def _unclosed(part: Part, *, tried: int) -> Conflict:
    if not tried:
        return Conflict(
            f"'{_say(part)}' has no complete attempt in this run",
            code="unclosed-set",
            hint="run it, then publish",
        )
    return Conflict(
        f"'{_say(part)}' was made from other inputs than this run holds now",
        code="unclosed-set",
        hint="a task before it ran again and came out differently: run this one again",
    )


def _say(part: Part) -> str:
    task, label = part
    return task if label is None else f"{task}: [{label}]"


def publish(
    space: Space,
    change: refs.Change,
    *,
    results: Mapping[str, Any] | None = None,
    chosen: Mapping[str, int] | None = None,
) -> refs.Published:
    """`all`, segment, then the ref; a second publish of the same results is `already`.

    `results`: compute key to outputs. `chosen`: which attempt of each part stands. Raises
    Conflict, also where the run chose other results before; OutcomeUnknown.
    """
    body = {
        "plan": change.plan,
        "order": change.order,
        "commit": change.commit,
        "time": change.time,
        "branch": branch_of(change.branch, change.kind),
        "chosen": dict(chosen or {}),
        "outputs": dict(change.outputs),
    }
    repeated = runs.is_whole(space, change.pipeline, change.run)
    runs.record_all(space, change.pipeline, change.run, body)
    if results:
        cache.write_segment(space, change.pipeline, change.run, change.time, results)
    return refs.commit(space, change, repeated=repeated)
