"""The edges of a pipeline: for each input that somebody makes, what is proven of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.plan.ir import Edge
from wombat.plan.produced import produced, schema_of
from wombat.plan.refuted import report_doubt, report_refuted
from wombat.schema.policy import resolve_policy
from wombat.schema.proof.relate import relate
from wombat.schema.proof.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.plan.ir import Input, Task
    from wombat.plan.produced import Produced
    from wombat.plan.scope import Scope
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Policy

PRODUCTION: Final = "production"
DEVELOPMENT: Final = "development"


def judge_edges(scope: Scope, tasks: dict[str, Task]) -> tuple[Edge, ...]:
    """One edge for each input that comes from a task, or is a frame of another pipeline.

    The verdict is production's, and an error where it is refuted; other profiles' stand beside it
    where they differ.
    """
    return tuple(
        _judged(scope, made, task, one)
        for task in tasks.values()
        for one in task.inputs
        if (made := produced(scope, tasks, task, one)) is not None
    )


def _judged(scope: Scope, made: Produced, consumer: Task, one: Input) -> Edge:
    if one.type not in ("dataframe", "any"):
        return Edge(
            consumer.name, one.name, made.task, made.output, "untyped", reason=f"a {one.type}"
        )
    mine = schema_of(scope, one.schema)
    verdicts = {
        profile: _in_profile(scope, made, mine, one, profile)
        for profile in _profiles(scope, made, mine, one)
    }
    found = _enforced(scope, made, verdicts.pop(PRODUCTION))
    edge = Edge(
        consumer.name,
        one.name,
        made.task,
        made.output,
        found.kind,
        made.key,
        one.schema,
        found.column,
        f"{found.reason}{made.note}" if found.kind == "proven" else found.reason,
        found.witness,
        {name: it.kind for name, it in sorted(verdicts.items()) if it.kind != found.kind},
    )
    if found.kind == "unknown":
        report_doubt(scope, edge, made)
    for profile, it in ((PRODUCTION, found), *sorted(verdicts.items())):
        if it.kind == "refuted" and (profile == PRODUCTION or found.kind != "refuted"):
            report_refuted(scope, edge, made, it, None if profile == PRODUCTION else profile)
    return edge


def _enforced(scope: Scope, made: Produced, found: Verdict) -> Verdict:
    """What is proven of frames that pass says nothing of those that production keeps all the same.
    In other profiles the stamp of each frame tells whether it did."""
    if found.kind != "proven" or made.policies is None:
        return found
    layers = scope.spec.project.policies
    words = unenforced(layers, made.schema, made.policies, PRODUCTION)
    if words is None:
        return found
    return Verdict("unknown", f"{made.shown} isn't enforced in production ({words})")


def _profiles(scope: Scope, made: Produced, mine: FrameSchema | None, one: Input) -> Iterator[str]:
    """Production, development, and every profile that anything here is said of."""
    named = {DEVELOPMENT, *scope.spec.project.policies, *made.profiles, *one.policies}
    for schema in (made.schema, mine):
        if schema is not None:
            named |= {*schema.policies, *schema.variants}
    yield PRODUCTION
    yield from sorted(named - {PRODUCTION})


def _in_profile(
    scope: Scope, made: Produced, mine: FrameSchema | None, one: Input, profile: str
) -> Verdict:
    if mine is None:
        return Verdict("untyped", "the consumer has no schema")
    if made.doubt is not None:
        return Verdict("unknown", made.doubt)
    theirs = None if made.schema is None else made.schema.in_profile(profile)
    cast = policy_of(scope.spec.project.policies, mine, one.policies, profile).cast
    return relate(theirs, mine.in_profile(profile), cast=cast, loose=made.loose)


def unenforced(
    project: dict[str, Any], schema: FrameSchema | None, own: dict[str, Any], profile: str
) -> str | None:
    """Why a frame that its schema rules out may be stored all the same in a profile: the words of
    its producer's policy. None where each that is stored was found to hold."""
    policy = resolve_policy(profile, project, {} if schema is None else schema.policies, own)
    return policy.lenient


def policy_of(
    project: dict[str, Any], schema: FrameSchema, own: dict[str, Any], profile: str
) -> Policy:
    """The policy of an input: built in, `wombat.yml`, its schema, its own words."""
    return resolve_policy(profile, project, schema.policies, own)
