"""Schemas that a function's annotations state, where the pipeline states none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.plan.annotations import schema_of_annotation
from wombat.plan.imported import command, schema_of_class
from wombat.schema.loom import get

if TYPE_CHECKING:
    from wombat.language.outputs import OutputDecl
    from wombat.plan.scope import Scope


def input_schema(scope: Scope, task: str, name: str, stated: str | None, kind: str) -> str | None:
    """The schema of an input: the stated one, else that of its parameter's `DataFrame[Model]`."""
    if kind not in ("dataframe", "any"):
        return stated
    return _schema(scope, task, name, stated, ("tasks", task, "inputs", name))


def output_schema(scope: Scope, task: str, name: str, decl: OutputDecl) -> str | None:
    """The schema of an output: the stated one, else, for a task's only output, that of what its
    function is annotated to return."""
    alone = len(scope.tasks[task].outputs) == 1
    if decl.type != "dataframe" or not alone:
        return decl.schema_
    return _schema(scope, task, "return", decl.schema_, ("tasks", task, "outputs", name))


def _schema(
    scope: Scope, task: str, parameter: str, stated: str | None, where: tuple[str, ...]
) -> str | None:
    function = scope.tasks[task].run
    python = schema_of_annotation(scope.checkout, function, parameter) if function else None
    if python is None:
        return stated
    if stated is not None:
        _agree(scope, stated, python, where)
        return stated
    if (found := schema_of_class(scope.schemas, python)) is not None:
        return found
    if not _told(scope, python):
        scope.error(
            "schema-not-imported",
            f"{function} is annotated DataFrame[{python.partition(':')[2]}], the class {python}, "
            "which isn't imported; expected what it says in schemas/imported/",
            *where,
            hint=command(python),
        )
    return None


def _agree(scope: Scope, stated: str, python: str, where: tuple[str, ...]) -> None:
    """Two statements about one frame have to be one."""
    if stated not in scope.schemas:
        return
    said = scope.schemas[stated].schema.python
    if said != python:
        function = scope.tasks[where[1]].run
        scope.error(
            "schema-annotation",
            f"schema {stated} stands here, and {function} is annotated with the class {python}; "
            "expected one of them",
            *where,
            "schema",
            hint="remove 'schema', or annotate the frame's library alone, like pandas.DataFrame",
        )


def _told(scope: Scope, python: str) -> bool:
    """Whether a schema document names the class: that it isn't imported is told there."""
    pending = scope.schemas.pending.values()
    return any(str(get(document.root, "python")) == python for document in pending)
