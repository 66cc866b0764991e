"""The plan: frozen values that say what runs, on what, and how sure its edges are.

It knows nothing of any store or CI system. `Plan.to_json` and `plan_from_json` are inverse, and a
plan's digest is the digest of that JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.digest import Digest, digest_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VERSION: Final = 1

Kind = Literal["run", "command", "shell"]
Collect = Literal["list", "dict", "frame", "directory"]
ParamType = Literal["int", "float", "bool", "string", "json"]
Refresh = Literal["schedule", "always", "never"]
Verdict = Literal["proven", "refuted", "unknown", "untyped"]

Value = Any
"""A JSON tree in which `{"$": "params.x"}` is a reference (words: params, foreach, inputs,
outputs), `{"$": "format", "text": "a{date}"}` a text with declared values put in, and
`{"$": "literal", "value": …}` a mapping that itself has the key `$`."""


@dataclass(frozen=True)
class At:
    """Where in the source something was written; line and column from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Param:
    """A pipeline's parameter. Without `default` (None and `required`) a run must give it."""

    name: str
    type: ParamType
    default: Any = None
    required: bool = False
    min: float | int | None = None
    max: float | int | None = None
    choices: tuple[Any, ...] | None = None
    description: str | None = None


@dataclass(frozen=True)
class TaskSource:
    """An output of a task of the same pipeline."""

    task: str
    output: str
    kind: Literal["task"] = "task"


@dataclass(frozen=True)
class FileSource:
    """A file or folder of the checkout, by its path below the project root, with `/`."""

    path: str
    kind: Literal["file"] = "file"


@dataclass(frozen=True)
class ArtifactSource:
    """A published output of another pipeline, of this project or another one, by its address."""

    address: str
    kind: Literal["artifact"] = "artifact"


@dataclass(frozen=True)
class UrlSource:
    """Outside data, by an `https`, `s3` or `lakefs` address. `refresh` says when a run looks anew
    what is there: where a schedule or a person started it, always, or never again. `projected`: it
    is an output that a run published there, whose type its record tells."""

    url: str
    refresh: Refresh = "schedule"
    projected: bool = False
    kind: Literal["url"] = "url"


Source = TaskSource | FileSource | ArtifactSource | UrlSource


@dataclass(frozen=True)
class Input:
    """What a task takes. `type` is the artifact type that arrives, `schema` what it asks for.

    `options` is what its artifact type knows or asks of it; `policies` are layers
    {PROFILE: words} of this input alone.
    """

    name: str
    source: Source
    type: str
    schema: str | None = None
    collect: Collect | None = None
    options: dict[str, Any] = field(default_factory=dict)
    policies: dict[str, Any] = field(default_factory=dict)
    at: At = At()


@dataclass(frozen=True)
class Output:
    """What a task makes. `path` is the file's name for types that have one, `options` what its
    artifact type asks of it; `policies` are layers {PROFILE: words} of this output alone."""

    name: str
    type: str
    schema: str | None = None
    path: str | None = None
    format: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    policies: dict[str, Any] = field(default_factory=dict)
    at: At = At()


@dataclass(frozen=True)
class Part:
    """One value of each foreach key. `label` names it in jobs, `--part` and store keys."""

    label: str
    values: dict[str, str]


@dataclass(frozen=True)
class Piece:
    """A piece of first-party code: a top-level name of a module, a module's own top level, or a
    whole file. `uses` are the pieces that it reaches by itself, which a plan's `code` has too."""

    file: str
    digest: Digest
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Package:
    """A distribution as the project's lock file pins it: its version, and what it depends on."""

    version: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Code:
    """What the task's code is made of: a digest and, for people, the files it covers.

    `roots` are the pieces that it begins with, by their names in the plan's `code`; all that they
    reach is in the digest.
    """

    version: Literal["modules", "names"]
    digest: Digest
    files: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One task, its sugar gone. `run` is `module:function`; `argv` and `script` the other kinds."""

    name: str
    kind: Kind
    code: Code
    run: str | None = None
    argv: tuple[Value, ...] = ()
    script: str | None = None
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    arguments: dict[str, Value] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    foreach: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    batch: int | None = None
    needs: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    """Distributions that it imports or names, by their names in the plan's `packages`."""
    depends_on: tuple[str, ...] = ()
    """Patterns of files that count as its code."""
    volatile: bool = False
    """Whether it may come to something else each time: it is never reused."""
    retry: int = 0
    timeout: int | None = None
    image: str | None = None
    compute: str | None = None
    description: str | None = None
    at: At = At()

    @property
    def effect(self) -> bool:
        """Whether it makes nothing that is stored: it runs after the publish, where allowed."""
        return not self.outputs

    def part(self, label: str | None) -> Part | None:
        """The part of that label; None for a task without foreach. KeyError where absent."""
        if not self.foreach and label is None:
            return None
        for part in self.parts:
            if part.label == label:
                return part
        raise KeyError(label)

    def output(self, name: str) -> Output:
        return next(output for output in self.outputs if output.name == name)


