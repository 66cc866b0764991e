"""The schema that a stored artifact was judged by, as the run that published it recorded it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from wombat.errors import Absent, StoreDamaged
from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.policy import Policy, resolve_policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.addresses import Found
    from wombat.language.address import Address
    from wombat.store import Store


class Stored(NamedTuple):
    """A schema as it held in the profile of the run that recorded it: no policies, no variants.
    `policy` is what that run judged by, every layer applied."""

    schema: FrameSchema
    profile: str
    policy: Policy


def stored_schema(found: Found) -> Stored | None:
    """The schema of what an address names; None where no run recorded one, where its header is
    gone, or where parts were judged by several."""
    if found.ref is None or not found.value.get("schema"):
        return None
    digests = {str(stamp.get("schema")) for stamp in _stamps(found.value)}
    if len(digests) != 1:
        return None
    return schema_of_run(found.store, found.address, found.ref.run, digests.pop())


def _stamps(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in value["parts"].values() if "parts" in value else (value,):
        yield one.get("stamp") or {}


def schema_of_run(
    store: Store, address: Address, run: str, digest: str | None = None
) -> Stored | None:
    """What a run's header says of an output: the variant of that digest, else that of the run's
    profile. None where the header is gone, and for an output without a schema."""
    try:
        header = store.header(address.pipeline, run)
    except (Absent, StoreDamaged):
        return None
    try:
        return _in_header(header, address, digest)
    except (KeyError, TypeError, ValueError, AttributeError):  # another version's, or nobody's
        return None


def _in_header(header: Mapping[str, Any], address: Address, digest: str | None) -> Stored | None:
    plan, profile = header["plan"], str(header["profile"])
    made = [
        output
        for task in plan["tasks"]
        for output in task.get("outputs", ())
        if output["name"] == address.output and address.task in (None, task["name"])
    ]
    if len({one.get("schema") for one in made}) != 1 or (name := made[0].get("schema")) is None:
        return None
    schema = schema_from_json(plan["schemas"][name])
    layers = (plan.get("policies", {}), schema.policies, made[0].get("policies", {}))
    policy = resolve_policy(profile, *layers)
    variants = {profile: schema.in_profile(profile), **schema.variants, "production": schema}
    if digest is None:
        return Stored(bare(variants[profile]), profile, policy)
    for where, one in variants.items():
        if one.digest == digest:
            return Stored(bare(one), where, policy)
    return None


def bare(schema: FrameSchema) -> FrameSchema:
    """A schema as it holds in one profile: what else there is was its project's affair."""
    return replace(schema, policies={}, variants={}, drift=(), allow_divergence=None)
