"""What a checkout offers others: each output with the schema that it has in production."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.errors import Diagnostics
from wombat.plan.closure.checkout import Checkout
from wombat.plan.edges import PRODUCTION, unenforced
from wombat.plan.foreach import parts_of
from wombat.plan.git import GitFiles
from wombat.plan.inputs import resolve_outputs
from wombat.plan.produced import schema_of
from wombat.plan.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.errors import Place
    from wombat.language.address import Address
    from wombat.language.load import Spec
    from wombat.language.source import Document
    from wombat.plan.recorded import Recorded
    from wombat.schema.load import Schemas
    from wombat.schema.model import FrameSchema


@dataclass(frozen=True)
class Offer:
    """An output: `name` is `pipeline/task.output`, `place` where it is written, `document` its
    schema's file.

    `parts` are the labels of a foreach, `asks` what its type asks of files, `file` the name or form
    of its one file, `weak` why production doesn't enforce the schema: None where it does.
    """

    name: str
    type: str
    schema: FrameSchema | None
    place: Place
    document: Document | None = None
    parts: tuple[str, ...] = ()
    asks: dict[str, Any] = field(default_factory=dict)
    file: str | None = None
    weak: str | None = None

    def at(self, column: str | None) -> Place:
        """Where the schema speaks of a column; the output's own place without a schema."""
        if self.document is None:
            return self.place
        steps = ("schema",) if column is None else ("columns", column)
        return self.document.at(*steps)


def offers(spec: Spec, schemas: Schemas, stored: Mapping[str, Recorded]) -> dict[str, Offer]:
    """Every output of every pipeline by its whole name, whatever else is wrong there."""
    checkout, git = Checkout(spec.root), GitFiles(spec.root)
    found: dict[str, Offer] = {}
    for name, pipeline in sorted(spec.pipelines.items()):
        scope = Scope(spec, pipeline, schemas, checkout, git, Diagnostics(), stored)
        for task, decl in sorted(pipeline.decl.tasks.items()):
            parts = tuple(sorted(part.label for part in parts_of(scope, task)))
            for one in resolve_outputs(scope, task, decl):
                whole = f"{name}/{task}.{one.name}"
                place = scope.place("tasks", task, "outputs", one.name)
                schema = schema_of(scope, one.schema)
                document = schemas[one.schema].document if schema and one.schema else None
                held = schema.in_profile(PRODUCTION) if schema else None
                weak = unenforced(spec.project.policies, schema, one.policies, PRODUCTION)
                found[whole] = Offer(
                    whole, one.type, held, place, document, parts, one.options,
                    one.path or one.format, weak,
                )  # fmt: skip
    return found


def offered(found: Mapping[str, Offer], address: Address) -> Offer | None:
    """What an address names; None where nothing has that name, or several outputs have."""
    fits = [
        one
        for name, one in found.items()
        if name.partition("/")[0] == address.pipeline
        and name.rpartition(".")[2] == address.output
        and address.task in (None, name.partition("/")[2].rpartition(".")[0])
    ]
    return fits[0] if len(fits) == 1 else None
