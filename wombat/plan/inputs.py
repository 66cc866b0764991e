"""A task's inputs and outputs: names resolved to their sources, types and schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.errors import UsageFault
from wombat.language.address import parse_address
from wombat.language.outputs import TYPES
from wombat.language.url import LAKEFS, below
from wombat.plan.annotated import input_schema, output_schema
from wombat.plan.files import check_file, exists
from wombat.plan.framed import frame_format, unframed
from wombat.plan.ir import ArtifactSource, FileSource, Input, Output, TaskSource, UrlSource
from wombat.plan.observed import names_folder
from wombat.plan.options import KEPT, inherited, options
from wombat.plan.recorded import recorded
from wombat.schema.load import read_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.language.outputs import OutputDecl
    from wombat.language.pipeline import InputDecl, TaskDecl
    from wombat.plan.ir import Source
    from wombat.plan.scope import Scope


def resolve_outputs(scope: Scope, name: str, decl: TaskDecl) -> tuple[Output, ...]:
    """The outputs of a task by name; unknown schemas are reported."""
    return tuple(_output(scope, name, key, output) for key, output in sorted(decl.outputs.items()))


def _output(scope: Scope, task: str, name: str, decl: OutputDecl) -> Output:
    where = ("tasks", task, "outputs", name)
    check_schema(scope, decl.schema_, *where, "schema")
    if decl.format is not None and decl.type != "model" and scope.tasks[task].run is not None:
        scope.error(
            "output-format",
            "a function returns a value, which has no format; only what a command or shell task "
            "writes has one",
            *where,
            "format",
            hint=f"remove it: {KEPT[decl.type]}",
        )
    path = decl.path or (name if decl.type == "file" else None)
    asked = options(scope, decl, *where)
    policies = _policies(scope, decl.policies, *where)
    return Output(
        name,
        decl.type,
        output_schema(scope, task, name, decl),
        path,
        decl.format,
        options=asked,
        policies=policies,
        at=scope.at(*where),
    )


def _policies(scope: Scope, given: Mapping[str, Any], *where: str) -> dict[str, Any]:
    """The layers {PROFILE: words} of one input or output."""
    node: Any = scope.pipeline.document.root
    for step in (*where, "policies") if given else ():
        node = node[step]
    return read_policies(node, scope.pipeline.path, scope.sink) if given else {}


def check_schema(scope: Scope, name: str | None, *where: str) -> None:
    if name is not None and name not in scope.schemas and not scope.schemas.broken(name):
        known = ", ".join(sorted(scope.schemas)[:20]) or "a file in schemas/"
        hint = scope.schemas.near(name)
        if name in TYPES and "outputs" in where:
            hint = f"{{type: {name}}}: one name alone is that of a dataframe's schema"
        scope.error("unknown-schema", f"no schema '{name}'; expected {known}", *where, hint=hint)


def resolve_inputs(scope: Scope, name: str, decl: TaskDecl) -> tuple[Input, ...]:
    """The inputs of a task by name; those that can't be resolved are reported and left out."""
    found = (_input(scope, name, key, given) for key, given in sorted(decl.inputs.items()))
    return tuple(one for one in found if one is not None)


def _input(scope: Scope, task: str, name: str, decl: InputDecl) -> Input | None:
    where = ("tasks", task, "inputs", name)
    resolved = _source(scope, decl, *where)
    if resolved is None:
        return None
    source, kind = resolved
    framed = None
    if decl.schema_ is not None and kind in ("file", "directory"):
        framed = frame_format(source, kind)
        kind = "dataframe" if framed else kind
    if decl.schema_ is not None and kind not in ("dataframe", "any"):
        scope.error("input-schema", unframed(name, source, kind), *where, "schema")
        return None
    check_schema(scope, decl.schema_, *where, "schema")
    if decl.collect is not None and not isinstance(source, TaskSource):
        scope.error(
            "collect-unneeded",
            f"'{name}' has no parts to collect; only tasks with foreach do",
            *where,
            "collect",
            hint="remove collect",
        )
    elif decl.collect == "frame" and kind != "dataframe":
        scope.error(
            "collect-type",
            f"'{name}' is a {kind}; expected a dataframe for a frame",
            *where,
            "collect",
            hint="collect: list, dict or directory",
        )
    policies = _policies(scope, decl.policies, *where)
    return Input(
        name,
        source,
        kind,
        input_schema(scope, task, name, decl.schema_, kind),
        decl.collect,
        options={"source": framed} if framed else inherited(scope, source),
        policies=policies,
        at=scope.at(*where),
    )


