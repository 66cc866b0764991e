"""What two compilations of a project say otherwise, by what it means; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wombat.digest import digest_json
from wombat.plan.causes import Cause, Work, causes
from wombat.plan.causes.inputs import source_text
from wombat.plan.ir import FileSource
from wombat.plan.keys import components

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from wombat.plan.ir import Input, Part, Plan, Task

State: TypeAlias = Literal["added", "removed", "changed", "unknown"]
PROFILE = "production"
"""In which shapes are compared: what is published is judged so."""


@dataclass(frozen=True, slots=True)
class TaskChange:
    """`causes` give it another key, so that it runs; `settings` don't."""

    task: str
    state: State
    causes: tuple[Cause, ...] = ()
    settings: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """An edge of which something else is known now; None for one that wasn't there."""

    consumer: str
    input: str
    source: str
    then: str | None
    now: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PipelineChange:
    pipeline: str
    state: State
    settings: tuple[Cause, ...] = ()
    tasks: tuple[TaskChange, ...] = ()
    edges: tuple[EdgeChange, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """`consumers`: whether who takes the old one may take the new one; `data`: whether data of the
    old one is still readable. Each a verdict with its reason."""

    schema: str
    state: State
    changes: tuple[Cause, ...] = ()
    consumers: tuple[str, str] | None = None
    data: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A generated file, and how many lines came and went."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True)
class Changes:
    """All of it, since `revision` as it was named. `note` says what couldn't be compared."""

    revision: str
    pipelines: tuple[PipelineChange, ...] = ()
    schemas: tuple[SchemaChange, ...] = ()
    packages: tuple[Cause, ...] = ()
    files: tuple[FileChange, ...] = ()
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        return not (self.pipelines or self.schemas or self.packages or self.files)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def pipeline_change(
    then: Plan | None, now: Plan | None, touched: Collection[str] = ()
) -> PipelineChange | None:
    """What became of a pipeline; None where nothing did. `touched` are files of the checkout whose
    content isn't what it was."""
    if then is None or now is None:
        known = now or then
        if known is None:
            return None
        state: State = "added" if now else "removed"
        return PipelineChange(
            known.pipeline, state, tasks=tuple(TaskChange(task.name, state) for task in known.tasks)
        )
    settings = tuple(_settings(_pipeline_words(then), _pipeline_words(now)))
    tasks = tuple(_tasks(then, now, touched))
    edges = tuple(_edges(then, now))
    if not (settings or tasks or edges):
        return None
    return PipelineChange(now.pipeline, "changed", settings, tasks, edges)


def _pipeline_words(plan: Plan) -> dict[str, Any]:
    tree = plan.to_json()
    params = {
        p["name"]: {k: v for k, v in p.items() if k != "description"} for p in _of(tree, "params")
    }
    words = {word: tree.get(word) for word in ("owner", "policies", "compute", "images")}
    on, schedule = tree.get("on", {}), tree.get("schedule") or {}
    return {
        **{f"parameter {name}": _said(one) for name, one in params.items()},
        "schedule": " ".join(map(str, schedule.values())) or None,
        **{f"on {word}": on.get(word, usual) for word, usual in _USUAL.items()},
        **words,
    }


_USUAL = {"merge_request": "plan", "push": "run", "schedule": "run"}


def _said(param: Mapping[str, Any]) -> str:
    """`int, default 2`."""
    words = [
        str(param["type"]),
        *(f"{k} {v}" for k, v in param.items() if k not in ("name", "type")),
    ]
    return ", ".join(words)


def _of(tree: Mapping[str, Any], word: str) -> Any:
    return tree.get(word, ())


def _settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Cause]:
    for word in dict.fromkeys((*then, *now)):
        old, new = then.get(word) or None, now.get(word) or None
        if isinstance(old or {}, dict) and isinstance(new or {}, dict):
            for path, before, after in _leaves((word,), old or {}, new or {}):
                yield Cause("setting", " ".join(path), before, after)
        elif old != new:
            yield Cause("setting", word, old, new)


def _leaves(
    path: tuple[str, ...], then: Any, now: Any
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Where two mappings differ, down to what is none; one that isn't there is as an empty one."""
    if not (isinstance(then or {}, dict) and isinstance(now or {}, dict)):
        if then != now:
            yield path, then, now
        return
    for word in dict.fromkeys((*(then or {}), *(now or {}))):
        yield from _leaves((*path, str(word)), (then or {}).get(word), (now or {}).get(word))


def _tasks(then: Plan, now: Plan, touched: Collection[str]) -> Iterator[TaskChange]:
    for name in dict.fromkeys((*now.by_name, *then.by_name)):
        old, new = then.by_name.get(name), now.by_name.get(name)
        if old is None or new is None:
            yield TaskChange(name, "added" if new else "removed")
            continue
        before = static_work(then, old, _part(old, new))
        after = static_work(now, new, _part(new, old), touched)
        found = causes(before, after)
        settings = tuple(_settings(_task_words(old), _task_words(new)))
        if found or settings:
            yield TaskChange(name, "changed", found, settings)


def _part(task: Task, other: Task) -> Part | None:
    """One that both have, else the first."""
    labels = {part.label for part in other.parts}
    return next((p for p in task.parts if p.label in labels), task.parts[0] if task.parts else None)


def static_work(plan: Plan, task: Task, part: Part | None, touched: Collection[str] = ()) -> Work:
    """What a part would do with parameters as they are written, and with each input's source in its
    content's place."""
    params = {p.name: f"<{p.name}>" if p.required else p.default for p in plan.params}
    contents = {one.name: _content(plan, part, one, touched) for one in task.inputs}
    tree = components(plan, task, part, params, contents, profile=PROFILE)
    return Work(plan, task, part, params, PROFILE, tree)


def _content(plan: Plan, part: Part | None, one: Input, touched: Collection[str]) -> Any:
    changed = isinstance(one.source, FileSource) and _touched(one.source.path, touched)
    text = digest_json([source_text(one.source), changed])
    if one.collect is None:
        return text
    return {each.label: text for each in plan.producers(part, one)}


def _touched(path: str, touched: Collection[str]) -> bool:
    return path in touched or any(one.startswith(f"{path}/") for one in touched)


def _task_words(task: Task) -> dict[str, Any]:
    """What a task says that is no part of its key; parts as their labels."""
    policies = {
        f"policy of {side} {one.name}": one.policies
        for side, given in (("input", task.inputs), ("output", task.outputs))
        for one in given
    }
    return {
        "after": list(task.needs),
        "retry": task.retry,
        "timeout": task.timeout,
        "compute": task.compute,
        "batch": task.batch,
        "volatile": task.volatile,
        "parts": [part.label for part in task.parts],
        **policies,
    }


def _edges(then: Plan, now: Plan) -> Iterator[EdgeChange]:
    before = {(edge.consumer, edge.input): edge for edge in then.edges}
    for edge in now.edges:
        old = before.get((edge.consumer, edge.input))
        if old is None and edge.verdict != "refuted":
            continue
        if old is None or old.verdict != edge.verdict:
            source = f"{edge.producer}.{edge.output}" if edge.producer else edge.output
            was = old.verdict if old else None
            yield EdgeChange(edge.consumer, edge.input, source, was, edge.verdict, edge.reason)
