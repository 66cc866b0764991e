"""What is said of edges that don't hold, or of which nobody can say: both ends, and a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.errors import Diagnostic
from wombat.plan.produced import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.errors import Place
    from wombat.plan.ir import Edge
    from wombat.plan.produced import Produced
    from wombat.plan.scope import Scope
    from wombat.schema.proof.verdict import Verdict

Said = tuple["Place", str]


def report_refuted(
    scope: Scope, edge: Edge, made: Produced, found: Verdict, profile: str | None
) -> None:
    """An error in production (`profile` None), where data stops a run; elsewhere a warning."""
    said = f"{made.shown} → {edge.consumer}: {found.reason}"
    where = _place(scope, edge)
    related = (*made.places, *_columns(scope, edge, found.column))
    hint = _hint(edge, made, found, schema_of(scope, edge.consumer_schema))
    if profile is None:
        scope.sink.add(
            Diagnostic(
                "edge-refuted", said, where, hint, "error", related, found.example,
                _about(scope, edge, found.column),
            )
        )  # fmt: skip
    else:
        scope.sink.add(
            Diagnostic(
                "edge-refuted-profile", f"{said}, in {profile}", where, hint, "warning", related,
                found.example, (*_about(scope, edge, found.column), profile),
            )
        )  # fmt: skip


def report_doubt(scope: Scope, edge: Edge, made: Produced) -> None:
    """A note: the data decides, each time that the input is judged."""
    scope.sink.add(
        Diagnostic(
            "edge-unknown",
            f"{made.shown} → {edge.consumer}: {edge.reason}; the data will tell",
            _place(scope, edge),
            None,
            "note",
            made.places,
            (),
            _about(scope, edge, edge.column),
        )
    )


def _place(scope: Scope, edge: Edge) -> Place:
    return scope.place("tasks", edge.consumer, "inputs", edge.input, "schema")


def _about(scope: Scope, edge: Edge, column: str | None) -> tuple[str, ...]:
    """What an edge's mistake is, whatever is written around it."""
    producer = f"{edge.producer}.{edge.output}"
    consumer = f"{scope.pipeline.decl.pipeline}/{edge.consumer}.{edge.input}"
    names = (edge.producer_schema, edge.consumer_schema, column)
    return (producer, consumer, *(name or "" for name in names))


def _columns(scope: Scope, edge: Edge, column: str | None) -> Iterator[Said]:
    """Where both schemas speak of the column."""
    if column is None:
        return
    for name in dict.fromkeys((edge.producer_schema, edge.consumer_schema)):
        if name and name in scope.schemas and column in scope.schemas[name].schema.columns:
            yield scope.schemas[name].document.at("columns", column), f"'{column}' in {name}"


def _hint(edge: Edge, made: Produced, found: Verdict, mine: object) -> str:
    """What would mend it: the proof's own advice, else where to look."""
    if found.suggestion:
        return f"say {found.suggestion}"
    theirs = made.schema
    if found.column and theirs and mine and found.column not in theirs.columns:
        return f"add '{found.column}' to {theirs.name}, or remove it from {edge.consumer_schema}"
    column = f"'{found.column}'" if found.column else "it"
    named = theirs.name if theirs else made.shown
    return f"change {column} in {named} or in {edge.consumer_schema}"
