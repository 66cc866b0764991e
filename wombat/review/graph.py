"""A plan as a picture: Mermaid for Markdown, and indented text for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.plan.ir import ArtifactSource, FileSource, TaskSource, UrlSource
from wombat.printable import shown_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.plan.ir import Input, Plan, Task

_COLOURS: Final = {
    "run": "#0969da",
    "judge": "#8250df",
    "maybe": "#9a6700",
    "reuse": "#1a7f37",
    "effect": "#bc4c00",
}
"""As on the page of HTML."""
_PLAIN: Final = frozenset(" ._/:=,@[]+-")


def as_mermaid(plans: Iterable[Plan], fates: Mapping[tuple[str, str], str] | None = None) -> str:
    """One flowchart; a task is a box, an edge is labelled with its data and verdict. `fates` give
    boxes their colours, by pipeline and task."""
    known = fates or {}
    lines = ["flowchart LR"]
    plans = list(plans)
    for plan in plans:
        lines.append(f'  subgraph {_id(plan.pipeline, "")}["{plan.pipeline}"]')
        lines += [f'    {_id(plan.pipeline, task.name)}["{_title(task)}"]' for task in plan.tasks]
        lines.append("  end")
        lines += [f"  {line}" for line in _arrows(plan)]
    lines += [f"  {line}" for line in _classes(plans, known)]
    return "\n".join(lines) + "\n"


def _classes(plans: Iterable[Plan], fates: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """A class for each fate that a task has, with the tasks' boxes."""
    boxes: dict[str, list[str]] = {}
    for plan in plans:
        for task in plan.tasks:
            if fate := fates.get((plan.pipeline, task.name)):
                boxes.setdefault(fate, []).append(_id(plan.pipeline, task.name))
    for fate, ids in boxes.items():
        yield f"classDef {fate}Fate stroke:{_COLOURS[fate]},stroke-width:2px"
        yield f"class {','.join(ids)} {fate}Fate"


def _id(*names: str) -> str:
    """Names as Mermaid's words: no two alike, and none a word of its own, such as `end`."""
    return "__".join(name.replace("_", "_u").replace("-", "_h") for name in names)


def _title(task: Task) -> str:
    return task.name + (f" ({len(task.parts)} parts)" if task.parts else "")


def _arrows(plan: Plan) -> Iterator[str]:
    verdicts = {(edge.consumer, edge.input): edge.verdict for edge in plan.edges}
    for task in plan.tasks:
        there = _id(plan.pipeline, task.name)
        for one in task.inputs:
            label = f"{one.name}: {verdicts.get((task.name, one.name), one.type)}"
            yield f'{_source(plan, task, one)} -->|"{label}"| {there}'
        for need in task.needs:
            yield f"{_id(plan.pipeline, need)} -.-> {there}"


def _source(plan: Plan, task: Task, one: Input) -> str:
    match one.source:
        case TaskSource(task=name):
            return _id(plan.pipeline, name)
        case UrlSource(url=url):
            return f'{_id(plan.pipeline, task.name, one.name)}[("{mermaid_label(shown_url(url))}")]'
        case FileSource(path=text) | ArtifactSource(address=text):
            return f'{_id(plan.pipeline, task.name, one.name)}[("{mermaid_label(text)}")]'


def mermaid_label(text: str) -> str:
    """A user's text in Mermaid's quotes: what isn't plain there becomes `#number;`."""
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in text)


def as_text(plan: Plan) -> str:
    """A task a line in the order of the run, with its stage and what it takes from whom."""
    width = max(len(_title(task)) for task in plan.tasks)
    stages = {job.task: job.stage for job in plan.jobs}
    lines = [f"{plan.pipeline}" + (f"  {plan.description}" if plan.description else "")]
    lines += [
        f"  {stages[task.name] + 1:>2}  {_title(task):<{width}}  {_takes(plan, task)}".rstrip()
        for task in plan.tasks
    ]
    return "\n".join(lines)


def _takes(plan: Plan, task: Task) -> str:
    verdicts = {(edge.consumer, edge.input): edge.verdict for edge in plan.edges}
    parts = [_take(one, verdicts.get((task.name, one.name))) for one in task.inputs]
    parts += [f"after {need}" for need in task.needs]
    return "← " + ", ".join(parts) if parts else ""


def _take(one: Input, verdict: str | None) -> str:
    known = f" ({verdict})" if verdict else ""
    match one.source:
        case TaskSource(task=task, output=output):
            return f"{task}.{output} ({verdict})"
        case FileSource(path=path):
            return f"file {path}{known}"
        case ArtifactSource(address=address):
            return f"{address}{known}"
        case UrlSource(url=url):
            return f"{shown_url(url)}{known}"
