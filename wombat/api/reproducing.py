"""An earlier run's parts done once more with what they read then, and compared; nothing is kept."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.api.addresses import Found
from wombat.api.diffing import told
from wombat.api.reproducing_code import Trees
from wombat.api.run_finding import attempt_of, find_runs, source_of
from wombat.api.session import open_session
from wombat.errors import Absent, UsageFault
from wombat.executor.installed import ran_on
from wombat.executor.outcome import Fault
from wombat.executor.reproduce import reproduce_part
from wombat.executor.restore import restore_plan
from wombat.executor.units import published_units
from wombat.language.address import Address
from wombat.language.near import near
from wombat.review.data_diff import compare
from wombat.review.reproduced import Output, Reproduced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wombat.api.run_finding import Known, Made
    from wombat.executor.context import Context
    from wombat.executor.reproduce import Came, Debug
    from wombat.executor.units import Unit
    from wombat.plan.ir import Task
    from wombat.review.data_diff import DataDiff


def reproduce(
    start: Path,
    run: str,
    *,
    pipeline: str | None = None,
    task: str | None = None,
    label: str | None = None,
    debug: Debug | None = None,
    log: Path | None = None,
    on_part: Callable[[Reproduced], None] | None = None,
) -> tuple[Reproduced, ...]:
    """Does parts of a run once more: of a task, or all that have an attempt. `run` may be the
    beginning of an id, or of what stands behind its last dash.

    `debug` is told of what a task's function raises, in this process. What a task prints goes to
    `log`, or where this process's goes. Nothing is recorded, stored
    or published. Raises Absent for a run or part that isn't there, UsageFault where several are
    meant, for an effect, and for `debug` of what is no function; StoreDamaged (`store-lost`,
    `inputs-lost`, `code-lost`) where what it read or ran is gone.
    """
    session = open_session(start)
    known = find_runs(session, run, pipeline=pipeline, task=task)
    wanted = [(one, unit) for one in known for unit in _units(one, task, label)]
    found = []
    with ExitStack() as stack:
        trees = Trees(session, stack)
        for one, unit in wanted:
            if (made := attempt_of(one, unit)) is None:
                if task is None:
                    continue
                raise _never(one, unit)
            found.append(_again(trees, source_of(session, made), one, debug, log))
            if on_part is not None:
                on_part(found[-1])
    if not found:
        raise Absent(f"run {run} has no attempt that could be done again")
    return tuple(found)


def _units(known: Known, task: str | None, label: str | None) -> Iterator[Unit]:
    plan = restore_plan(known.header["plan"])
    if task is None:
        yield from published_units(plan)
        return
    meant = plan.task(task)
    if meant.effect:
        raise UsageFault(
            f"{plan.pipeline}/{task} makes nothing to compare, and tells the world something; "
            "expected a task with outputs",
            code="reproduce-effect",
        )
    labels = [part.label for part in meant.parts]
    if label is not None and label not in labels:
        raise Absent(
            f"{plan.pipeline}/{task} had no part '{label}' in run {known.run}",
            hint=near(label, labels),
        )
    yield from ((task, one) for one in labels if label in (None, one))
    if not meant.foreach:
        yield task, None


def _never(known: Known, unit: Unit) -> Absent:
    part = f" [{unit[1]}]" if unit[1] else ""
    return Absent(
        f"{known.pipeline}/{unit[0]}{part} has no attempt in run {known.run}: it never began",
        hint="what it comes after didn't get done",
    )


def _again(
    trees: Trees, made: Made, asked: Known, debug: Debug | None, log: Path | None
) -> Reproduced:
    """`made` is the attempt that is done again; `asked` the run in which it was asked about."""
    context, code = trees.context(made.known.store, made.known.header, made.unit[0])
    task = context.plan.task(made.unit[0])
    if debug is not None and task.kind != "run":
        raise UsageFault(
            f"{context.pipeline}/{task.name} is a {task.kind}; expected a Python function to debug",
            hint="without --pdb it runs as it did",
        )
    record = made.record
    came = reproduce_part(context, task, task.part(made.unit[1]), record, debug=debug, log=log)
    error, now = record.get("error") or {}, came.fault
    return Reproduced(
        context.pipeline,
        made.unit,
        made.known.run,
        made.attempt,
        str(record.get("time", "")),
        code,
        asked.run if asked.run != made.known.run else None,
        tuple(_outputs(context, made, came)),
        tuple(_environment(record, task)),
        Fault(error["code"], error["message"], error["exit"]) if error else None,
        Fault(now.code, now.message, now.exit_code) if now else None,
        task.volatile,
    )


def _outputs(context: Context, made: Made, came: Came) -> Iterator[Output]:
    then: Mapping[str, Any] = made.record.get("outputs", {})
    if came.fault is not None:
        return
    for name in dict.fromkeys((*then, *came.outputs)):
        old, new = then.get(name), came.outputs.get(name)
        diff = _diff(context, made, name, old, new) if old and new else None
        yield Output(name, _content(old), _content(new), diff)


def _diff(
    context: Context, made: Made, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> DataDiff | None:
    """By statistics, where there are any of both and they aren't the same data."""
    address = Address(context.pipeline, name, made.unit[0])
    then, now = (told(Found(address, context.store, name, one, None)) for one in (old, new))
    if then.contents == now.contents or then.stats is None or now.stats is None:
        return None
    return compare(replace(then, label=f"then, run {made.known.run}"), replace(now, label="now"))


def _content(output: Mapping[str, Any] | None) -> str | None:
    return None if output is None else str(output["C"])


def _environment(record: Mapping[str, Any], task: Task) -> Iterator[tuple[str, str, str]]:
    """What is another version now: Python, the system, what the task requires."""
    then, now = record.get("environment"), ran_on(task.requires)
    if not isinstance(then, dict):
        return
    for word in ("python", "platform"):
        if then.get(word) != now[word]:
            yield word, str(then.get(word)), str(now[word])
    before = then.get("packages", {})
    for name in sorted({*before, *now["packages"]}):
        if before.get(name) != now["packages"].get(name):
            words = (before.get(name), now["packages"].get(name))
            old, new = ("not installed" if one is None else str(one) for one in words)
            yield name, old, new
