"""What a plan says to a reader: a pipeline's facts, its tasks with jobs and edges, and totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from wombat.plan.causes.inputs import source_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.plan.ir import Input, Job, On, Plan, Schedule, Task
    from wombat.review.outlook import Forecast, TaskOutlook

State = Literal["runs", "click", "unchanged", "off"]

SAID: Final[Mapping[str, str]] = {
    "runs": "to run",
    "click": "to run by a click",
    "unchanged": "unchanged",
    "off": "doesn't run",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a pipeline in a run, and why."""

    state: State
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputLine:
    """An input: what comes from where (`source` is `task.output`, a path, an address or a URL)."""

    name: str
    kind: Literal["task", "file", "artifact", "url"]
    source: str
    type: str
    schema: str | None
    verdict: str | None
    collect: str | None


@dataclass(frozen=True, slots=True)
class OutputLine:
    name: str
    type: str
    schema: str | None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task: `stage` counts from 1; `jobs` are all its jobs' names; `parts` is 0 without foreach.

    An effect makes nothing that is stored, and runs after the publish.
    """

    name: str
    stage: int
    jobs: tuple[str, ...]
    parts: int
    effect: bool
    image: str | None
    compute: str | None
    inputs: tuple[InputLine, ...]
    needs: tuple[str, ...]
    outputs: tuple[OutputLine, ...]
    outlook: TaskOutlook | None = None


@dataclass(frozen=True, slots=True)
class PipelineLine:
    """A pipeline: where it stands, whose it is, when it starts; `fate` None without a run,
    `forecast` where no store was asked."""

    name: str
    source: str
    description: str | None
    owner: str | None
    schedule: Schedule | None
    on: On
    tasks: tuple[TaskLine, ...]
    fate: Fate | None = None
    forecast: Forecast | None = None


@dataclass(frozen=True)
class Outline:
    """Pipelines by name, tasks in topological order."""

    pipelines: tuple[PipelineLine, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """pipelines, tasks, jobs, edges by verdict, and pipelines by state."""
    tasks: Mapping[str, int] = field(default_factory=dict)
    """Tasks by what becomes of them, where that is known."""


def outline(
    plans: Iterable[Plan],
    fates: Mapping[str, Fate] | None = None,
    forecasts: Mapping[str, Forecast] | None = None,
    outlooks: Mapping[str, Mapping[str, TaskOutlook]] | None = None,
) -> Outline:
    """The outline of plans; with `fates` what a run does with each, `off` where none is told. By
    pipeline, `forecasts` and for each task `outlooks` say what earlier runs make known.

    What runs comes first, then by name.
    """
    every = list(plans)
    bare = (_pipeline(plan, fates, (outlooks or {}).get(plan.pipeline, {})) for plan in every)
    known = forecasts or {}
    lines = sorted((replace(one, forecast=known.get(one.name)) for one in bare), key=_rank)
    counts: Counter[str] = Counter(pipelines=len(lines))
    for plan in every:
        counts.update(tasks=len(plan.tasks), jobs=len(plan.jobs))
        counts.update(edge.verdict for edge in plan.edges)
    counts.update(line.fate.state for line in lines if line.fate)
    states: Counter[str] = Counter(
        task.outlook.state
        for line in lines
        for task in line.tasks
        if task.outlook is not None and not task.outlook.left_out
    )
    return Outline(tuple(lines), dict(counts), dict(states))


def fates_of(told: Outline) -> dict[tuple[str, str], str]:
    """What becomes of each task, by pipeline and task, where that is known."""
    return {
        (line.name, task.name): task.outlook.state
        for line in told.pipelines
        for task in line.tasks
        if task.outlook is not None
    }


def _rank(line: PipelineLine) -> tuple[int, str]:
    return (list(SAID).index(line.fate.state) if line.fate else 0, line.name)


def _pipeline(
    plan: Plan, fates: Mapping[str, Fate] | None, outlooks: Mapping[str, TaskOutlook]
) -> PipelineLine:
    verdicts = {(edge.consumer, edge.input): edge.verdict for edge in plan.edges}
    jobs: dict[str, list[Job]] = defaultdict(list)
    for job in plan.jobs:
        jobs[job.task].append(job)
    return PipelineLine(
        name=plan.pipeline,
        source=plan.source,
        description=plan.description,
        owner=plan.owner,
        schedule=plan.schedule,
        on=plan.on,
        tasks=tuple(
            _task(task, jobs[task.name], verdicts, outlooks.get(task.name)) for task in plan.tasks
        ),
        fate=None if fates is None else fates.get(plan.pipeline, Fate("off")),
    )


def _task(
    task: Task,
    jobs: list[Job],
    verdicts: Mapping[tuple[str, str], str],
    outlook: TaskOutlook | None,
) -> TaskLine:
    return TaskLine(
        name=task.name,
        stage=jobs[0].stage + 1 if jobs else 1,
        jobs=tuple(job.name for job in jobs),
        parts=len(task.parts),
        effect=task.effect,
        image=task.image,
        compute=task.compute,
        inputs=tuple(_input(one, verdicts.get((task.name, one.name))) for one in task.inputs),
        needs=task.needs,
        outputs=tuple(OutputLine(one.name, one.type, one.schema) for one in task.outputs),
        outlook=outlook,
    )


def _input(one: Input, verdict: str | None) -> InputLine:
    source = source_text(one.source)
    return InputLine(one.name, one.source.kind, source, one.type, one.schema, verdict, one.collect)
