"""Which inputs need no look: their edge is proven, and what arrives was judged as it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.ir import TaskSource
from wombat.plan.keys import policy_of
from wombat.schema.policy import DEPTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.executor.context import Context
    from wombat.executor.sources import Located
    from wombat.plan.ir import Edge, Task
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Policy


def trust(context: Context, task: Task, one: Located) -> dict[str, Any] | None:
    """None where an input has to be judged; else what is left to do with it: `{"cast", "rows"}`.

    Its edge is proven in this profile, and each artifact of it carries a stamp that passed, of the
    very schema that the proof was about, as deep as the consumer's policy looks. `rows` is what
    the records say of what arrives as one frame, or None.
    """
    policy = policy_of(context.plan, one.input, context.profile)
    pair = _proven(context, task, one, policy)
    if pair is None or not all(
        _vouches(record.get("stamp"), pair[0], policy) for record in one.records
    ):
        return None
    made, wanted = pair
    cast = policy.cast if _types_differ(made, wanted) else "none"
    whole = one.input.collect in (None, "frame")
    return {"cast": cast, "rows": _rows(one.records) if whole else None}


def told_at(context: Context, task: Task, one: Located) -> str | None:
    """`task.output` where the findings of an input were told already: its edge is proven, and what
    made it was judged as deep, so whatever fails here failed there."""
    policy = policy_of(context.plan, one.input, context.profile)
    source = one.input.source
    pair = _proven(context, task, one, policy)
    if pair is None or not isinstance(source, TaskSource):
        return None
    if not all(_judged(record.get("stamp"), pair[0], policy) for record in one.records):
        return None
    return f"{source.task}.{source.output}"


def _proven(
    context: Context, task: Task, one: Located, policy: Policy
) -> tuple[FrameSchema, FrameSchema] | None:
    """The two schemas of an edge that is proven in this profile, where anything is to be judged."""
    edge = _edge(context, task, one.input.name)
    if edge is None or edge.in_profile(context.profile) != "proven" or policy.check == "none":
        return None
    made, wanted = _schema(context, edge.producer_schema), _schema(context, edge.consumer_schema)
    return None if made is None or wanted is None or not one.records else (made, wanted)


def _edge(context: Context, task: Task, name: str) -> Edge | None:
    return context.plan.edge_at.get((task.name, name))


def _schema(context: Context, name: str | None) -> FrameSchema | None:
    tree = context.plan.schemas.get(name) if name else None
    if tree is None:
        return None
    from wombat.schema.model import schema_from_json  # it loads more than a job needs at once

    return schema_from_json(tree).in_profile(context.profile)


def _vouches(stamp: Any, made: FrameSchema, policy: Policy) -> bool:
    """A stamp of an older Wombat doesn't say whether what it judged passed."""
    return _judged(stamp, made, policy) and stamp.get("passed") is True


def _judged(stamp: Any, made: FrameSchema, policy: Policy) -> bool:
    """Whether a stamp is of the very schema, and as deep as a policy looks."""
    if not isinstance(stamp, dict):
        return False
    return stamp.get("schema") == made.digest and _deep(stamp, policy)


def _deep(stamp: Mapping[str, Any], policy: Policy) -> bool:
    """A sample is as deep as a policy's where it took at least as many rows of each kind."""
    depth = stamp.get("depth")
    if depth not in DEPTHS[DEPTHS.index(policy.check) :]:
        return False
    if depth != "sample" or policy.check != "sample":
        return True
    taken, wanted = (stamp.get("head"), stamp.get("random")), (policy.head, policy.random)
    return all(isinstance(n, int) and n >= asked for n, asked in zip(taken, wanted, strict=True))


def _types_differ(made: FrameSchema, wanted: FrameSchema) -> bool:
    """Whether a column may arrive in another type than its consumer's, which a cast mends."""
    if made.patterns or wanted.patterns:
        return True
    from wombat.schema.casts import same_storage

    both = made.columns.keys() & wanted.columns.keys()
    return not all(same_storage(made.columns[n].type, wanted.columns[n].type) for n in both)


def _rows(records: Iterable[Mapping[str, Any]]) -> int | None:
    known = [(record.get("stats") or {}).get("rows") for record in records]
    counted = [one for one in known if type(one) is int]
    return sum(counted) if len(counted) == len(known) else None
