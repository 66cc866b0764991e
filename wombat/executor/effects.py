"""Tasks without outputs: whether one may happen now, and whether it was the last thing done."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wombat.ci import ref_of
from wombat.errors import Absent, Conflict
from wombat.executor.restore import restore_plan
from wombat.executor.units import unit_name, units
from wombat.plan.keys import compute_key, effect_key
from wombat.store.records import output_contents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Part, Task
    from wombat.store import AttemptRecord, RefRecord, Store

LOOKED_BACK: Final = 100
"""Versions of a branch in which the last time of an effect is looked for."""
DONE: Final = ("done", "skipped")


def key_of(context: Context, task: Task, part: Part | None, inputs: Mapping[str, Any]) -> Digest:
    """What makes a part's work the same again.

    For an effect its profile belongs to it and, where it has no inputs, all that was published:
    it follows the run, so it is done again when the run came out differently.
    """
    profile = context.profile
    pinned = context.header.get("artifacts", {})
    key = compute_key(
        context.plan, task, part, context.params, inputs, profile=profile, artifacts=pinned
    )
    if not task.effect:
        return key
    told = {} if task.inputs else context.released
    after = {name: output_contents(value) for name, value in told.items()}
    return effect_key(key, profile, after)


def standstill(context: Context) -> str | None:
    """Why no effect of this run may happen, or None where they may.

    Conflict `not-published` where nobody could say yet.
    """
    if not context.header.get("effects"):
        return f"profile {context.profile} allows no effects here"
    head = context.store.head(context.pipeline, *ref_of(str(context.header["branch"])))
    if head is not None and head.run == context.run:
        return None
    try:
        context.store.published(context.pipeline, context.run)
    except Absent:
        raise Conflict(
            f"run {context.run} of {context.pipeline} isn't published, and effects come after that",
            code="not-published",
            hint=f"wombat publish --run {context.run} {context.pipeline}",
        ) from None
    return f"superseded by run {head.run}" if head else "the branch holds nothing of this run"


def version(context: Context) -> int | None:
    """The version of the branch that an effect tells the world of."""
    head = context.store.head(context.pipeline, *ref_of(str(context.header["branch"])))
    return head.seq if head else None


def done_before(context: Context, task: Task, part: Part | None, key: Digest) -> str | None:
    """Says that the last time this effect was tried on this branch it did just the same.

    Not whether it ever did: the world is as the last one left it. What the run was asked to do anew
    was done where this run did it.
    """
    ref = ref_of(str(context.header["branch"]))
    label = part.label if part else None
    forced = task.name in context.header.get("anew", ())
    for record in islice(context.store.ref_log(context.pipeline, *ref), LOOKED_BACK):
        if forced and record.run != context.run:
            continue
        last = _last(context.store, record, task.name, label, context.profile)
        if last is not None:
            same = last.record["key"] == key and last.record["state"] in DONE
            return "the same was done for the same inputs" if same else None
    return None


def undone(
    store: Store, header: Mapping[str, Any], record: RefRecord, *, patient: bool
) -> str | None:
    """The first effect of the run at a ref's head that failed or, unless `patient`, was never
    tried; None where all are done."""
    plan = restore_plan(header["plan"])
    for unit in units(plan):
        if plan.task(unit[0]).effect:
            last = _last(store, record, *unit, str(header["profile"]))
            if last is None and patient:
                continue
            if last is None or last.record["state"] not in DONE:
                return unit_name(unit)
    return None


def _last(
    store: Store, record: RefRecord, task: str, label: str | None, profile: str
) -> AttemptRecord | None:
    """The newest attempt of an effect that told of this version; not one that was held back."""
    found = [
        one
        for one in store.attempts(record.pipeline, record.run, task, label)
        if one.part == label
        and one.record.get("on") == record.seq
        and one.record.get("profile") == profile
        and "key" in one.record
    ]
    return max(found, key=lambda one: one.attempt, default=None)
