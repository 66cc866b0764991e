"""The edges of a pipeline: for each input that a task makes, what is proven of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.plan.ir import Edge, TaskSource
from wombat.schema.proof.relate import collected, relate

if TYPE_CHECKING:
    from wombat.plan.ir import Input, Task
    from wombat.plan.scope import Scope
    from wombat.schema.model import FrameSchema


def judge_edges(scope: Scope, tasks: dict[str, Task]) -> tuple[Edge, ...]:
    """One edge for each input that comes from a task; refuted ones are reported."""
    return tuple(
        _judge(scope, tasks[one.source.task], task, one, one.source)
        for task in tasks.values()
        for one in task.inputs
        if isinstance(one.source, TaskSource)
    )


def _judge(scope: Scope, producer: Task, consumer: Task, one: Input, source: TaskSource) -> Edge:
    output = producer.output(source.output)
    if one.type != "dataframe":
        return Edge(
            consumer.name, one.name, producer.name, output.name, "untyped", reason=f"a {one.type}"
        )
    mine, theirs = _schema(scope, one.schema), _schema(scope, output.schema)
    keys: list[str] = []
    if theirs is not None and one.collect == "frame":
        keys = [key for key in producer.foreach if key not in consumer.foreach]
        theirs = collected(theirs, keys)
    found = relate(theirs, mine, loose=keys)
    edge = Edge(
        consumer.name,
        one.name,
        producer.name,
        output.name,
        found.kind,
        output.schema,
        one.schema,
        found.column,
        found.reason,
        found.witness,
    )
    if edge.verdict == "refuted":
        _report(scope, edge)
    return edge


def _schema(scope: Scope, name: str | None) -> FrameSchema | None:
    return scope.schemas[name].schema if name and name in scope.schemas else None


def _report(scope: Scope, edge: Edge) -> None:
    made = f"{edge.producer}.{edge.output}"
    places = [(scope.place("tasks", edge.producer, "outputs", edge.output), f"{made} is made here")]
    for name in (edge.producer_schema, edge.consumer_schema):
        if name and name in scope.schemas and edge.column in scope.schemas[name].schema.columns:
            document = scope.schemas[name].document
            places.append((document.at("columns", edge.column), f"'{edge.column}' in {name}"))
    scope.sink.error(
        "edge-refuted",
        f"{made} → {edge.consumer}: {edge.reason}",
        scope.place("tasks", edge.consumer, "inputs", edge.input, "schema"),
        related=places,
        table=edge.witness,
        hint=_hint(scope, edge),
    )


def _hint(scope: Scope, edge: Edge) -> str:
    theirs, mine = _schema(scope, edge.producer_schema), _schema(scope, edge.consumer_schema)
    if edge.column and theirs and mine and edge.column not in theirs.columns:
        return f"add '{edge.column}' to {theirs.name}, or remove it from {mine.name}"
    column = f"'{edge.column}'" if edge.column else "it"
    return f"change {column} in {edge.producer_schema} or in {edge.consumer_schema}"
