"""What an output asks of its files, as the plan holds it; JSON Schemas are read into it."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.closure.code import code_of_task
from wombat.plan.files import check_file
from wombat.plan.functions import find_function, top_level
from wombat.plan.ir import TaskSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.language.outputs import OutputDecl
    from wombat.plan.ir import Source
    from wombat.plan.scope import Scope

MAX_SCHEMA: Final = 1 << 20
_DRAFTS: Final = (
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
)

KEPT: Final = {
    "dataframe": "every frame is kept as Parquet",
    "records": "all records are kept as JSON lines",
    "tensors": "all tensors are kept as safetensors",
}


def options(scope: Scope, decl: OutputDecl, *where: str) -> dict[str, Any]:
    """The words of the output's type; mistakes in what they name are reported.

    `json_schema` becomes its path and the schema itself, so that a plan is whole without files; of
    a `model` the digest of all first-party code that it reaches is told, as that decides, too.
    """
    found = decl.asked()
    if decl.json_schema is not None:
        schema = _json_schema(scope, decl.json_schema, *where, "json_schema")
        found["json_schema"] = {"path": decl.json_schema, "schema": schema}
    if decl.model is not None:
        _check_class(scope, decl.model, *where, "model")
        found["model_code"] = code_of_task(
            scope.checkout, run=decl.model, argv=(), script=None
        ).digest
    return found


def inherited(scope: Scope, source: Source) -> dict[str, Any]:
    """What a consumer knows of an input by its producer: the classes that a model may hold."""
    if not isinstance(source, TaskSource):
        return {}
    trusted = scope.tasks[source.task].outputs[source.output].trusted
    return {} if trusted is None else {"trusted": list(trusted)}


def _json_schema(scope: Scope, path: str, *where: str) -> Any:
    before = len(scope.sink.found)
    check_file(scope, path, *where)
    if len(scope.sink.found) > before:
        return {}
    file = scope.spec.root / path
    try:
        if file.stat().st_size > MAX_SCHEMA:
            raise ValueError("it is larger than 1 MiB")
        schema = json.loads(file.read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        scope.error("json-schema", f"{path} isn't JSON: {_reason(fault)}", *where)
        return {}
    if said := wrong(schema):
        scope.error("json-schema", f"{path} is no JSON Schema: {said}", *where)
        return {}
    return schema


def _reason(fault: Exception) -> str:
    if isinstance(fault, json.JSONDecodeError):
        return f"line {fault.lineno}, column {fault.colno}: {fault.msg}"
    if isinstance(fault, UnicodeDecodeError):
        return "it isn't UTF-8"
    if isinstance(fault, OSError):
        return "it can't be read"
    return "it is nested too deep" if isinstance(fault, RecursionError) else str(fault)


def wrong(schema: Any) -> str | None:
    """Why a JSON value is no schema that can be used; nothing is ever fetched for it."""
    if not isinstance(schema, dict | bool):
        return "expected a mapping"
    draft = schema.get("$schema") if isinstance(schema, dict) else None
    if draft is not None and str(draft).rstrip("#") not in _DRAFTS:
        return "its $schema is unknown; expected a draft from 4 to 2020-12"
    for word, target in _references(schema):
        if not str(target).startswith("#"):
            return f"a {word} leads out of the file; expected one that begins with '#'"
    import jsonschema_rs

    try:
        jsonschema_rs.validator_for(schema, validate_formats=False, retriever=_nothing)
    except (ValueError, jsonschema_rs.ReferencingError) as fault:
        place = "/".join(str(step) for step in getattr(fault, "instance_path", ()))
        said = str(getattr(fault, "message", fault)).splitlines()[0][:200]
        return f"{place}: {said}" if place else said
    return None


def _nothing(uri: str) -> Any:
    raise LookupError(uri)


def _references(node: Any) -> Iterator[tuple[str, Any]]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for word in ("$ref", "$dynamicRef", "$recursiveRef"):
                if isinstance(one.get(word), str):
                    yield word, one[word]
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _check_class(scope: Scope, target: str, *where: str) -> None:
    """That the project has the class; it is imported where a task runs, never here."""
    name, _, wanted = target.partition(":")
    module = scope.checkout.module(name)
    if module is None:
        scope.error(
            "unknown-module",
            f"no module '{name}' in this project; expected {name.replace('.', '/')}.py",
            *where,
            hint="modules are found below the project's root, and below src/",
        )
    elif find_function(module, wanted) is None:
        known = [node.name for node in top_level(module.tree) if isinstance(node, ast.ClassDef)]
        scope.unknown("unknown-class", "class", wanted, known, *where, within=module.file)
