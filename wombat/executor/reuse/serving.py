"""Whether a result serves a run as it is, or has to be judged anew in the run's profile. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.plan.keys import boundary_key, judgement
from wombat.schema.policy import DEPTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.digest import Digest
    from wombat.executor.reuse.hits import Result
    from wombat.plan.ir import Plan, Task


@dataclass(frozen=True, slots=True)
class Served:
    """A result that needn't be computed; `judge`: its data has to be judged anew, here."""

    result: Result
    judge: bool


def keys_of_results(plan: Plan, task: Task, key: Digest, profile: str) -> tuple[Digest, ...]:
    """Where results of a compute key may stand, the best first: as it was judged in this profile,
    and as every profile may take it."""
    return tuple(dict.fromkeys((boundary_key(key, plan, task, profile), key)))


def choose(
    plan: Plan, task: Task, key: Digest, profile: str, found: Mapping[Digest, Iterable[Result]]
) -> Served | None:
    """The result that serves: judged in the very same way, or more deeply and without a finding, or
    else one to judge anew. None where the task has to run."""
    at, judged = boundary_key(key, plan, task, profile), judgement(plan, task, profile)
    exact = (one for one in found.get(at, ()) if fits(task, one))
    if (first := next(exact, None)) is not None:
        return Served(first, judge=False)
    others = [one for one in found.get(key, ()) if fits(task, one) and not one.get("decided")]
    for one in others:
        if not judged or _deeper(one, judged):
            return Served(one, judge=False)
    return Served(others[0], judge=True) if others else None


def fits(task: Task, result: Result) -> bool:
    """Whether it has all that the task makes: anybody who may write there could have left less."""
    outputs = result.get("outputs")
    if not isinstance(outputs, dict):
        return False
    made = [outputs.get(one.name) for one in task.outputs]
    return all(isinstance(one, dict) and "C" in one for one in made)


def _deeper(result: Result, judged: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether it was judged by the same schemas at least as deeply, and nothing was found."""
    then = result.get("judged")
    if not isinstance(then, dict) or result.get("clean") is not True:
        return False
    return all(
        isinstance(then.get(side), dict)
        and then[side].get("schema") == now["schema"]
        and _as_deep(then[side].get("policy") or {}, now["policy"])
        for side, now in judged.items()
    )


def _as_deep(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """A sample is as deep as one that takes the very same rows."""
    depth, wanted = then.get("check"), now.get("check")
    if depth not in DEPTHS or wanted not in DEPTHS or DEPTHS.index(depth) < DEPTHS.index(wanted):
        return False
    if depth != "sample" or wanted != "sample":
        return True
    return all(then.get(word) == now.get(word) for word in ("head", "random", "seed"))
