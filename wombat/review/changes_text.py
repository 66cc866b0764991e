"""Changes as text or Markdown: the same words, in which what a user wrote is quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.review.pieces import count, short
from wombat.review.plan_markdown import code
from wombat.review.why_words import cause_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.plan.causes import Cause
    from wombat.review.changes import Changes, PipelineChange, SchemaChange, TaskChange
    from wombat.review.pieces import Quote

SHOWN: Final = 100
"""Tasks of a pipeline, pipelines, schemas, packages and files that are told one by one."""
FEW: Final = 12
"""Things that changed of one task or schema."""

Line = tuple[int, str]
"""How deep it stands, and the text."""


def changes_text(told: Changes) -> str:
    """Indented lines."""
    head = f"changes since {short(told.revision)}: {_counts(told)}"
    return (
        "\n".join([head, *(f"{'  ' * depth}{text}" for depth, text in _lines(told, short))]) + "\n"
    )


def changes_markdown(told: Changes) -> str:
    """A heading and nested lists; whatever a user wrote is code."""
    lines = ["# What changes", "", f"Since {code(told.revision)}: {_counts(told)}.", ""]
    lines += [f"{'  ' * depth}- {text}" for depth, text in _lines(told, code)]
    return "\n".join(lines) + "\n"


def _counts(told: Changes) -> str:
    if told.nothing:
        return "nothing that means anything"
    words = [count(len(told.pipelines), "pipeline")]
    names = {"added": "added", "removed": "removed", "changed": "changed"}
    words += [
        f"{count(told.counts[s], 'task')} {said}" for s, said in names.items() if s in told.counts
    ]
    words += [count(len(told.schemas), "schema")] if told.schemas else []
    words += [count(len(told.packages), "package")] if told.packages else []
    words += [count(len(told.files), "CI file")] if told.files else []
    return ", ".join(words)


def _lines(told: Changes, quote: Quote) -> Iterator[Line]:
    yield from ((0, quote(note)) for note in told.notes)
    for one in told.pipelines[:SHOWN]:
        yield from _pipeline(one, quote)
    yield from _more(told.pipelines, SHOWN, "pipeline", 0)
    for schema in told.schemas[:SHOWN]:
        yield from _schema(schema, quote)
    yield from _more(told.schemas, SHOWN, "schema", 0)
    yield from ((0, cause_words(one, quote)) for one in told.packages[:SHOWN])
    yield from _more(told.packages, SHOWN, "package", 0)
    for file in told.files[:SHOWN]:
        yield 0, f"CI file {quote(file.path)}: +{file.added} -{file.removed} lines"
    yield from _more(told.files, SHOWN, "CI file", 0)


def _pipeline(one: PipelineChange, quote: Quote) -> Iterator[Line]:
    yield 0, f"pipeline {quote(one.pipeline)} {_STATES[one.state]}"
    if one.state in ("added", "removed"):
        names = ", ".join(quote(task.task) for task in one.tasks[:FEW])
        more = f" and {len(one.tasks) - FEW} more" if len(one.tasks) > FEW else ""
        yield 1, f"{count(len(one.tasks), 'task')}: {names}{more}"
        return
    yield from _causes(one.settings, quote, 1)
    for task in one.tasks[:SHOWN]:
        yield from _task(task, quote)
    yield from _more(one.tasks, SHOWN, "task", 1)
    for edge in one.edges[:SHOWN]:
        was = edge.then or "new"
        why = f", {quote(edge.reason)}" if edge.reason else ""
        place = f"{edge.source} → {edge.consumer}.{edge.input}"
        yield 1, f"edge {quote(place)}: {was} → {edge.now}{why}"
    yield from _more(one.edges, SHOWN, "edge", 1)


_STATES: Final = {
    "added": "is new",
    "removed": "is gone",
    "changed": "changes",
    "unknown": "can't be compared: it doesn't compile there",
}


def _task(task: TaskChange, quote: Quote) -> Iterator[Line]:
    if task.state != "changed":
        yield 1, f"task {quote(task.task)} {_STATES[task.state]}"
        return
    word = "runs" if task.causes else "changes, earlier results stay"
    yield 1, f"task {quote(task.task)} {word}"
    packages = [
        quote(cause.what) for cause in task.causes if cause.kind == "package" and cause.what
    ]
    rest = [cause for cause in task.causes if cause.kind != "package" or not packages]
    yield from _causes((*rest, *task.settings), quote, 2)
    if packages:  # their versions are told once, for all tasks
        more = f" and {len(packages) - FEW} more" if len(packages) > FEW else ""
        yield 2, f"packages: {', '.join(packages[:FEW])}{more}"


def _schema(one: SchemaChange, quote: Quote) -> Iterator[Line]:
    yield 0, f"schema {quote(one.schema)} {_STATES[one.state]}"
    yield from _causes(one.changes, quote, 1)
    for said, verdict in (("who takes it may take it still", one.consumers),
                          ("earlier data suits it", one.data)):  # fmt: skip
        if verdict is not None:
            why = f", {quote(verdict[1])}" if verdict[1] and verdict[0] != "proven" else ""
            yield 1, f"{said}: {verdict[0]}{why}"


def _causes(causes: Sequence[Cause], quote: Quote, depth: int) -> Iterator[Line]:
    yield from ((depth, cause_words(cause, quote)) for cause in causes[:FEW])
    yield from _more(causes, FEW, "thing", depth)


def _more(told: Sequence[object], shown: int, word: str, depth: int) -> Iterator[Line]:
    if len(told) > shown:
        yield depth, f"… {count(len(told) - shown, f'more {word}')}"