def _source(scope: Scope, decl: InputDecl, *where: str) -> tuple[Source, str] | None:
    """Where it comes from, and the artifact type that arrives."""
    if decl.from_ is not None:
        return _from_task(scope, decl.from_, *where)
    if decl.file is not None:
        return _from_file(scope, decl.file, *where)
    if decl.url is not None:
        kind = "directory" if names_folder(decl.url) else "file"
        return UrlSource(decl.url, decl.refresh or "schedule"), kind
    if (decl.artifact or "").startswith(LAKEFS):
        return UrlSource(below(str(decl.artifact)), projected=True), "any"
    return _from_artifact(scope, decl.artifact or "", *where)


def _from_task(scope: Scope, text: str, *where: str) -> tuple[TaskSource, str] | None:
    task, dot, output = text.partition(".")
    if task not in scope.tasks:
        scope.unknown("unknown-reference", "task", task, sorted(scope.tasks), *where, "from")
        return None
    outputs = scope.tasks[task].outputs
    if not dot:
        if len(outputs) != 1:
            said = "no output" if not outputs else f"{len(outputs)} outputs"
            known = ", ".join(f"{task}.{key}" for key in outputs)
            scope.error(
                "ambiguous-output",
                f"task '{task}' has {said}; expected "
                + (f"one of {known}" if known else "a task with one"),
                *where,
                "from",
            )
            return None
        output = next(iter(outputs))
    if output not in outputs:
        known_here = sorted(outputs)
        scope.unknown(
            "unknown-reference", "output", output, known_here, *where, "from", within=f"'{task}'"
        )
        return None
    return TaskSource(task, output), outputs[output].type


def _from_file(scope: Scope, path: str, *where: str) -> tuple[FileSource, str]:
    check_file(scope, path, *where, "file")
    file = scope.spec.root / path
    return FileSource(path), "directory" if exists(file) and file.is_dir() else "file"


def _from_artifact(scope: Scope, text: str, *where: str) -> tuple[ArtifactSource, str] | None:
    try:
        address = parse_address(text)
    except UsageFault as fault:
        scope.error("invalid-address", str(fault), *where, "artifact", hint=fault.hint)
        return None
    if address.output is None:
        scope.error(
            "invalid-address",
            f"'{text}' names a whole pipeline; expected one output",
            *where,
            "artifact",
            hint=f"{text}/OUTPUT" if address.ref is None else f"{address.pipeline}/OUTPUT@REF",
        )
        return None
    known = recorded(scope, text)
    if known is not None and known.type == "dataframe":
        return ArtifactSource(text), "dataframe"
    if address.project not in (None, scope.spec.project.project):
        return ArtifactSource(text), "any"  # what it is stands in its project's store alone
    producer = scope.spec.pipelines.get(address.pipeline)
    kinds = {
        output.type
        for task, decl in (producer.decl.tasks if producer else {}).items()
        for name, output in decl.outputs.items()
        if name == address.output and address.task in (None, task)
    }
    return ArtifactSource(text), kinds.pop() if len(kinds) == 1 else "any"


def check_collects(scope: Scope, inputs: dict[str, tuple[Input, ...]]) -> None:
    """Reports inputs whose producer has parts that nobody gathers, or none to gather."""
    for task, given in inputs.items():
        for one in given:
            if isinstance(one.source, TaskSource):
                _check_collect(scope, task, one, one.source)


def _check_collect(scope: Scope, task: str, one: Input, source: TaskSource) -> None:
    where = ("tasks", task, "inputs", one.name)
    mine, theirs = scope.tasks[task].foreach, scope.tasks[source.task].foreach
    beyond = [key for key in theirs if key not in mine]
    if beyond and one.collect is None:
        scope.error(
            "collect-missing",
            f"'{source.task}' has a part for each {', '.join(beyond)}; "
            "expected collect: list, dict, frame or directory",
            *where,
        )
    if one.collect is not None and not beyond:
        scope.error(
            "collect-unneeded",
            f"'{source.task}' has no parts to collect here",
            *where,
            "collect",
            hint="remove collect",
        )
    for key in (key for key in theirs if key in mine):
        there = set(theirs[key])
        if lacking := [value for value in mine[key] if value not in there]:
            scope.error(
                "foreach-mismatch",
                f"'{source.task}' has no part where {key} is "
                f"'{lacking[0]}'; expected the same values",
                *where,
            )
