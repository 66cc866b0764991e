"""Who takes artifacts in this checkout, and what each of them asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wombat.errors import Diagnostics
from wombat.plan.closure.checkout import Checkout
from wombat.plan.edges import PRODUCTION, policy_of
from wombat.plan.git import GitFiles
from wombat.plan.inputs import resolve_inputs
from wombat.plan.ir import ArtifactSource
from wombat.plan.produced import schema_of
from wombat.plan.recorded import canonical
from wombat.plan.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.language.load import Spec
    from wombat.plan.ir import Input
    from wombat.plan.recorded import Recorded
    from wombat.schema.load import Schemas
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Cast


@dataclass(frozen=True)
class Consumer:
    """An input that takes an artifact: its place, the address as the lock has it, and what it asks
    in production. `schema` None: nothing."""

    place: str
    address: str
    schema: FrameSchema | None
    cast: Cast


def consumers(spec: Spec, schemas: Schemas, stored: Mapping[str, Recorded]) -> Iterator[Consumer]:
    """Every input of every pipeline that takes an artifact, whatever else is wrong there."""
    checkout, git = Checkout(spec.root), GitFiles(spec.root)
    for name, pipeline in sorted(spec.pipelines.items()):
        scope = Scope(spec, pipeline, schemas, checkout, git, Diagnostics(), stored)
        for task, decl in sorted(pipeline.decl.tasks.items()):
            for one in resolve_inputs(scope, task, decl):
                if isinstance(one.source, ArtifactSource):
                    yield _consumer(scope, f"{name}/{task}.{one.name}", one, one.source.address)


def _consumer(scope: Scope, place: str, one: Input, address: str) -> Consumer:
    schema, project = schema_of(scope, one.schema), scope.spec.project
    known = canonical(address, project.project)
    if schema is None:
        return Consumer(place, known, None, "none")
    policy = policy_of(project.policies, schema, one.policies, PRODUCTION)
    return Consumer(place, known, schema.in_profile(PRODUCTION), policy.cast)
