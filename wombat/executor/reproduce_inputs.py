"""Where the very inputs are that an attempt read, by the content that its record says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from wombat.errors import StoreDamaged
from wombat.executor.context import shown
from wombat.executor.reuse.frozen import reused
from wombat.executor.sources import Located, locate
from wombat.language.label import is_label
from wombat.plan.ir import TaskSource
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.executor.context import Context
    from wombat.executor.sources import Content
    from wombat.plan.ir import Input, Part, Plan, Task

    Find = Callable[..., Mapping[str, Any]]


def locate_recorded(
    context: Context, task: Task, part: Part | None, recorded: Mapping[str, Content]
) -> tuple[Located, ...]:
    """Every input of a part with the content that `recorded` says, whoever made it.

    Files, sources and artifacts of others are the header's. StoreDamaged `store-lost` where the
    store has nothing of a content any more.
    """
    found = []
    for one in task.inputs:
        if isinstance(one.source, TaskSource):
            consumer = shown(context.pipeline, task.name, part)
            parts = context.plan.producers(part, one)
            find = partial(_record, context, one.source, consumer=consumer)
            found.append(_made(context.plan, one, one.source, parts, recorded[one.name], find))
        else:
            found += locate(context, replace(task, inputs=(one,)), part)
    return tuple(found)


def _made(  # noqa: PLR0917  # an input, and all that is known of it
    plan: Plan,
    one: Input,
    source: TaskSource,
    parts: tuple[Part, ...],
    content: Content,
    find: Find,
) -> Located:
    path = plan.task(source.task).output(source.output).path
    if isinstance(content, str):
        record = find(parts[0].label if parts else None, content)
        artifact = Artifact.from_json(record)
        return Located(one, one.type, path, artifact=artifact, records=(record,))
    gathered = sorted(parts, key=lambda each: each.label)
    for each in gathered:
        if not is_label(each.label):
            raise StoreDamaged(f"the run has a part with the label {each.label[:80]!r}")
    records = tuple(find(each.label, content[each.label]) for each in gathered)
    found = tuple(zip(gathered, map(Artifact.from_json, records), strict=True))
    return Located(one, one.type, path, parts=found, records=records)


def _record(
    context: Context, source: TaskSource, label: str | None, content: str, *, consumer: str
) -> Mapping[str, Any]:
    """The record of an output of that content: this run's, else any artifact that has it."""
    for outputs in _outputs(context, source.task, label):
        if outputs.get(source.output, {}).get("C") == content:
            found: Mapping[str, Any] = outputs[source.output]
            return found
    if (artifact := context.store.find_artifact(content)) is not None:
        return artifact.to_json()
    name = f"{source.task}.{source.output}" + (f" [{label}]" if label else "")
    raise StoreDamaged(
        f"what {consumer} read of {name} is gone from the store; expected content {content[:12]}…",
        code="store-lost",
        hint=f"a new run makes it anew: wombat run {context.pipeline}",
    )


def _outputs(context: Context, task: str, label: str | None) -> Iterator[Mapping[str, Any]]:
    if (kept := reused(context.header, (task, label))) is not None:
        yield kept.record["outputs"]
    for one in context.store.attempts(context.pipeline, context.run, task, label):
        if one.part == label and one.done:
            yield one.record["outputs"]
