"""What becomes of each part of a run before it begins: along the graph, following results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wombat.executor.effects import key_of
from wombat.executor.reuse.frozen import entry, name_of
from wombat.executor.reuse.serving import choose, keys_of_results
from wombat.executor.sources import contents, locate
from wombat.executor.units import units, waits
from wombat.plan.keys import policy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.executor.reuse.hits import Hits
    from wombat.executor.reuse.serving import Served
    from wombat.executor.units import Unit

State: TypeAlias = Literal["reuse", "judge", "run", "maybe", "effect"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a part, and its compute key where that is known already.

    `reuse`: a result serves. `judge`: its data is validated anew, nothing is computed. `run`:
    nothing serves. `maybe`: an input isn't known yet, so it is decided when it begins. `effect`: it
    follows the publish. `cause` is the part whose fate makes this one a `maybe`.
    """

    state: State
    key: Digest | None = None
    served: Served | None = None
    cause: Unit | None = None
    sought: bool = True
    """Whether results of its key were looked for, however many others there were."""


def walk(
    context: Context, hits: Hits, *, anew: Collection[str] = ()
) -> tuple[dict[Unit, Fate], dict[str, Any]]:
    """The fate of each part in topological order, and what the header has to freeze as `reused`.

    `anew` are tasks whose results aren't to be used. Writes nothing; reads records alone.
    """
    frozen: dict[str, Any] = {}
    known_by_now: dict[str, Any] = {}
    ground = replace(context, header={**context.header, "reused": known_by_now})
    before = waits(context.plan)
    fates: dict[Unit, Fate] = {}
    for level in _levels(context, before):
        known = {unit: _key(ground, unit, before[unit], fates) for unit in level}
        fates |= _judged(ground, hits, known, anew)
        for unit in level:
            if _comes_to_the_same(ground, unit, fates[unit]):
                known_by_now[name_of(unit)] = _entry(ground, fates[unit])
            if fates[unit].state == "reuse":
                frozen[name_of(unit)] = known_by_now[name_of(unit)]
    return {unit: fates[unit] for unit in before}, frozen


def _comes_to_the_same(ground: Context, unit: Unit, fate: Fate) -> bool:
    """Whether what a part comes to is known: a result serves it, or only judges it, and no policy
    may set rows of it aside. Where its data fails after all, nothing of the run is published."""
    if fate.state != "judge":
        return fate.state == "reuse"
    outputs = ground.plan.task(unit[0]).outputs
    policies = (policy_of(ground.plan, one, ground.profile) for one in outputs)
    return all(policy.on_fail != "quarantine" for policy in policies)


def _levels(context: Context, before: Mapping[Unit, set[Unit]]) -> Iterable[list[Unit]]:
    """Parts by their depth: those of one level need none of each other."""
    depth: dict[Unit, int] = {}
    levels: list[list[Unit]] = []
    for unit in units(context.plan):
        depth[unit] = max((depth[one] + 1 for one in before[unit]), default=0)
        if depth[unit] == len(levels):
            levels.append([])
        levels[depth[unit]].append(unit)
    return levels


def _key(
    ground: Context, unit: Unit, before: Iterable[Unit], fates: Mapping[Unit, Fate]
) -> Digest | Fate:
    """The key of a part whose inputs are known; else its fate."""
    task = ground.plan.task(unit[0])
    if task.effect:
        return Fate("effect")
    read = {one.source.task for one in task.inputs if one.source.kind == "task"}
    for one in sorted(before, key=name_of):
        if one[0] in read and not _comes_to_the_same(ground, one, fates[one]):
            return Fate("maybe", cause=one)
    part = task.part(unit[1])
    return key_of(ground, task, part, contents(locate(ground, task, part)))


def _judged(
    ground: Context, hits: Hits, known: Mapping[Unit, Digest | Fate], anew: Collection[str]
) -> dict[Unit, Fate]:
    plan, profile = ground.plan, ground.profile
    asked = {
        unit: keys_of_results(plan, plan.task(unit[0]), key, profile)
        for unit, key in known.items()
        if not isinstance(key, Fate) and not _barred(ground, unit, anew)
    }
    found = hits.find([key for keys in asked.values() for key in keys])
    fates: dict[Unit, Fate] = {}
    for unit, key in known.items():
        if isinstance(key, Fate):
            barred = key.state == "maybe" and _barred(ground, unit, anew)
            fates[unit] = Fate("run") if barred else key
            continue
        served = None
        if unit in asked:
            served = choose(plan, plan.task(unit[0]), key, profile, found)
        state: State = "run" if served is None else "judge" if served.judge else "reuse"
        fates[unit] = Fate(state, key, served, sought=hits.sought(asked.get(unit, ())))
    return fates


def _barred(ground: Context, unit: Unit, anew: Collection[str]) -> bool:
    return unit[0] in anew or ground.plan.task(unit[0]).volatile


def _entry(ground: Context, fate: Fate) -> dict[str, Any]:
    if fate.served is None or fate.key is None:
        raise AssertionError("a part that is reused has a result")
    return entry(fate.served.result, fate.key, ground.store.zone, ground.profile)
