"""What a ref really holds, held against who takes it: before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.api.stored_schema import schema_of_run, stored_schema
from wombat.errors import Absent, Conflict, Diagnostic, Diagnostics, Place, UsageFault
from wombat.language.address import parse_address
from wombat.plan.ir import ArtifactSource
from wombat.schema.model import schema_from_json
from wombat.schema.policy import resolve_policy
from wombat.schema.proof.relate import relate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.session import Session
    from wombat.api.stored_schema import Stored
    from wombat.plan.ir import Edge, Input, Plan
    from wombat.schema.policy import Policy
    from wombat.schema.proof.verdict import Verdict


def require_fitting(session: Session, plan: Plan, header: Mapping[str, Any]) -> None:
    """Raises Invalid where a run would take a frame whose recorded schema doesn't suit its input,
    in a profile that stops at such a frame. What is locked was judged when it was compiled."""
    sink, profile = Diagnostics(), str(header["profile"])
    for edge, one in _taken(plan):
        if not _stops(_policy(plan, edge, one, profile)):
            continue
        known = _recorded(session, edge.output, header["artifacts"].get(edge.output) or {})
        found = None if known is None else _verdict(plan, edge, one, profile, known)
        if known is not None and found is not None and found.kind == "refuted":
            sink.add(_refuted(plan, edge, one, found, known))
    sink.raise_if_failed()


def stored_edges(session: Session, plan: Plan) -> Plan:
    """A plan whose edges to artifacts say what the refs hold now, in this session's profile."""
    judged = {(e.consumer, e.input): _judged(session, plan, e, one) for e, one in _taken(plan)}
    edges = tuple(judged.get((edge.consumer, edge.input), edge) for edge in plan.edges)
    return replace(plan, edges=edges)


def _taken(plan: Plan) -> Iterator[tuple[Edge, Input]]:
    """The edges to artifacts that ask something."""
    inputs = {(task.name, one.name): one for task in plan.tasks for one in task.inputs}
    for edge in plan.edges:
        one = inputs[edge.consumer, edge.input]
        if isinstance(one.source, ArtifactSource) and edge.consumer_schema is not None:
            yield edge, one


def _stops(policy: Policy) -> bool:
    return policy.check != "none" and policy.on_fail != "warn"


def _policy(plan: Plan, edge: Edge, one: Input, profile: str) -> Policy:
    schema = plan.schemas[str(edge.consumer_schema)]
    return resolve_policy(profile, plan.policies, schema.get("policies", {}), one.policies)


def _verdict(plan: Plan, edge: Edge, one: Input, profile: str, known: Stored) -> Verdict:
    mine = schema_from_json(plan.schemas[str(edge.consumer_schema)]).in_profile(profile)
    return relate(known.schema, mine, cast=_policy(plan, edge, one, profile).cast)


def _recorded(session: Session, text: str, pin: Mapping[str, Any]) -> Stored | None:
    """What the run that a header pinned recorded; None of what is locked, and of what nobody knows
    anything."""
    ref = pin.get("ref") or {}
    if "run" not in ref or "locked" in ref or not pin.get("schema"):
        return None
    address, digest = parse_address(text), (pin.get("stamp") or {}).get("schema")
    for store in session.stores_of(address.project or session.project):
        known = schema_of_run(store, address, str(ref["run"]), digest)
        if known is not None:
            return known
    return None


def _judged(session: Session, plan: Plan, edge: Edge, one: Input) -> Edge:
    from wombat.api.addresses import resolve
    from wombat.api.locked import canonical

    if session.lock.find(canonical(session, edge.output)) is not None:
        return edge
    try:
        found = resolve(session, edge.output)
    except (Absent, UsageFault, Conflict) as fault:
        return replace(edge, verdict="unknown", reason=fault.message, witness=(), others={})
    known = stored_schema(found)
    if known is None:
        said = "no schema is recorded of what it holds"
        return replace(edge, verdict="unknown", reason=said, witness=(), others={})
    it = _verdict(plan, edge, one, session.profile, known)
    said = f"{it.reason} (as run {found.ref.run if found.ref else '?'} recorded it)"
    return replace(
        edge, verdict=it.kind, column=it.column, reason=said, witness=it.witness, others={}
    )


def _refuted(plan: Plan, edge: Edge, one: Input, found: Verdict, known: Stored) -> Diagnostic:
    place = Place(plan.source, one.at.line, one.at.column)
    advice = f"say {found.suggestion}" if found.suggestion else f"change {edge.consumer_schema}"
    return Diagnostic(
        "edge-refuted",
        f"{edge.output} → {edge.consumer}: {found.reason}, as its run recorded it in "
        f"{known.profile}",
        place,
        f"{advice}; or take another version, with @ or in wombat.lock",
        "error",
        (),
        found.example,
        (edge.output, f"{plan.pipeline}/{edge.consumer}.{edge.input}", found.column or ""),
    )
