"""Tasks without outputs: whether one may run now, and whether it was done before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.ci import ref_of
from wombat.errors import Absent, Conflict
from wombat.plan.keys import compute_key, effect_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Part, Task


def key_of(context: Context, task: Task, part: Part | None, inputs: Mapping[str, Any]) -> Digest:
    """What makes a part's work the same again: for an effect its profile belongs to it."""
    key = compute_key(context.plan, task, part, context.params, inputs)
    return effect_key(key, context.profile) if task.effect else key


def standstill(context: Context) -> str | None:
    """Why no effect of this run may happen, or None where they may.

    Conflict `not-published` where nobody could say yet.
    """
    if not context.header.get("effects"):
        return f"profile {context.profile} allows no effects"
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


def done_before(context: Context, key: Digest) -> str | None:
    """Says which attempt did the same for the same inputs, or None."""
    return "the same was done for the same inputs" if context.store.find_result(key) else None