@dataclass(frozen=True)
class Job:
    """What a CI system schedules: one or more parts of a task. `parts` is empty without foreach.

    `name` is `pipeline/task`, `pipeline/task: [label]`, or `pipeline/task: [2/3]` for a batch of
    parts; `stage` is its depth from 0. The jobs of effects come after the publish.
    """

    name: str
    task: str
    stage: int
    parts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """What is known of an input whose data has a producer: the verdict and why.

    `producer` and `output` name a task of the same pipeline; for an artifact of another pipeline
    or project `producer` is empty and `output` its address, for a file or outside data that is read
    as a frame its path or address. The verdict holds in production; `others` are the verdicts of
    profiles in which it is another one.
    """

    consumer: str
    input: str
    producer: str
    output: str
    verdict: Verdict
    producer_schema: str | None = None
    consumer_schema: str | None = None
    column: str | None = None
    reason: str = ""
    witness: tuple[tuple[str, ...], ...] = ()
    others: dict[str, Verdict] = field(default_factory=dict)

    def in_profile(self, profile: str) -> Verdict:
        """The verdict in a profile; one that isn't named anywhere is as production."""
        return self.others.get(profile, self.verdict)


@dataclass(frozen=True)
class Schedule:
    """When CI starts the pipeline by itself."""

    cron: str
    timezone: str = "UTC"


@dataclass(frozen=True)
class On:
    """What starts the pipeline in CI."""

    merge_request: Literal["plan", "run", "off"] = "plan"
    push: Literal["run", "off"] = "run"
    schedule: Literal["run", "off"] = "run"


@dataclass(frozen=True)
class Plan:
    """One compiled pipeline. Tasks and jobs stand in topological order, ties by name. `places` says
    where each of its schemas is written, as `path:line`."""

    pipeline: str
    source: str
    source_digest: Digest
    tasks: tuple[Task, ...]
    jobs: tuple[Job, ...]
    edges: tuple[Edge, ...] = ()
    params: tuple[Param, ...] = ()
    code: dict[str, Piece] = field(default_factory=dict)
    """All pieces of code that tasks reach, by name: `module:name`, `module`, or a file's path."""
    packages: dict[str, Package] = field(default_factory=dict)
    """All distributions that tasks require, with those that these depend on."""
    schemas: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    policies: dict[str, Any] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    compute: dict[str, Any] = field(default_factory=dict)
    schedule: Schedule | None = None
    on: On = On()
    description: str | None = None
    owner: str | None = None
    v: Literal[1] = 1

    def to_json(self) -> dict[str, Any]:
        """A JSON tree; fields that hold their default are left out of it."""
        tree: dict[str, Any] = _adapter().dump_python(self, mode="json", exclude_defaults=True)
        return tree | {"v": self.v}

    @cached_property
    def digest(self) -> Digest:
        """Without places, and without the source's own bytes: what is meant, not how written."""
        return digest_json(_meant(self.to_json()))

    @cached_property
    def by_name(self) -> dict[str, Task]:
        return {task.name: task for task in self.tasks}

    @cached_property
    def edge_at(self) -> dict[tuple[str, str], Edge]:
        """Each edge by its consumer and input."""
        return {(one.consumer, one.input): one for one in reversed(self.edges)}

    def task(self, name: str) -> Task:
        """KeyError where there is no such task."""
        return self.by_name[name]

    def producers(self, part: Part | None, wanted: Input) -> tuple[Part, ...]:
        """The producer's parts that an input of one part takes; empty where it has no parts.

        Keys that both have must be equal; the producer's other keys are collected.
        """
        if not isinstance(wanted.source, TaskSource):
            return ()
        producer = self.task(wanted.source.task)
        mine = part.values if part else {}
        shared = tuple(key for key in producer.foreach if key in mine)
        return self._parts_by(producer, shared).get(tuple(mine[key] for key in shared), ())

    def _parts_by(
        self, task: Task, keys: tuple[str, ...]
    ) -> dict[tuple[str, ...], tuple[Part, ...]]:
        if (task.name, keys) not in self._indexes:
            index: dict[tuple[str, ...], tuple[Part, ...]] = {}
            for part in task.parts:
                values = tuple(part.values[key] for key in keys)
                index[values] = (*index.get(values, ()), part)
            self._indexes[task.name, keys] = index
        return self._indexes[task.name, keys]

    @cached_property
    def _indexes(
        self,
    ) -> dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], tuple[Part, ...]]]:
        return {}


def plan_from_json(tree: Any) -> Plan:
    """The inverse of `Plan.to_json`; pydantic's ValidationError where it is none."""
    return _adapter().validate_python(tree)


@cache
def _adapter() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)


def _meant(tree: dict[str, Any]) -> dict[str, Any]:
    """Takes away what only says where or in which bytes something was written."""
    tree.pop("source_digest")
    tree.pop("places", None)
    for schema in tree.get("schemas", {}).values():
        for one in (schema, *schema.get("variants", {}).values()):
            one.pop("order", None)
    for task in tree["tasks"]:
        for value in (task, *task.get("inputs", ()), *task.get("outputs", ())):
            value.pop("at", None)
    return tree
