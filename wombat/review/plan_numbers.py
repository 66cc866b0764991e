"""A plan's numbers for CI systems: OpenMetrics, and a JUnit case for each pipeline that begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.review.diagnostics import visible
from wombat.review.junit import told
from wombat.review.metrics import gauges
from wombat.review.outlook import RANKED
from wombat.review.outlook_words import forecast_words, tasks_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.review.metrics import Sample
    from wombat.review.outline import Outline, PipelineLine


def plan_metrics(shown: Outline) -> str:
    """Of each pipeline whose next run is foreseen: tasks by fate, bytes to move, seconds."""
    return gauges(sample for line in shown.pipelines for sample in _samples(line))


def _samples(line: PipelineLine) -> Iterator[Sample]:
    forecast = line.forecast
    if forecast is None or forecast.note is not None:
        return
    whole = {"pipeline": line.name}
    counts = _counts(line)
    for state in RANKED:
        yield "wombat_plan_tasks", {**whole, "fate": state}, counts.get(state, 0)
    yield "wombat_plan_fetched_bytes", whole, forecast.fetched
    yield "wombat_plan_stored_bytes", whole, forecast.stored
    if forecast.seconds is not None:
        for bound, seconds in zip(("least", "most"), forecast.seconds, strict=True):
            yield "wombat_plan_seconds", {**whole, "bound": bound}, seconds


def _counts(line: PipelineLine) -> dict[str, int]:
    found: dict[str, int] = {}
    for task in line.tasks:
        if task.outlook is not None and not task.outlook.left_out:
            found[task.outlook.state] = found.get(task.outlook.state, 0) + 1
    return found


def plan_junit(shown: Outline) -> str:
    """A case for each pipeline that is foreseen, its numbers as its output."""
    return told(
        "wombat plan",
        ((line.name, _said(line)) for line in shown.pipelines if line.forecast is not None),
    )


def _said(line: PipelineLine) -> str:
    words = forecast_words(line.forecast, visible) if line.forecast is not None else ()
    return "\n".join(one for one in (tasks_words(_counts(line)), *words) if one)
