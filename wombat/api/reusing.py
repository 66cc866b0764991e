"""What a run needn't do that is about to begin: its parts' fates, and what it relies on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wombat.ci import ref_of
from wombat.errors import Absent
from wombat.executor.context import context_of
from wombat.executor.outside.again import look_again
from wombat.executor.publish import closed, snapshot
from wombat.executor.reuse.frozen import all_reused
from wombat.executor.reuse.hits import Hits
from wombat.executor.reuse.walk import walk
from wombat.executor.units import published_units
from wombat.plan.select import other_effects
from wombat.store.doom import artifacts_in, doomed_in
from wombat.store.presence import lost

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wombat.api.session import Session
    from wombat.executor.context import Context
    from wombat.executor.reuse.walk import Fate
    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan
    from wombat.store import RefRecord, Store


@dataclass(frozen=True, slots=True)
class Followed:
    """A drafted header with what it relies on; what becomes of each part, in topological order."""

    header: dict[str, Any]
    fates: Mapping[Unit, Fate]

    @property
    def all_reused(self) -> bool:
        """Whether no part has to run before the publish."""
        return all(fate.state in ("reuse", "effect") for fate in self.fates.values())

    @property
    def fruitless(self) -> frozenset[Unit]:
        """Parts of whose key nothing was found just now."""
        return frozenset(u for u, fate in self.fates.items() if fate.state == "run" and fate.sought)


def follow(
    session: Session,
    header: Mapping[str, Any],
    *,
    anew: Collection[str] = (),
    borrow: bool = False,
    store: Store | None = None,
) -> Followed:
    """Looks for results of each part of a drafted run; writes nothing.

    `anew` are tasks to make again whatever is there; with `borrow` inputs of parts that won't run
    come from the branch's newest version.
    """
    store = store or session.store
    told = dict(header) | ({"anew": sorted(anew)} if anew else {})
    ground = context_of(session.root, store, told, borrow=borrow)
    fates, frozen = walk(ground, Hits(store, ground.pipeline), anew=anew)
    return Followed(told | ({"reused": frozen} if frozen else {}), fates)


def follow_here(
    session: Session,
    header: Mapping[str, Any],
    *,
    anew: Collection[str] = (),
    borrow: bool = False,
) -> Followed:
    """As `follow`, for a run that is about to begin here. What it would rely on in a store in a
    folder has to be there: what is gone is reported, and so serves no run any more."""
    followed = follow(session, header, anew=anew, borrow=borrow)
    while _lost(session.store, followed):
        followed = follow(session, header, anew=anew, borrow=borrow)
    return followed


def _lost(store: Store, followed: Followed) -> bool:
    """Far away this would be a request for each output: there what is gone is met when read."""
    if store.far:
        return False
    relied = [one["outputs"] for one in followed.header.get("reused", {}).values()]
    return bool(lost(store.space, artifacts_in(relied)))


def renewed(session: Session, plan: Plan, followed: Followed) -> Followed:
    """The same for a run that will begin: where a task may have to read a source that moved since
    what stands saw it, it is seen anew, as nobody could fetch it any more."""
    reading = {unit[0] for unit, fate in followed.fates.items() if fate.state != "reuse"}
    sources = look_again(plan, followed.header, reading)
    if sources is None:
        return followed
    header = {**followed.header, "sources": sources}
    header.pop("reused", None)
    return follow(session, header, anew=header.get("anew", ()))


def context_with(context: Context, followed: Followed) -> Context:
    return replace(context, fruitless=followed.fruitless)


def would_publish(plan: Plan, header: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a run all of whose parts are reused, as its publish would snapshot them."""
    kept = list(all_reused(header))
    return snapshot(plan, closed(plan, kept))


def stands(store: Store, plan: Plan, followed: Followed) -> RefRecord | None:
    """The version of the branch that such a run would only repeat; None where it would be another.

    A fork or a closed branch holds nothing to repeat, nor does a version of which something is
    known to be gone or damaged.
    """
    if not followed.all_reused:
        return None
    tops = store.tops(plan.pipeline, *ref_of(str(followed.header["branch"])))
    if len(tops) != 1 or tops[0].closed:
        return None
    if doomed_in(store.space, f"{store.zone}/refs", tops[0].outputs):
        return None
    return tops[0] if repeats(plan, followed, tops[0]) else None


def effects_standing(
    store: Store, plan: Plan, followed: Followed, held: RefRecord
) -> dict[str, Any] | None:
    """The header of the run that the branch holds, where the effects of a run that would repeat it
    are just its own; None where they have to follow a run of their own.

    It relies on the same results as the run that is about to begin: none of its parts runs again.
    """
    try:
        then = store.header(plan.pipeline, held.run)
    except Absent:
        return None
    now = followed.header
    same = all(now[word] == then.get(word) for word in ("plan_digest", "profile", "effects"))
    if not same or other_effects(now, then):
        return None
    return {**then, "reused": now.get("reused", {})}


def repeats(plan: Plan, followed: Followed, record: RefRecord) -> bool:
    """Whether a run would publish what a version holds already, whatever differs in how it came."""
    if not followed.all_reused or not published_units(plan):
        return False
    return not otherwise(plan, followed, record)


def otherwise(plan: Plan, followed: Followed, record: RefRecord) -> tuple[str, ...]:
    """The outputs, rows set aside too, that a run of which all is reused would publish otherwise
    than a version holds them: as other data, of another type, or as judged by another schema."""
    would, held = meaning(would_publish(plan, followed.header)), meaning(record.outputs)
    names = dict.fromkeys((*would, *held))
    return tuple(name for name in names if would.get(name) != held.get(name))


def meaning(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a snapshot says of data, without where it lies."""
    return {name: bare(value) for name, value in outputs.items()}


def bare(value: Any) -> Any:
    """The same of one output, or of one of its parts."""
    if not isinstance(value, dict):
        return value
    if "parts" in value and "C" not in value:
        return {**value, "parts": {label: bare(one) for label, one in value["parts"].items()}}
    return {word: one for word, one in value.items() if word in _TOLD}


_TOLD = ("C", "type", "path", "schema", "stamp", "rejects", "rejected", "values")
