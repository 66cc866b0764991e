"""`wombat run`: a pipeline, here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.session import Session
    from wombat.cli.console import Console
    from wombat.executor.local import RunResult
    from wombat.executor.outcome import TaskReport
    from wombat.plan.ir import Plan
    from wombat.store import RefRecord


@click.command(epilog="Example:  wombat run churn -P horizon_days=14 -j 4")
@click.argument("target", metavar="PIPELINE[/TASK]")
@click.option("-P", "given", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option(
    "-p",
    "--profile",
    metavar="PROFILE",
    help="How strictly data is checked: development, production or your own.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most N tasks at a time; by default one a processor.",
)
@click.option(
    "-k",
    "--keep-going",
    is_flag=True,
    help="After a failure, run whatever doesn't need the failed task.",
)
@click.option(
    "--only", is_flag=True, help="Only TASK; what it needs comes from the branch's newest version."
)
@click.option(
    "--force", is_flag=True, help="Make TASK, or all tasks, anew, whatever results there are."
)
@click.option("--downstream", is_flag=True, help="TASK, and what comes after it.")
@click.option("--effects", is_flag=True, help="Then the tasks without outputs, if the profile may.")
@click.option(
    "--show-values",
    is_flag=True,
    help="Show rows that fail checks, here and nowhere else; personal columns never.",
)
@click.option("--no-publish", is_flag=True, help="Leave the branch's version as it is.")
@common
def run(
    console: Console,
    target: str,
    given: tuple[str, ...],
    profile: str | None,
    jobs: int | None,
    *,
    keep_going: bool,
    only: bool,
    force: bool,
    downstream: bool,
    effects: bool,
    show_values: bool,
    no_publish: bool,
) -> int:
    """Run a pipeline here, or one task with what it needs; publish it when all is done.

    Each task's inputs and outputs are checked against their schemas. A task's output goes to
    .wombat/logs. The first failure in the order of the tasks decides the exit code.
    """
    from wombat.api.runs import run_pipeline
    from wombat.cli.display import display
    from wombat.cli.words import parameters, pipeline_and_task

    pipeline, task = pipeline_and_task(target)
    if task is None and (only or downstream):
        raise click.UsageError("--only and --downstream belong to PIPELINE/TASK.")
    if effects and (task is not None or no_publish):
        raise click.UsageError("--effects follow the publish of a whole pipeline.")
    if show_values and (console.json or console.quiet):
        raise click.UsageError("--show-values shows a table; it belongs to neither --json nor -q.")
    reports: list[TaskReport] = []
    with display(console) as on_event:
        result = run_pipeline(
            console.folder,
            pipeline,
            task=task,
            given=parameters(given),
            profile=profile,
            jobs=jobs,
            keep_going=keep_going,
            only=only,
            downstream=downstream,
            force=force,
            publish=not no_publish,
            effects=effects,
            show_values=show_values,
            on_event=on_event,
            on_report=reports.append,
            on_unchanged=_remember,
        )
    if result.published is not None:
        _note(console, pipeline)
    if console.json:
        console.result("", {**_tree(result), "findings": _findings(result, reports)})
    return result.error.exit_code if result.error else 0


def _note(console: Console, pipeline: str) -> None:
    """Of what a run here doesn't do by itself."""
    from wombat.api.projecting import shown_elsewhere

    if shown_elsewhere(console.folder):
        note = console.style("note:", "note")
        console.say(
            f"{note} lakeFS is as it was; to show this there: wombat lakefs sync {pipeline}"
        )


def _remember(session: Session, plan: Plan, held: RefRecord, header: Mapping[str, Any]) -> None:
    """What the same command says next time, if it finds all as it is."""
    from wombat.api.unchanged import keep
    from wombat.cli.lines import nothing_changed
    from wombat.executor.reuse.frozen import all_warned
    from wombat.executor.units import published_units

    units = published_units(plan)
    said = nothing_changed(len(units), held.seq, all_warned(header, units))
    keep(session, plan, held, "".join(f"{line}\n" for line in said))


def _tree(result: RunResult) -> dict[str, object]:
    published = result.published
    return {
        "run": result.run,
        "seconds": round(result.seconds, 3),
        "done": {_name(unit): record.record["outputs"] for unit, record in result.done.items()},
        "failed": {
            _name(unit): {"code": error.code, "exit": error.exit_code, "message": error.message}
            for unit, error in result.failed.items()
        },
        "skipped": [_name(unit) for unit in result.skipped],
        "reused": [_name(unit) for unit in result.reused],
        "published": published.outcome if published else "unchanged" if result.stands else None,
    }


def _findings(result: RunResult, reports: list[TaskReport]) -> list[dict[str, object]]:
    """What doesn't hold, flat, in the order of the tasks: each with its task, part, side and
    artifact; of a task that was tried again what the last try found."""
    last = {(one.task, one.part): one for one in reports}
    return [
        {"task": one.task, "part": one.part, "side": check["side"],
         "artifact": check["artifact"], "told": check.get("told"), **finding}
        for one in (last[unit] for unit in result.order if unit in last)
        for check in one.checks
        for finding in check["findings"]
    ]  # fmt: skip


def _name(unit: tuple[str, str | None]) -> str:
    task, label = unit
    return task if label is None else f"{task}: [{label}]"


COMMAND: Final = run
