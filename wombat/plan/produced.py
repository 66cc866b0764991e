"""What is known, before anything runs, of the frame that an input will get: whose schema it has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wombat.errors import Diagnostics, Place
from wombat.language.address import parse_address
from wombat.plan.inputs import resolve_outputs
from wombat.plan.ir import ArtifactSource, FileSource, TaskSource, UrlSource
from wombat.plan.recorded import canonical, recorded
from wombat.printable import shown_url
from wombat.schema.proof import collected

if TYPE_CHECKING:
    from wombat.language.address import Address
    from wombat.plan.ir import Input, Output, Task
    from wombat.plan.recorded import Recorded
    from wombat.plan.scope import Scope
    from wombat.schema.model import FrameSchema


@dataclass(frozen=True)
class Produced:
    """What makes an input's frame. `task` and `output` are as in `Edge`; `key` names the schema in
    the plan; `places` are where it is made, each with words.

    `doubt` says why nothing is known, where that is no fault of the producer. `part` values that
    are put together are `loose` columns. `policies` are the layers of the output itself; None where
    another checkout made it, whose policies aren't known.
    """

    task: str
    output: str
    type: str
    schema: FrameSchema | None = None
    key: str | None = None
    doubt: str | None = None
    note: str = ""
    loose: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    policies: dict[str, Any] | None = None
    places: tuple[tuple[Place, str], ...] = field(default=())

    @property
    def shown(self) -> str:
        return f"{self.task}.{self.output}" if self.task else self.output


def produced(scope: Scope, tasks: dict[str, Task], consumer: Task, one: Input) -> Produced | None:
    """What makes an input; None for what nobody says is a frame."""
    if isinstance(one.source, TaskSource):
        return _by_task(scope, tasks[one.source.task], consumer, one, one.source.output)
    if not isinstance(one.source, ArtifactSource):
        return _of_others(one)
    found = _of_artifact(scope, one.source.address)
    framed = found.type == "dataframe" or (found.type == "any" and one.schema is not None)
    return found if framed else None


def _of_others(one: Input) -> Produced | None:
    """Of a file, or outside data, that is read as a frame: nothing is known before it comes."""
    if one.type != "dataframe" and (one.type != "any" or one.schema is None):
        return None
    match one.source:
        case UrlSource(url=url):
            return Produced("", shown_url(url), one.type, doubt="it is outside data")
        case FileSource(path=path):
            return Produced("", path, one.type, doubt="it is a file of the checkout")
    return None


def _by_task(scope: Scope, producer: Task, consumer: Task, one: Input, name: str) -> Produced:
    output = producer.output(name)
    place = scope.place("tasks", producer.name, "outputs", name)
    found = _made(scope, output, place, producer.name, name)
    if found.schema is None or one.collect != "frame":
        return found
    keys = tuple(key for key in producer.foreach if key not in consumer.foreach)
    return replace(found, schema=collected(found.schema, keys), loose=keys)


def _made(scope: Scope, output: Output, place: Place, task: str, name: str) -> Produced:
    shown = f"{task}.{name}" if task else name
    schema = schema_of(scope, output.schema)
    return Produced(
        task,
        name,
        output.type,
        schema,
        output.schema,
        profiles=tuple(output.policies),
        policies=output.policies,
        places=((place, f"{shown} is made here"),),
    )


def schema_of(scope: Scope, name: str | None) -> FrameSchema | None:
    return scope.schemas[name].schema if name and name in scope.schemas else None


def _of_artifact(scope: Scope, text: str) -> Produced:
    """By the lock where it is locked; else by the checkout, where this project makes it."""
    if (known := recorded(scope, text)) is not None:
        return _locked(text, known)
    address = parse_address(canonical(text, scope.spec.project.project))
    if address.project is not None:
        said = "what it holds isn't recorded here: wombat lock"
        return Produced("", text, "any", doubt=said)
    return _in_checkout(scope, text, address)


def _locked(text: str, known: Recorded) -> Produced:
    if known.schema is None:
        return Produced("", text, known.type)
    said = ((known.place, f"{text} was recorded as {known.schema.name}"),)
    note = f" (as wombat.lock has it, of profile {known.profile})"
    return Produced("", text, known.type, known.schema, text, note=note, places=said)


def _in_checkout(scope: Scope, text: str, address: Address) -> Produced:
    """What a pipeline of this checkout makes of that name. An older version's schema is known only
    where its store is at hand."""
    found = in_checkout(scope, address)
    if found is None:
        return Produced("", text, "any", doubt="no pipeline here makes it")
    output, place = found
    if address.ref is not None and address.ref.kind in ("tag", "run", "asof", "blake3"):
        said = f"what @{address.ref} holds was made by another checkout"
        return Produced("", text, output.type, doubt=said)
    made = _made(scope, output, place, "", text)
    return replace(made, note=" (as this checkout makes it)")


def in_checkout(scope: Scope, address: Address) -> tuple[Output, Place] | None:
    """The output of a pipeline of this project, and where it is written; None where it has none, or
    several of that name."""
    pipeline = scope.spec.pipelines.get(address.pipeline)
    if pipeline is None:
        return None
    there = replace(scope, pipeline=pipeline, sink=Diagnostics())
    found = [
        (output, there.place("tasks", name, "outputs", output.name))
        for name, decl in pipeline.decl.tasks.items()
        if address.task in (None, name) and address.output in decl.outputs
        for output in resolve_outputs(there, name, decl)
        if output.name == address.output
    ]
    return found[0] if len(found) == 1 else None
