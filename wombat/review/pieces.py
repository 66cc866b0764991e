"""The words of an outline: short pieces, in which whatever a user wrote is quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.review.diagnostics import visible
from wombat.review.outlook_words import outlook_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.review.outline import InputLine, OutputLine, PipelineLine, TaskLine

    Quote = Callable[[str], str]
    """Makes a user's text harmless where it will stand."""

KEPT_TEXT: Final = 300
SHOWN_LABELS: Final = 4
VERDICTS: Final = ("proven", "refuted", "unknown", "untyped")
STATES: Final = {
    "runs": "to run",
    "click": "by a click",
    "unchanged": "unchanged",
    "off": "not asked for",
}


def short(text: str) -> str:
    """A user's text on one line, without what could steer a terminal, at most 300 characters."""
    shown = visible(text)
    return shown if len(shown) <= KEPT_TEXT else f"{shown[: KEPT_TEXT - 1]}…"


def facts(line: PipelineLine, quote: Quote) -> Iterator[str]:
    """Where a pipeline stands, whose it is, and when it starts."""
    yield quote(line.source)
    if line.owner:
        yield f"owner {quote(line.owner)}"
    if line.schedule:
        yield f"schedule {quote(line.schedule.cron)} {quote(line.schedule.timezone)}"


def starts(line: PipelineLine) -> Iterator[str]:
    """What starts it."""
    yield f"merge request: {line.on.merge_request}"
    yield f"push: {line.on.push}"
    if line.schedule or line.on.schedule == "off":
        yield f"schedule: {line.on.schedule}"


def pieces(task: TaskLine, quote: Quote) -> Iterator[str]:
    """What a task's line says behind its name."""
    if task.outlook is not None:
        yield from outlook_words(task.outlook, quote)
    yield from wiring(task, quote)


def wiring(task: TaskLine, quote: Quote) -> Iterator[str]:
    """Its jobs, where they run, what it takes and makes."""
    if task.parts:
        yield _jobs(task, quote)
    if task.image:
        yield f"image {quote(task.image)}"
    if task.compute:
        yield f"compute {quote(task.compute)}"
    yield from (_input(one, quote) for one in task.inputs)
    if task.needs:
        yield "after " + ", ".join(quote(need) for need in task.needs)
    if task.effect:
        yield "effect, after the publish"
    else:
        yield from (f"→ {_output(one, quote)}" for one in task.outputs)


def _jobs(task: TaskLine, quote: Quote) -> str:
    """`3 jobs: [us], [eu], [apac]`, or `120 parts in 3 jobs: [1/3], …`."""
    labels = [job.partition(": ")[2] for job in task.jobs]
    shown = ", ".join(quote(label) for label in labels[:SHOWN_LABELS])
    more = ", …" if len(labels) > SHOWN_LABELS else ""
    jobs = count(len(labels), "job")
    whole = jobs if len(labels) == task.parts else f"{count(task.parts, 'part')} in {jobs}"
    return f"{whole}: {shown}{more}"


def _input(one: InputLine, quote: Quote) -> str:
    """`customers ← load.customers (customers_in, proven)`."""
    source = quote(one.source) if one.kind == "task" else f"{one.kind} {quote(one.source)}"
    collected = f"collected as {one.collect}" if one.collect else None
    said = ", ".join(word for word in (*_typed(one, quote), collected) if word)
    return f"{quote(one.name)} ← {source}" + (f" ({said})" if said else "")


def _typed(one: InputLine, quote: Quote) -> tuple[str | None, ...]:
    """The schema with its verdict; for what can have none, its type where it isn't said already."""
    if one.schema:
        return quote(one.schema), one.verdict
    if one.type == "dataframe":
        return one.verdict, None
    return None if one.type in (one.kind, "any") else one.type, None


def _output(one: OutputLine, quote: Quote) -> str:
    return f"{quote(one.name)} ({quote(one.schema) if one.schema else one.type})"


def totals(counts: Mapping[str, int]) -> str:
    """`2 pipelines, 6 tasks, 8 jobs; 5 edges: 4 proven, 1 unknown`."""
    text = ", ".join(count(counts.get(f"{word}s", 0), word) for word in ("pipeline", "task", "job"))
    known = [f"{counts[word]} {word}" for word in VERDICTS if counts.get(word)]
    every = sum(counts.get(word, 0) for word in VERDICTS)
    return f"{text}; {count(every, 'edge')}: {', '.join(known)}" if known else text


def selected(counts: Mapping[str, int]) -> str:
    """`3 to run, 1 by a click, 26 unchanged`; empty without a run."""
    return ", ".join(f"{counts[state]} {said}" for state, said in STATES.items() if state in counts)


def count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"
